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
//! | `start` | the server as a child of the examiner |
//! | `target`, `patience`, `refill` | the server that is examined, how long it is waited for, how its maildrop is filled |
//! | `selection`, `stages.txt` | which statements are examined, and in which stages a server is written |
//! | `examiner`, `order` | dialogue after dialogue, those that change the maildrop last |
//! | `each` | many submissions, each examined by a process of its own |
//! | `report`, `json`, `junit` | from outcomes to verdicts, for a person and for programs |
//!
//! Nothing of pop1081's own protocol or storage is used here: it is examined by
//! the same rules as any other server.

pub mod catalogue;
pub mod client;
pub mod compare;
pub mod dialogue;
mod each;
pub mod escape;
pub mod examiner;
pub mod fixture;
pub mod json;
mod junit;
mod order;
pub mod parse;
mod patience;
pub mod placeholders;
pub mod player;
pub mod refill;
pub mod report;
mod selection;
mod start;
pub mod target;

use catalogue::{Library, Rfc};
use dialogue::Dialogue;
use examiner::{Examiner, Outcome};
use fixture::mbox;
use order::logs_in;
use refill::{Refill, ShellCommand};
use report::{Judged, Sums, Verdict, judge};
use selection::{stage_of, stages};
use target::{Examinee, LoginError, Unused};

use crate::options::{Examination, GradeOptions, Selected, Server};
use crate::{exit, password_prompt};
use start::StartedServer;
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

/// The exit code where nothing failed, but more than a quarter was not tried.
const MUCH_UNTRIED: u8 = 2;

/// The password for a server that the examiner starts, where no file names one.
const PASSWORD: &str = "tanstaaf";

/// Carries out the options; `Ok` if no statement failed.
///
/// # Errors
/// Exit code and sentence: 1 a statement failed, 2 much was not tried, 64 usage,
/// 65 other messages, 66 no password, 69 no server, 77 login refused.
pub fn grade(grading: &GradeOptions) -> Result<(), exit::Failure> {
    let library = Library::open().map_err(|error| (exit::SYSTEM, error))?;
    match grading {
        GradeOptions::PrintMaildrop => print(&mbox(&library.maildrop)),
        GradeOptions::Each(submissions) => print(each::each(submissions)?.as_bytes()),
        GradeOptions::List(selected) => {
            let (rfc, ids) = selection(&library, selected)?;
            print(report::list(&library, rfc, &ids).as_bytes())
        }
        GradeOptions::Examine(examination) => examine(&library, examination),
    }
}

fn examine(library: &Library, examination: &Examination) -> Result<(), exit::Failure> {
    let (rfc, ids) = selection(library, &examination.selected)?;
    let (address, name, password) = (address(examination)?, examination.user.clone(), password(examination)?);
    let refill = refill(examination, &password);
    let refill = refill.as_deref();
    let examinee = Examinee { address, unused: Unused::default(), password, name };
    let mut examiner = Examiner::new(library, &examinee, refill, examination.patience);
    if library.dialogues(rfc).any(|dialogue| shows(dialogue, &ids) && logs_in(dialogue)) {
        examiner.check_first().map_err(|error| not_examined(address, &error))?;
    }

    let (began, started) = (SystemTime::now(), Instant::now());
    // One filling of the maildrop goes further in the order of the examiner.
    let played = match examination.next && refill.is_some() {
        true => play_stages(library, &mut examiner, rfc, &ids),
        false => examiner.examine(rfc, |dialogue| shows(dialogue, &ids), &mut progress()),
    };
    clear_progress();
    let run = Run { rfc, address, began, took: started.elapsed(), dialogues: played.len() };
    let mut judged = judge(library, rfc, &played);
    judged.retain(|one| ids.contains(&one.statement.id));
    tell(&run, &judged, examination)?;
    verdict(Sums::of(&judged), judged.len())
}

/// An examination that has been carried out.
struct Run {
    rfc: Rfc,
    address: SocketAddr,
    began: SystemTime,
    took: Duration,
    dialogues: usize,
}

/// The report on standard output, and the files.
fn tell(run: &Run, judged: &[Judged], examination: &Examination) -> Result<(), exit::Failure> {
    let Run { rfc, address, began, took, dialogues: count } = run;
    let dialogues = if *count == 1 { "dialogue" } else { "dialogues" };
    let server = match &examination.server {
        Server::At(_) => address.to_string(),
        Server::Start(command) => command.clone(),
    };
    let seconds = took.as_secs_f64();
    let head = format!("{server} by RFC {}, {count} {dialogues} in {seconds:.1} s\n", rfc.number());
    let text = match examination.next {
        true => report::next(judged, *rfc, examination.points),
        false => report::report(judged, *rfc, examination.points, examination.failed),
    };
    print((head + &text).as_bytes())?;
    if let Some(path) = &examination.json {
        let (rfc, began, took) = (*rfc, *began, *took);
        let head = json::Head { server: &server, user: &examination.user, rfc, began, took };
        write(path, &json::report(judged, &head))?;
    }
    match &examination.junit {
        Some(path) => write(path, &junit::report(judged, &server, seconds)),
        None => Ok(()),
    }
}

fn write(path: &Path, text: &str) -> Result<(), exit::Failure> {
    fs::write(path, text).map_err(|error| cannot(exit::CANNOT_CREATE, path, &error))
}

fn selection(library: &Library, selected: &Selected) -> Result<(Rfc, BTreeSet<String>), exit::Failure> {
    let rfc: Rfc = selected.rfc.parse().map_err(|()| (exit::USAGE, "no such memo".to_owned()))?;
    Ok((rfc, selection::select(library, rfc, selected).map_err(|error| (exit::USAGE, error))?))
}

fn shows(dialogue: &Dialogue, ids: &BTreeSet<String>) -> bool {
    dialogue.proves.iter().any(|proof| ids.contains(&proof.statement))
}

/// Stage after stage, up to the first in which something fails.
fn play_stages<'a>(
    library: &'a Library,
    examiner: &mut Examiner<'a>,
    rfc: Rfc,
    ids: &BTreeSet<String>,
) -> Vec<(&'a Dialogue, Outcome)> {
    let stages = stages();
    let mut played = Vec::new();
    for stage in 1..=stages.len() {
        let of_stage = |id: &&String| stage_of(&stages, id) == Some(stage);
        let ids: BTreeSet<String> = ids.iter().filter(of_stage).cloned().collect();
        played.extend(examiner.examine(rfc, |dialogue| shows(dialogue, &ids), &mut progress()));
        let judged = judge(library, rfc, &played);
        if judged.iter().any(|one| ids.contains(&one.statement.id) && one.verdict() == Verdict::Fail) {
            break;
        }
    }
    played
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
        LoginError::NotReady(why) => (exit::UNAVAILABLE, why.clone()),
        LoginError::OtherMaildrop(why) => (exit::BAD_DATA, why.clone()),
    }
}

fn refill(examination: &Examination, password: &str) -> Option<Box<dyn Refill>> {
    let user = &examination.user;
    if let Server::Start(command) = &examination.server {
        return Some(Box::new(StartedServer::new(command, user, password)));
    }
    let command = examination.reset.as_ref()?;
    Some(Box::new(ShellCommand::new(command, user)))
}

/// The first address that answers. An address that is not this machine's is
/// refused: mail would be deleted there.
fn address(examination: &Examination) -> Result<SocketAddr, exit::Failure> {
    let server = match &examination.server {
        // It is not started yet.
        Server::Start(_) => return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
        Server::At(server) => server,
    };
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
        None if matches!(examination.server, Server::Start(_)) => PASSWORD.into(),
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
