//! The dialogues of one file, played one after the other, each on a server and a copy of the
//! shipped Users of its own. A chapter fails with everything that went wrong in it.

use super::dialogue::{Chapter, Dialogue};
use super::server::{NoServer, Server};
use super::stage::{Stage, Stop, Wrong};
use super::users::PrivateUsers;
use super::{octets, parse};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::{fs, io};

/// How many lines of what was said before, and of the server's log, a failure shows.
const LINES_SHOWN: usize = 12;

/// Plays every dialogue of the file; the transcripts, in order. Panics with all failures.
pub fn play(path: &str) -> Vec<String> {
    let chapter = match parse::chapter(Path::new(path)) {
        Ok(chapter) => chapter,
        Err(error) => panic!("{error}"),
    };
    let mut transcripts = Vec::new();
    let mut failures = Vec::new();
    for (number, dialogue) in (1..).zip(&chapter.dialogues) {
        match play_dialogue(&chapter, dialogue) {
            Ok(transcript) => transcripts.push(transcript),
            Err(Failure::Skipped(reason)) => say_skipped(dialogue, &reason),
            Err(Failure::Failed { report, hang }) => {
                failures.push(report);
                if hang {
                    let left = chapter.dialogues.len() - number;
                    failures.push(format!("a hang: the {left} dialogues after it were not played\n"));
                    break;
                }
            }
        }
    }
    assert!(failures.is_empty(), "{path}:\n\n{}", failures.join("\n"));
    transcripts
}

enum Failure {
    Skipped(String),
    Failed { report: String, hang: bool },
}

/// Written past the test harness, which would keep it to itself.
fn say_skipped(dialogue: &Dialogue, reason: &str) {
    let _ = writeln!(io::stderr(), "skipped: {} ({})", reason.trim(), dialogue.id);
}

fn play_dialogue(chapter: &Chapter, dialogue: &Dialogue) -> Result<String, Failure> {
    let users =
        PrivateUsers::copy_of_shipped().map_err(|error| failed(chapter, dialogue, &error.to_string()))?;
    let server = start(chapter, dialogue, &users)?;
    let mut stage = Stage::new(server.address, users.directory());
    let mut line = dialogue.line;
    let mut outcome = Ok(());
    for step in &dialogue.steps {
        line = step.line;
        outcome = stage.play(step);
        if outcome.is_err() {
            break;
        }
    }
    match outcome.and_then(|()| stage.finish()) {
        Ok(()) => Ok(stage.transcript),
        Err(Stop::Skip(reason)) => Err(Failure::Skipped(reason)),
        Err(Stop::Wrong(wrong)) => {
            let log = fs::read_to_string(users.log()).unwrap_or_default();
            let report = report(&place(chapter, line), dialogue, &wrong, &stage.transcript, &log);
            Err(Failure::Failed { report, hang: wrong.hang })
        }
    }
}

fn start(chapter: &Chapter, dialogue: &Dialogue, users: &PrivateUsers) -> Result<Server, Failure> {
    let started = match dialogue.default_port {
        None => Server::start(users, &dialogue.options),
        Some(_) => Server::start_where_it_likes(users, &dialogue.options),
    };
    match (started, dialogue.default_port) {
        (Ok(server), Some(port)) if server.address.port() != port => {
            Err(failed(chapter, dialogue, &format!("listens on {}, not on port {port}", server.address)))
        }
        (Ok(server), _) => Ok(server),
        (Err(NoServer::AddressRefused(log)), Some(_)) => Err(Failure::Skipped(log)),
        (Err(NoServer::AddressRefused(why) | NoServer::Failed(why)), _) => {
            Err(failed(chapter, dialogue, &why))
        }
    }
}

fn failed(chapter: &Chapter, dialogue: &Dialogue, why: &str) -> Failure {
    let report = format!("{}: {}\n  {why}\n", place(chapter, dialogue.line), dialogue.id);
    Failure::Failed { report, hang: false }
}

fn place(chapter: &Chapter, line: usize) -> String {
    format!("{}:{line}", chapter.path.display())
}

pub fn report(place: &str, dialogue: &Dialogue, wrong: &Wrong, transcript: &str, log: &str) -> String {
    let pages: Vec<String> =
        dialogue.proves.iter().map(|proof| format!("p. {} {}", proof.page, proof.statement)).collect();
    let mut text = format!("{place}: {}: {} ({})\n", dialogue.id, dialogue.title, pages.join(", "));
    let _ = writeln!(text, "  sent:     {}", wrong.sent);
    let _ = writeln!(text, "  expected: {}", wrong.expected);
    let _ = writeln!(text, "  got:      {}", wrong.got);
    for (title, lines) in [("said before", transcript), ("server's log", log)] {
        let _ = writeln!(text, "  {title}:");
        for line in last_lines(lines) {
            let _ = writeln!(text, "    {}", octets::show(line.as_bytes()));
        }
    }
    text
}

fn last_lines(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES_SHOWN)..].to_vec()
}
