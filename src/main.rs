//! The program: from the command line to an exit code of sysexits(3).

#![forbid(unsafe_code)]

use pop1081::commands::{check, deliver, talk, transcripts, user};
use pop1081::exit::{self, Failure};
use pop1081::logging::{self, Log};
use pop1081::options::{self, ListenOptions, Parsed, Practice, ServeOptions, Task};
use pop1081::server::inetd::{self, Inherited};
use pop1081::session::{self, ServerContext};
use pop1081::terminal::{self, Terminal};
use pop1081::transcript::Transcripts;
use pop1081::users::{Users, owner};
use pop1081::{grade, limits, maildrop, server, transcript};
use signal_hook::consts::SIGXFSZ;
use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let ended = match options::parse(&arguments) {
        Ok(Parsed::Run(task)) => run(task),
        Ok(Parsed::Print(text)) => exit::printed(io::stdout().write_all(text.as_bytes())),
        Err(sentence) => Err((exit::USAGE, sentence)),
    };
    terminal::wait_until_written();
    let Err((code, sentence)) = ended else { return ExitCode::SUCCESS };
    let is_inetd = options::are_for_inetd(&arguments);
    // Under inetd, standard error often leads to the client. At a terminal
    // that is a person, whose session has not begun.
    if !is_inetd || inetd::stderr_is_ours() || io::stderr().is_terminal() {
        let _ = writeln!(io::stderr(), "pop1081: {sentence}");
    }
    if is_inetd {
        log_in_file(&arguments, &sentence);
        inetd::refuse_client();
    }
    ExitCode::from(code)
}

/// Logs an error, if there is a file for the log, whether or not the log is started.
fn log_in_file(arguments: &[OsString], sentence: &str) {
    if let Some(file) = options::log_file(arguments) {
        let _ = start_log(Some(&file), stderr);
        log::error!("{sentence}");
    }
}

fn run(task: Task) -> Result<(), Failure> {
    match task {
        Task::Serve(options, listen) => serve(options, &listen),
        Task::Inetd(options) => serve_inherited(options),
        Task::Deliver(options) => {
            // A mail transport system sends mail back after most other codes, and there may
            // only be a directory that is not mounted yet.
            let users = begin(&options.users, options.log.as_deref(), stderr)
                .and_then(|()| all_users(&options.users))
                .map_err(|(_, why)| (exit::TRY_AGAIN, why))?;
            deliver::deliver(&users, &options)
        }
        Task::Check(options) => {
            begin(&options.users, options.log.as_deref(), stderr)?;
            check::check(&users(&options.users)?)
        }
        Task::User(options) => {
            begin(&options.users, options.log.as_deref(), stderr)?;
            user::run(&all_users(&options.users)?, &options.task)
        }
        Task::Transcripts(options) => transcripts::transcripts(&options),
        Task::Talk(options) => {
            start_log(None, stderr)?;
            talk::talk(&options)
        }
        Task::Grade(options) => grade::grade(&options),
    }
}

fn serve(options: ServeOptions, listen: &ListenOptions) -> Result<(), Failure> {
    begin(&options.users, options.log.as_deref(), queue_to_stderr)?;
    let autologout = options.autologout;
    let terminal = if options.verbose { Some(terminal(io::stdout())?) } else { None };
    if let Some(directory) = &options.transcript {
        transcript::try_out(directory).map_err(|e| no_transcripts(directory, &e))?;
    }
    let context = context(options, terminal)?;
    let listeners = server::listen(listen)?;
    check::warn(&context.users);
    server::serve(context, autologout, listen, listeners)
}

fn terminal(output: impl Write + Send + 'static) -> Result<Terminal, Failure> {
    Terminal::new(output).map_err(|e| (exit::SYSTEM, format!("no thread for the terminal: {e}")))
}

fn serve_inherited(options: ServeOptions) -> Result<(), Failure> {
    if options.verbose && !inetd::stderr_is_ours() {
        let sentence = "--verbose needs a standard error that does not lead to the client";
        return Err((exit::USAGE, sentence.to_owned()));
    }
    inetd::reexec_without_stderr();
    let log: fn() -> Log = if inetd::stderr_is_ours() { queue_to_stderr } else { || Box::new(io::sink()) };
    begin(&options.users, options.log.as_deref(), log)?;
    let autologout = options.autologout;
    let terminal = if options.verbose { Some(terminal(io::stderr())?) } else { None };
    let context = context(options, terminal)?;
    match inetd::inherited(autologout)? {
        Inherited::Client(wire) => session::run(&context, *wire),
        Inherited::Clients(listener) => server::serve_lent(context, autologout, &listener)?,
    }
    Ok(())
}

/// Comes before anything else in a Users directory: root goes on as its owner.
fn begin(users: &Path, log: Option<&Path>, otherwise: fn() -> Log) -> Result<(), Failure> {
    let failed = |e| (exit::NO_PERMISSION, format!("the Users directory {}: {e}", users.display()));
    owner::go_on_as_owner(users).map_err(failed)?;
    // A write beyond a limit of a file's size (`ulimit -f`, `LimitFSIZE=`) is to fail as on a
    // full disk, and not to end every session. That the signal is caught is enough.
    let caught = signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
    caught.map_err(|e| (exit::SYSTEM, format!("signals: {e}")))?;
    start_log(log, otherwise)
}

fn start_log(file: Option<&Path>, otherwise: fn() -> Log) -> Result<(), Failure> {
    let failed = |path: &Path, e| {
        let e = owner::whom_to_run_as(path, e);
        (exit::CANNOT_CREATE, format!("{}: {e}", path.display()))
    };
    let log =
        file.map_or_else(|| Ok(otherwise()), |path| logging::to_file(path).map_err(|e| failed(path, e)));
    log.map(logging::start)
}

fn stderr() -> Log {
    Box::new(io::stderr())
}

/// Sessions must not wait until somebody reads standard error, from a terminal that was
/// stopped or a pipe; a file takes it at once.
fn queue_to_stderr() -> Log {
    if inetd::stderr_takes_all() {
        return stderr();
    }
    Terminal::new(io::stderr()).map_or_else(|_| stderr(), |queue| Box::new(queue))
}

fn context(options: ServeOptions, terminal: Option<Terminal>) -> Result<ServerContext, Failure> {
    if options.autologout < limits::AUTOLOGOUT {
        log::warn!("an autologout of less than ten minutes is shorter than RFC 1939 allows");
    }
    if options.hide_users && options.login_delay.is_zero() {
        log::warn!("without a login delay, the time that a failed login takes may tell which users exist");
    }
    let users = match options.practice {
        Practice::No => all_users(&options.users)?,
        // Nothing is written.
        Practice::Own | Practice::With(_) => users(&options.users)?,
    };
    Ok(ServerContext {
        users: for_practice(users, options.practice)?,
        host: options.host,
        hide_users: options.hide_users,
        login_time: options.login_time,
        crowded: Arc::default(),
        updates: Arc::default(),
        login_delay: options.login_delay,
        transcripts: transcripts(options.transcript.as_deref(), terminal)?,
    })
}

fn for_practice(users: Users, practice: Practice) -> Result<Users, Failure> {
    Ok(match practice {
        Practice::No => users,
        Practice::Own => users.for_practice(None),
        Practice::With(name) => {
            let found = users.clone().for_practice(None).find(&name);
            found.map_err(|e| (exit::NO_USER, format!("{name} has no maildrop to practise with: {e}")))?;
            users.for_practice(Some(name))
        }
    })
}

fn transcripts(directory: Option<&Path>, terminal: Option<Terminal>) -> Result<Option<Transcripts>, Failure> {
    if directory.is_none() && terminal.is_none() {
        return Ok(None);
    }
    let transcripts = Transcripts::new(directory, terminal);
    transcripts.map(Some).map_err(|e| no_transcripts(directory.unwrap_or(Path::new("")), &e))
}

fn no_transcripts(directory: &Path, e: &io::Error) -> Failure {
    let directory = directory.display();
    let what = "make it a directory in which the user who runs the server may make files";
    (exit::CANNOT_CREATE, format!("transcripts can't be written to {directory}: {e}; {what}"))
}

fn users(directory: &Path) -> Result<Users, Failure> {
    Users::new(directory).map_err(|e| {
        let (code, help) = match e.kind() {
            io::ErrorKind::NotFound => (exit::NO_INPUT, "; make it, or name another one with --users"),
            io::ErrorKind::NotADirectory => (exit::NO_INPUT, "; name the directory that the file is in"),
            io::ErrorKind::PermissionDenied => (exit::NO_PERMISSION, ""),
            _ => (exit::TRY_AGAIN, ""),
        };
        (code, format!("the Users directory {}: {e}{help}", directory.display()))
    })
}

/// The same; if a crash has interrupted adding users, that is finished.
fn all_users(directory: &Path) -> Result<Users, Failure> {
    let users = users(directory)?;
    if let Err(e) = maildrop::finish_adding(&users) {
        log::error!("users that were added are not there yet: {e}");
    }
    Ok(users)
}
