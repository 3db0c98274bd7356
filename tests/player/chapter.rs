//! The dialogues of one file, played one after the other, each on a server and a copy of the
//! shipped Users of its own. In the examiner's dialogues mrose has the standard maildrop. A chapter
//! fails with everything that went wrong in it.

use super::server::{NoServer, Server};
use super::users::{TestUsers, write_in_place};
use super::{DEADLINE, escape, mbox, parse};
use pop1081::grade::catalogue::Library;
use pop1081::grade::client::{Failure, Stop};
use pop1081::grade::compare::Strictness;
use pop1081::grade::dialogue::{Dialogue, Proof, Wanted};
use pop1081::grade::fixture::{self, Message};
use pop1081::grade::player::{Environment, Player};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// How many lines of what was said before, and of the server's log, a failure shows.
const LINES_SHOWN: usize = 12;

pub struct Chapter {
    pub path: PathBuf,
    pub dialogues: Vec<Dialogue>,
}

/// Reads and parses one chapter.
pub fn read(path: &Path) -> Result<Chapter, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let dialogues = parse::dialogues(&text).map_err(|error| format!("{}:{error}", path.display()))?;
    Ok(Chapter { path: path.to_path_buf(), dialogues })
}

impl Chapter {
    /// The examiner plays these dialogues as well, on its standard maildrop.
    fn is_examiners(&self) -> bool {
        self.path.starts_with("src/grade")
    }
}

/// A Users directory around the dialogue: any user's maildrop is the file of that name.
impl Environment for TestUsers {
    fn pair(&self) -> (&str, &str) {
        ("mrose", "secret")
    }

    fn messages(&self, user: &str) -> Vec<Message> {
        let messages = mbox::messages(&fs::read(self.directory().join(user)).unwrap_or_default());
        messages.into_iter().map(|message| Message { lines: message.lines, unended: false }).collect()
    }

    fn write(&self, path: &str, octets: &[u8]) -> Result<(), String> {
        write_in_place(&self.directory().join(path), octets).map_err(|error| error.to_string())
    }
}

/// The standard maildrop is mrose's.
struct StandardMaildrop(Vec<Message>);

impl StandardMaildrop {
    fn install(users: &TestUsers, dialogue: &Dialogue) -> Result<StandardMaildrop, String> {
        let mut messages = Library::open()?.maildrop;
        if dialogue.maildrop == Wanted::Empty {
            messages.clear();
        }
        users.write("mrose", &[&b"secret\n"[..], &fixture::mbox(&messages)].concat())?;
        Ok(StandardMaildrop(messages))
    }
}

impl Environment for StandardMaildrop {
    fn pair(&self) -> (&str, &str) {
        ("mrose", "secret")
    }

    fn messages(&self, _user: &str) -> Vec<Message> {
        self.0.clone()
    }

    fn write(&self, path: &str, _octets: &[u8]) -> Result<(), String> {
        Err(format!("the examiner can't write {path}"))
    }
}

/// Plays every dialogue of the file; the transcripts, in order. Panics with all failures.
pub fn play(path: &str) -> Vec<String> {
    let chapter = match read(Path::new(path)) {
        Ok(chapter) => chapter,
        Err(error) => panic!("{error}"),
    };
    let mut transcripts = Vec::new();
    let mut failures = Vec::new();
    for (number, dialogue) in (1..).zip(chapter.dialogues.iter().filter(|one| one.not_tried.is_none())) {
        match play_dialogue(&chapter, dialogue) {
            Ok(transcript) => transcripts.push(transcript),
            Err(NotPlayed::Skipped(reason)) => say_skipped(dialogue, &reason),
            Err(NotPlayed::Failed { report, hang }) => {
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

enum NotPlayed {
    Skipped(String),
    Failed { report: String, hang: bool },
}

/// Written past the test harness, which would keep it to itself.
fn say_skipped(dialogue: &Dialogue, reason: &str) {
    let _ = writeln!(io::stderr(), "skipped: {} ({})", reason.trim(), dialogue.id);
}

fn play_dialogue(chapter: &Chapter, dialogue: &Dialogue) -> Result<String, NotPlayed> {
    let users =
        TestUsers::copy_of_shipped().map_err(|error| failed(chapter, dialogue, &error.to_string()))?;
    let standard = chapter.is_examiners().then(|| StandardMaildrop::install(&users, dialogue)).transpose();
    let standard = standard.map_err(|error| failed(chapter, dialogue, &error))?;
    let environment = standard.as_ref().map_or(&users as &dyn Environment, |standard| standard);
    let server = start(chapter, dialogue, &users)?;
    let mut player = Player::new(server.address, environment, Strictness::Exact, DEADLINE);
    player.patient = chapter.is_examiners();
    let played = player.play(dialogue);
    let end = dialogue.steps.last().map_or(dialogue.line, |step| step.line);
    match played.and_then(|()| player.close_all().map_err(|stop| (end, stop))) {
        Ok(()) => Ok(player.transcript),
        Err((_, Stop::Skip(reason))) => Err(NotPlayed::Skipped(reason)),
        Err((line, Stop::Failed(failure) | Stop::Barred(failure))) => {
            let log = fs::read_to_string(users.log()).unwrap_or_default();
            let report = report(&place(chapter, line), dialogue, &failure, &player.transcript, &log);
            Err(NotPlayed::Failed { report, hang: failure.hang })
        }
    }
}

fn start(chapter: &Chapter, dialogue: &Dialogue, users: &TestUsers) -> Result<Server, NotPlayed> {
    let started = match dialogue.default_port {
        None => Server::start(users, &dialogue.options),
        Some(_) => Server::start_where_it_likes(users, &dialogue.options),
    };
    match (started, dialogue.default_port) {
        (Ok(server), Some(port)) if server.address.port() != port => {
            Err(failed(chapter, dialogue, &format!("listens on {}, not on port {port}", server.address)))
        }
        (Ok(server), _) => Ok(server),
        (Err(NoServer::AddressRefused(log)), Some(_)) => Err(NotPlayed::Skipped(log)),
        (Err(NoServer::AddressRefused(why) | NoServer::Failed(why)), _) => {
            Err(failed(chapter, dialogue, &why))
        }
    }
}

fn failed(chapter: &Chapter, dialogue: &Dialogue, why: &str) -> NotPlayed {
    let report = format!("{}: {}\n  {why}\n", place(chapter, dialogue.line), dialogue.id);
    NotPlayed::Failed { report, hang: false }
}

fn place(chapter: &Chapter, line: usize) -> String {
    format!("{}:{line}", chapter.path.display())
}

pub fn report(place: &str, dialogue: &Dialogue, failure: &Failure, transcript: &str, log: &str) -> String {
    let page = |proof: &Proof| proof.page.map_or_else(String::new, |page| format!("p. {page} "));
    let proof = |proof: &Proof| page(proof) + &proof.statement;
    let pages: Vec<String> = dialogue.proves.iter().map(proof).collect();
    let mut text = format!("{place}: {}: {} ({})\n", dialogue.id, dialogue.title, pages.join(", "));
    let _ = writeln!(text, "  sent:     {}", failure.sent);
    let _ = writeln!(text, "  expected: {}", failure.expected);
    let _ = writeln!(text, "  got:      {}", failure.came);
    for (title, lines) in [("said before", transcript), ("server's log", log)] {
        let _ = writeln!(text, "  {title}:");
        for line in last_lines(lines) {
            let _ = writeln!(text, "    {}", escape::show(line.as_bytes()));
        }
    }
    text
}

fn last_lines(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES_SHOWN)..].to_vec()
}
