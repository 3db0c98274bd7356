//! The examiner: plays the statements of RFC 1081, or of RFC 1939, against any
//! POP3 server, and reports which it keeps. Here: from the options to a report
//! and an exit code.
//!
//! | file | duty |
//! |---|---|
//! | `statements.txt`, `dialogues/`, `maildrop.txt` | what is examined, as data; `dialogues/README.md` tells how to read it |
//! | `dialogue`, `fixture`, `catalogue` | what the data says |
//! | `escape`, `parse` | from text to that |
//! | `placeholders`, `compare` | what a line stands for, and when a line that came is the one that was expected |
//! | `client` | one connection to a server that may do anything |
//! | `player` | the steps of one dialogue, played |
//! | `target`, `patience`, `refill` | the server that is examined, how long it is waited for, how its maildrop is filled |
//! | `examiner` | dialogue after dialogue |
//! | `report`, `json` | from outcomes to verdicts, for a person and for a script |
//!
//! Nothing of pop1081's own protocol or storage is used here: it is examined by
//! the same rules as any other server.

pub mod catalogue;
pub mod client;
pub mod compare;
pub mod dialogue;
pub mod escape;
pub mod examiner;
pub mod fixture;
pub mod json;
pub mod parse;
mod patience;
pub mod placeholders;
pub mod player;
pub mod refill;
pub mod report;
pub mod target;

use catalogue::{Library, Rfc};
use dialogue::Dialogue;
use examiner::{Examiner, logs_in};
use fixture::mbox;
use refill::{Refill, ShellCommand};
use report::{Sums, judge};
use target::{Examinee, LoginError};

use crate::options::{Examination, GradeOptions};
use crate::{exit, password_prompt};
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::time::Instant;

/// The exit code where nothing failed, but more than a quarter was not tried.
const MUCH_UNTRIED: u8 = 2;

/// Carries out the options; `Ok` if no statement failed.
///
/// # Errors
/// Exit code and sentence: 1 a statement failed, 2 much was not tried, 64 usage,
/// 65 other messages, 66 no password, 69 no server, 77 login refused.
pub fn grade(grading: &GradeOptions) -> Result<(), exit::Failure> {
    let library = Library::open().map_err(|error| (exit::SYSTEM, error))?;
    match grading {
        GradeOptions::PrintMaildrop => print(&mbox(&library.maildrop)),
        GradeOptions::Examine(examination) => examine(&library, examination),
    }
}

fn examine(library: &Library, examination: &Examination) -> Result<(), exit::Failure> {
    let rfc: Rfc = examination.rfc.parse().map_err(|()| (exit::USAGE, "no such memo".to_owned()))?;
    known_statements(library, rfc, &examination.only)?;
    let address = address(examination)?;
    let name = examination.user.clone();
    let examinee = Examinee { address, password: password(examination)?, name };
    let command = examination.reset.as_ref().map(|command| ShellCommand::new(command, &examination.user));
    let refill = command.as_ref().map(|command| command as &dyn Refill);

    let started = Instant::now();
    let wanted = |dialogue: &Dialogue| {
        examination.only.is_empty()
            || dialogue.proves.iter().any(|proof| examination.only.contains(&proof.statement))
    };
    let mut examiner = Examiner::new(library, &examinee, refill, examination.patience);
    if library.dialogues(rfc).any(|dialogue| wanted(dialogue) && logs_in(dialogue)) {
        examiner.check_first().map_err(|error| not_examined(address, &error))?;
    }
    let played = examiner.examine(rfc, wanted, &mut progress());
    let seconds = started.elapsed().as_secs_f64();
    clear_progress();

    let mut judged = judge(library, rfc, &played);
    judged.retain(|one| examination.only.is_empty() || examination.only.contains(&one.statement.id));
    let sums = Sums::of(&judged);
    let dialogues = if played.len() == 1 { "dialogue" } else { "dialogues" };
    let (number, count) = (rfc.number(), played.len());
    let head = format!("{address} by RFC {number}, {count} {dialogues} in {seconds:.1} s\n");
    print((head + &report::report(&judged, rfc, examination.points)).as_bytes())?;
    if let Some(path) = &examination.json {
        let text = json::report(&judged, rfc, &address.to_string(), &examination.user, seconds);
        fs::write(path, text).map_err(|error| cannot(exit::CANNOT_CREATE, path, &error))?;
    }
    verdict(sums, judged.len())
}

fn verdict(sums: Sums, statements: usize) -> Result<(), exit::Failure> {
    match (sums.failed.statements, sums.not_tried.statements) {
        (0, untried) if sums.much_untried() => {
            Err((MUCH_UNTRIED, format!("{untried} of {statements} statements could not be tried")))
        }
        (0, _) => Ok(()),
        (failed, _) => Err((exit::NOT_ALL_RIGHT, format!("{failed} of {statements} statements failed"))),
    }
}

/// The exit code, and one sentence.
fn not_examined(address: SocketAddr, error: &LoginError) -> exit::Failure {
    match error {
        LoginError::NoServer(why) => (exit::UNAVAILABLE, format!("no POP3 server on {address}: {why}")),
        LoginError::Refused(why) => {
            (exit::NO_PERMISSION, format!("{why}; are the user and the password right?"))
        }
        LoginError::OtherMaildrop(why) => (exit::BAD_DATA, why.clone()),
    }
}

fn known_statements(library: &Library, rfc: Rfc, only: &[String]) -> Result<(), exit::Failure> {
    match only.iter().find(|id| !library.statements(rfc).any(|statement| statement.id == **id)) {
        None => Ok(()),
        Some(id) => Err((exit::USAGE, format!("RFC {} has no statement '{id}' here", rfc.number()))),
    }
}

/// The first address that answers. An address that is not this machine's is
/// refused: mail would be deleted there.
fn address(examination: &Examination) -> Result<SocketAddr, exit::Failure> {
    let server = &examination.server;
    let addresses: Vec<SocketAddr> = server
        .to_socket_addrs()
        .map_err(|error| (exit::USAGE, format!("'{server}' is no HOST:PORT: {error}")))?
        .collect();
    if let (false, Some(far)) = (examination.anywhere, addresses.iter().find(|a| !a.ip().is_loopback())) {
        let why = format!("{far} is not this machine, and grade deletes mail; --yes-delete-mail lets it");
        return Err((exit::USAGE, why));
    }
    let mut reason = "no address".to_owned();
    for address in addresses {
        match TcpStream::connect_timeout(&address, examination.patience) {
            Ok(_) => return Ok(address),
            Err(error) => reason = error.to_string(),
        }
    }
    Err((exit::UNAVAILABLE, format!("no server on {server}: {reason}")))
}

/// The first line of the password file, or what is typed.
fn password(examination: &Examination) -> Result<String, exit::Failure> {
    let text = match &examination.password_file {
        Some(path) => fs::read(path).map_err(|error| cannot(exit::NO_INPUT, path, &error))?,
        None => password_prompt::for_known_password(&examination.user)
            .map_err(|why| (exit::NO_INPUT, why.to_string()))?,
    };
    let line = text.split(|&octet| octet == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match String::from_utf8(line.to_vec()) {
        Ok(password) if !password.is_empty() => Ok(password),
        _ => Err((exit::NO_INPUT, "there is no password in line one".to_owned())),
    }
}

fn cannot(code: u8, path: &Path, error: &io::Error) -> exit::Failure {
    (code, format!("{}: {error}", path.display()))
}

fn print(octets: &[u8]) -> Result<(), exit::Failure> {
    let mut output = io::stdout().lock();
    let written = output.write_all(octets).and_then(|()| output.flush());
    written.map_err(|error| (exit::CANNOT_WRITE, error.to_string()))
}

/// On a terminal, the dialogue that is being played.
fn progress() -> impl FnMut(usize, usize, &Dialogue) {
    let shown = io::stderr().is_terminal();
    move |number, count, dialogue| {
        if shown {
            let _ = write!(io::stderr(), "\r\x1b[K{number} of {count}: {}", dialogue.title);
        }
    }
}

fn clear_progress() {
    if io::stderr().is_terminal() {
        let _ = write!(io::stderr(), "\r\x1b[K");
    }
}
