//! The program: from the command line to an exit code of sysexits(3).

#![forbid(unsafe_code)]

use pop1081::commands::{check, deliver, user};
use pop1081::logging::{self, Log};
use pop1081::options::{self, Accounting, Asked, Checking, Delivery, Limits, Serving, Task};
use pop1081::server::inetd::{self, Inherited};
use pop1081::session::{self, ServerContext};
use pop1081::transcript::{Terminal, Transcripts};
use pop1081::users::Users;
use pop1081::{exit, grade, server};
use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let done = match options::parse(&arguments) {
        Ok(Asked::ToDo(task)) => carry_out(task),
        Ok(Asked::ToPrint(text)) => {
            io::stdout().write_all(text.as_bytes()).map_err(|e| (exit::CANNOT_WRITE, e.to_string()))
        }
        Err(sentence) => Err((exit::USAGE, sentence)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, sentence)) => {
            // Under inetd, standard error often leads to the client. At a terminal
            // that is a person, whose session has not begun.
            let inetd = arguments.first().is_some_and(|word| word == "inetd");
            if !inetd || inetd::stderr_is_ours() || io::stderr().is_terminal() {
                let _ = writeln!(io::stderr(), "pop1081: {sentence}");
            }
            ExitCode::from(code)
        }
    }
}

type Done = Result<(), exit::Failure>;

fn carry_out(task: Task) -> Done {
    match task {
        Task::Serve(serving, limits) => serve(serving, &limits),
        Task::Inetd(serving) => serve_caller(serving),
        Task::Deliver(delivery) => deliver(&delivery),
        Task::Grade(grading) => grade::grade(&grading),
        Task::Check(checking) => look_over(&checking),
        Task::User(accounting) => account(&accounting),
    }
}

fn serve(serving: Serving, limits: &Limits) -> Done {
    start_log(serving.log.as_deref(), Log::Stderr)?;
    let autologout = serving.autologout;
    let context = context(serving, Terminal::Stdout)?;
    let listeners = server::listen(limits)?;
    check::warn(&context.users);
    server::serve(context, autologout, limits, listeners)
}

fn serve_caller(serving: Serving) -> Done {
    if serving.verbose && !inetd::stderr_is_ours() {
        start_log(serving.log.as_deref(), Log::Nowhere)?;
        let sentence = "--verbose needs a standard error that does not lead to the client";
        log::error!("{sentence}");
        return Err((exit::USAGE, sentence.to_owned()));
    }
    inetd::reexec_without_stderr();
    let otherwise = if inetd::stderr_is_ours() { Log::Stderr } else { Log::Nowhere };
    start_log(serving.log.as_deref(), otherwise)?;
    let has_log = serving.log.is_some();
    let served = serve_whoever_is_there(serving);
    if let (Err((_, sentence)), true) = (&served, has_log) {
        // There may be no standard error to say it to.
        log::error!("{sentence}");
    }
    served
}

fn serve_whoever_is_there(serving: Serving) -> Done {
    let autologout = serving.autologout;
    let context = context(serving, Terminal::Stderr)?;
    match inetd::inherited(autologout)? {
        Inherited::Client(wire) => session::run(&context, wire),
        Inherited::Clients(socket) => server::serve_lent(context, autologout, socket)?,
    }
    Ok(())
}

fn deliver(delivery: &Delivery) -> Done {
    start_log(delivery.log.as_deref(), Log::Stderr)?;
    deliver::deliver(&users(&delivery.users)?, delivery)
}

fn look_over(checking: &Checking) -> Done {
    start_log(checking.log.as_deref(), Log::Stderr)?;
    check::check(&users(&checking.users)?, checking)
}

fn account(accounting: &Accounting) -> Done {
    start_log(accounting.log.as_deref(), Log::Stderr)?;
    user::account(&users(&accounting.users)?, accounting)
}

fn start_log(file: Option<&Path>, otherwise: Log) -> Done {
    let log = match file {
        None => otherwise,
        Some(path) => {
            Log::file(path).map_err(|e| (exit::CANNOT_CREATE, format!("{}: {e}", path.display())))?
        }
    };
    logging::start(log);
    Ok(())
}

fn context(serving: Serving, terminal: Terminal) -> Result<ServerContext, exit::Failure> {
    if serving.autologout < pop1081::limits::AUTOLOGOUT {
        log::warn!("an autologout of less than ten minutes is shorter than RFC 1939 allows");
    }
    if serving.hide_users && serving.login_delay.is_zero() {
        log::warn!(
            "without a delay, the time that a failed login takes may tell whether there is such a user"
        );
    }
    let users = users(&serving.users)?;
    let transcripts = transcripts(serving.transcript.as_deref(), serving.verbose.then_some(terminal))?;
    Ok(ServerContext {
        users: if serving.practice { users.for_practice() } else { users },
        host: serving.host,
        hide_users: serving.hide_users,
        login_time: serving.login_time,
        login_delay: serving.login_delay,
        transcripts,
    })
}

fn transcripts(
    directory: Option<&Path>,
    terminal: Option<Terminal>,
) -> Result<Option<Transcripts>, exit::Failure> {
    if directory.is_none() && terminal.is_none() {
        return Ok(None);
    }
    Transcripts::new(directory, terminal).map(Some).map_err(|e| {
        let directory = directory.unwrap_or(Path::new("")).display();
        (exit::CANNOT_CREATE, format!("the directory for transcripts, {directory}: {e}"))
    })
}

/// Only a directory that is not there is reason to give up for ever: a mail
/// transport system sends a message back to its sender for that.
fn users(directory: &Path) -> Result<Users, exit::Failure> {
    Users::new(directory).map_err(|e| {
        let missing = matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
        let code = if missing { exit::NO_INPUT } else { exit::TRY_AGAIN };
        (code, format!("the Users directory {}: {e}", directory.display()))
    })
}
