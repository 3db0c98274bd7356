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
//! | `start`, `processes` | the server as a child of the examiner, and what it holds |
//! | `target`, `patience`, `refill` | the server that is examined, how long it is waited for, how its maildrop is filled |
//! | `selection`, `stages.txt` | which statements are examined, in which order, and in which stages a server is written |
//! | `examiner` | dialogue after dialogue |
//! | `each` | many submissions, each examined by a process of its own |
//! | `verdicts` | from the outcomes of dialogues to a verdict on each statement |
//! | `screen`, `by_hand`, `report` | the report for a person |
//! | `json`, `junit` | the same for programs |
//! | `json_reader`, `reports` | a JSON report, read again |
//! | `markup`, `html`, `matrix`, `*.html` | pages made of such reports: of one server, and of many side by side |
//! | `outputs` | which of these are written, and where |
//!
//! Nothing of pop1081's own protocol or storage is used here: it is examined by
//! the same rules as any other server.

mod by_hand;
pub mod catalogue;
pub mod client;
pub mod compare;
pub mod dialogue;
mod each;
pub mod escape;
pub mod examiner;
pub mod fixture;
mod html;
pub mod json;
pub mod json_reader;
mod junit;
mod markup;
mod matrix;
mod outputs;
pub mod parse;
mod patience;
pub mod placeholders;
pub mod player;
mod processes;
pub mod refill;
pub mod report;
mod reports;
mod screen;
mod selection;
mod start;
pub mod target;
pub mod verdicts;

use catalogue::{Library, Rfc};
use dialogue::Dialogue;
use examiner::{Examiner, Outcome};
use fixture::{Message, mbox};
use outputs::{Run, cannot, print};
use refill::{Refill, ShellCommand};
use screen::{Progress, Screen};
use selection::{logs_in, stage_of, stages};
use target::{Examinee, LoginError, Unused};
use verdicts::{Judged, Sums, Verdict, judge};

use crate::options::{Examination, GradeOptions, Selected, Server};
use crate::{exit, password_prompt};
use start::StartedServer;
use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::time::{Instant, SystemTime};

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
        GradeOptions::WriteMaildrop(directory) => write_messages(directory, &library.maildrop),
        GradeOptions::Each(submissions) => print(each::each(submissions)?.as_bytes()),
        GradeOptions::List(selected) => {
            let (rfc, ids) = selection(&library, selected)?;
            print(report::list(&library, rfc, &ids, &Screen::of_output()).as_bytes())
        }
        GradeOptions::Matrix(side_by_side) => outputs::matrix(&library, side_by_side),
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
    examiner.time = examination.time;
    if library.dialogues(rfc).any(|dialogue| shows(dialogue, &ids) && logs_in(dialogue)) {
        examiner.check_first().map_err(|error| not_examined(address, &error))?;
    }

    let progress = Progress::new();
    let (began, started) = (SystemTime::now(), Instant::now());
    // One filling of the maildrop goes further in the order of the examiner.
    let played = match examination.next && refill.is_some() {
        true => play_stages(library, &mut examiner, rfc, &ids, &progress),
        false => examiner.examine(rfc, |dialogue| shows(dialogue, &ids), &mut show(&progress)),
    };
    drop(progress);
    let run = Run { rfc, address, began, took: started.elapsed(), dialogues: played.len() };
    let mut judged = judge(library, rfc, &played);
    judged.retain(|one| ids.contains(&one.statement.id));
    if judged.is_empty() {
        return Err((exit::USAGE, "only a server that --start has started can show that".to_owned()));
    }
    outputs::tell(&run, &judged, examination)?;
    verdict(&judged)
}

/// `01`, `02` and so on, so that they are in order as a directory is listed.
fn write_messages(directory: &Path, messages: &[Message]) -> Result<(), exit::Failure> {
    fs::create_dir_all(directory).map_err(|error| cannot(exit::CANNOT_CREATE, directory, &error))?;
    let mut files = (1..).map(|number| directory.join(format!("{number:02}")));
    messages.iter().zip(&mut files).try_for_each(|(message, path)| {
        fs::write(&path, message.file()).map_err(|error| cannot(exit::CANNOT_CREATE, &path, &error))
    })
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
    progress: &Progress,
) -> Vec<(&'a Dialogue, Outcome)> {
    let stages = stages();
    let mut played = Vec::new();
    examiner.to_first_failure = true;
    for stage in 1..=stages.len() {
        let of_stage = |id: &&String| stage_of(&stages, id) == Some(stage);
        let ids: BTreeSet<String> = ids.iter().filter(of_stage).cloned().collect();
        played.extend(examiner.examine(rfc, |dialogue| shows(dialogue, &ids), &mut show(progress)));
        let judged = judge(library, rfc, &played);
        if judged.iter().any(|one| ids.contains(&one.statement.id) && one.verdict() == Verdict::Fail) {
            break;
        }
    }
    played
}

/// The dialogue that is being played.
fn show(progress: &Progress) -> impl FnMut(usize, usize, &Dialogue) {
    |number, count, dialogue| progress.show(number, count, &dialogue.title)
}

fn verdict(judged: &[Judged]) -> Result<(), exit::Failure> {
    let (sums, statements) = (Sums::of(judged), judged.len());
    let untried = sums.not_tried.statements;
    match report::first_failed(judged) {
        Some((first, _)) => {
            let failed = sums.failed.statements;
            let sentence =
                format!("{failed} of {statements} statements failed; begin with {}", first.statement.id);
            Err((exit::NOT_ALL_RIGHT, sentence))
        }
        None if sums.much_untried() => {
            Err((MUCH_UNTRIED, format!("{untried} of {statements} statements could not be tried")))
        }
        None => Ok(()),
    }
}

/// The exit code, and one sentence.
fn not_examined(address: SocketAddr, error: &LoginError) -> exit::Failure {
    match error {
        // It is started on another port each time.
        LoginError::NoServer(why) if address.port() == 0 => {
            (exit::UNAVAILABLE, format!("no POP3 server: {why}"))
        }
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
