//! What the states share: the server's settings, waiting for a command, and the
//! replies that are the same in each.

use crate::exit::Updates;
use crate::limits;
use crate::maildrop::Refusal;
use crate::protocol::command::{Command, Mistake};
use crate::protocol::reply::{self, Reply};
use crate::transcript::{Transcripts, escape};
use crate::users::Users;
use crate::wire::{Line, LoginDeadline, Wire};
use std::fmt::Display;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// The settings that all sessions of a server share.
#[derive(Clone, Debug)]
pub struct ServerContext {
    pub users: Users,
    /// The host's name in greeting and goodbye.
    pub host: String,
    /// USER does not tell which users exist.
    pub hide_users: bool,
    /// A client must log in within this time; zero: no limit; `None`: [`limits::LOGIN_TIME`]
    /// while the server is crowded.
    pub login_time: Option<Duration>,
    /// More than half of the slots are taken.
    pub crowded: Arc<AtomicBool>,
    /// The sessions in UPDATE.
    pub updates: Arc<Updates>,
    /// Delay of the reply to the first failed login.
    pub login_delay: Duration,
    /// `None`: no transcripts.
    pub transcripts: Option<Transcripts>,
}

/// The bad commands that are still answered.
pub struct BadCommandBudget(u32);

impl BadCommandBudget {
    /// This number of bad commands; the last of them closes the connection.
    pub fn new(bad_commands: u32) -> Self {
        BadCommandBudget(bad_commands)
    }

    /// Answers a bad command.
    ///
    /// # Errors
    /// When it was one too many, or when the reply can't be sent.
    pub fn answer(&mut self, wire: &mut Wire, reply: &Reply) -> io::Result<()> {
        self.0 = self.0.saturating_sub(1);
        if self.0 > 0 {
            return wire.reply(reply);
        }
        wire.reply(&reply::too_many("bad commands"))?;
        wire.flush()?;
        Err(io::Error::other("too many bad commands"))
    }
}

/// Waits for the next command and answers lines that are none; `None` at the end of
/// the connection. `due`: the commands that are valid now; `login`: when the client must
/// have logged in.
///
/// # Errors
/// When the connection must end.
pub fn next_command(
    wire: &mut Wire,
    bad_commands: &mut BadCommandBudget,
    due: &str,
    login: Option<&LoginDeadline>,
) -> io::Result<Option<Command>> {
    loop {
        let is_first = wire.lines == 0;
        let Some(line) = wire.read_line(login)? else { return Ok(None) };
        let mistake = match line {
            Line::Whole(line) | Line::TooLong(line) if is_first && is_http(line) => {
                return Err(io::Error::other("sent an HTTP request"));
            }
            Line::TooLong(_) => {
                Reply::err(format_args!("a command line has at most {} octets", limits::COMMAND_LINE))
            }
            Line::Whole(line) => match Command::parse(line) {
                Ok(command) => return Ok(Some(command)),
                Err(mistake) => explained(mistake, due),
            },
        };
        bad_commands.answer(wire, &mistake)?;
    }
}

/// The reply to a line that is no command. It shows no octet that can be seen: the line
/// may be a password, and replies stand in transcripts.
fn explained(mistake: Mistake, due: &str) -> Reply {
    match mistake {
        Mistake::Form(sentence) => Reply::err(sentence),
        Mistake::Empty => Reply::err(format_args!("the line is empty; valid now: {due}")),
        Mistake::UnknownKeyword => Reply::err(format_args!("no command has this keyword; valid now: {due}")),
        Mistake::Control(octet) => {
            let mut name = String::new();
            escape(&[octet], &mut name);
            let meant = match octet {
                b'\t' => ": a space is meant",
                0x04 => ": Ctrl-D?",
                0x08 | 0x7F => ": the Backspace key?",
                0x1B => ": an arrow key?",
                _ => "",
            };
            Reply::err(format_args!("a keyword has letters only, not {name}{meant}"))
        }
    }
}

/// Whether a line is the first of an HTTP request. A web page can have a browser send
/// one to any address, with a whole session as its body.
fn is_http(line: &[u8]) -> bool {
    line.ends_with(b" HTTP/1.0") || line.ends_with(b" HTTP/1.1")
}

/// Logs why a connection has ended without QUIT.
pub fn log_end(wire: &mut Wire, who: &dyn Display, end: io::Result<()>) {
    let why = match end {
        Ok(()) => "closed the connection without QUIT".to_owned(),
        Err(e) if e.raw_os_error().is_some() => format!("the connection broke: {e}"),
        Err(e) => e.to_string(),
    };
    log::info!("{who}: {why}");
    wire.transcript.note(format_args!("end, and no UPDATE: {why}"));
}

/// Why a maildrop is not opened, for the client.
pub fn refused(name: &str, refusal: &Refusal) -> Reply {
    match refusal {
        Refusal::InUse => reply::already_locked(name),
        Refusal::BeingWritten | Refusal::Replaced => reply::being_written(name),
        Refusal::Unparsable(_) => Reply::err(format_args!("{name}'s maildrop can't be parsed")),
        Refusal::Disk(e) => Reply::err(format_args!("unable to open {name}'s maildrop: {e}")),
    }
}

/// CAPA (RFC 2449, p. 3), the same in both states.
pub fn capabilities(wire: &mut Wire) -> io::Result<()> {
    wire.reply(&Reply::ok("capability list follows"))?;
    for capability in ["TOP", "USER", "UIDL", "PIPELINING", "RESP-CODES", "EXPIRE NEVER"] {
        wire.line(capability.as_bytes())?;
    }
    wire.line(concat!("IMPLEMENTATION pop1081-", env!("CARGO_PKG_VERSION")).as_bytes())?;
    wire.end_of_response()
}
