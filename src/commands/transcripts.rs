//! `pop1081 transcripts`: sums up a directory of transcripts, per user: how many sessions,
//! how long, which commands, and which of them were refused.
//!
//! Any file may be there, written by any version or by hand: what is no line of a
//! transcript counts for nothing.

use crate::exit::{self, Failure};
use crate::limits;
use crate::logging::one_line;
use crate::options::TranscriptsOptions;
use crate::protocol::credentials::UserName;
use crate::users::safe_open;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// The commands in the order of the memo's summary (p. 12), then the later ones.
const KEYWORDS: [&str; 15] = [
    "USER", "PASS", "QUIT", "STAT", "LIST", "RETR", "DELE", "NOOP", "LAST", "RSET", "TOP", "RPOP", "APOP",
    "UIDL", "CAPA",
];

/// A line that is none of these.
const OTHER: &str = "other";

/// Prints the sum of a directory, as text or as CSV.
///
/// # Errors
/// Exit code 66 when there is no such directory, or no transcript in it; 74 when it
/// can't be printed.
pub fn transcripts(options: &TranscriptsOptions) -> Result<(), Failure> {
    let directory = &options.directory;
    let unreadable = |e: io::Error| (exit::NO_INPUT, format!("{}: {e}", directory.display()));
    let mut sums: BTreeMap<Option<String>, Session> = BTreeMap::new();
    for (owner, path) in files(directory).map_err(unreadable)? {
        match read(&path).map(|text| Session::parse(&text)) {
            Ok(Some(session)) => {
                let user = owner.or_else(|| session.user.clone());
                sums.entry(user).or_default().add(session);
            }
            Ok(None) => complain(&path, "it is no transcript"),
            Err(e) => complain(&path, &e.to_string()),
        }
    }
    if sums.is_empty() {
        return Err((exit::NO_INPUT, format!("there are no transcripts in {}", directory.display())));
    }
    let text = if options.csv { csv(&sums) } else { text(&sums) };
    exit::printed(io::stdout().write_all(text.as_bytes()))
}

fn complain(path: &Path, why: &str) {
    let _ = writeln!(io::stderr(), "pop1081: {}: left out: {why}", one_line(&path.display().to_string()));
}

/// The files of a directory that may be transcripts. Those in a directory there belong to
/// whoever that is named after: the server puts them there, or a person has.
fn files(directory: &Path) -> io::Result<Vec<(Option<String>, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            let owner = one_line(&entry.file_name().to_string_lossy());
            let own = fs::read_dir(entry.path()).and_then(Iterator::collect::<io::Result<Vec<_>>>);
            let own = own.inspect_err(|e| complain(&entry.path(), &e.to_string())).unwrap_or_default();
            found.extend(own.iter().map(|own| (Some(owner.clone()), own.path())));
        } else {
            found.push((None, entry.path()));
        }
    }
    found.retain(|(_, path)| path.extension().is_some_and(|extension| extension == "txt"));
    found.sort();
    Ok(found)
}

fn read(path: &Path) -> io::Result<String> {
    let (file, metadata) = safe_open::open(path, OpenOptions::new().read(true))?;
    if metadata.len() > limits::READ_TRANSCRIPT {
        return Err(io::Error::other(format!("it has more than {} octets", limits::READ_TRANSCRIPT)));
    }
    let mut octets = Vec::new();
    file.take(limits::READ_TRANSCRIPT).read_to_end(&mut octets)?;
    Ok(String::from_utf8_lossy(&octets).into_owned())
}

/// What transcripts tell: one, or all of a user.
#[derive(Debug, Default, PartialEq)]
struct Session {
    transcripts: u64,
    /// Who has logged in.
    user: Option<String>,
    seconds: f64,
    commands: BTreeMap<String, u64>,
    /// The text of each `-ERR`.
    refused: BTreeMap<String, u64>,
}

/// Where in a session a line stands.
#[derive(Default)]
struct Place {
    /// The name that USER or APOP has given.
    name: Option<String>,
    /// The command that has no reply yet, and whether it has an argument.
    pending: Option<(&'static str, bool)>,
    in_response: bool,
}

impl Session {
    /// `None`: no line is one of a transcript.
    fn parse(text: &str) -> Option<Self> {
        let (mut session, mut place) = (Session::default(), Place::default());
        for line in text.lines() {
            let Some((seconds, who, what)) = parts(line) else { continue };
            session.transcripts = 1;
            session.seconds = session.seconds.max(seconds);
            match who {
                "C:" => session.command(what, &mut place),
                "S:" => session.reply(what, &mut place),
                _ => place.in_response = false,
            }
        }
        (session.transcripts > 0).then_some(session)
    }

    fn command(&mut self, line: &str, place: &mut Place) {
        if line.starts_with("<IAC") {
            return;
        }
        // What the transcript itself says stands in angle brackets.
        let typed = line.split('<').next().unwrap_or_default();
        let mut words = typed.split_ascii_whitespace();
        let word = words.next().unwrap_or_default();
        let argument = words.next();
        let keyword =
            KEYWORDS.iter().find(|keyword| keyword.eq_ignore_ascii_case(word)).copied().unwrap_or(OTHER);
        *self.commands.entry(keyword.to_owned()).or_default() += 1;
        if let ("USER" | "APOP", Some(name)) = (keyword, argument) {
            place.name = UserName::new(name.as_bytes()).map(|name| name.to_string());
        }
        place.pending = Some((keyword, argument.is_some()));
        place.in_response = false;
    }

    fn reply(&mut self, line: &str, place: &mut Place) {
        if place.in_response {
            place.in_response = line != ".";
            return;
        }
        if let Some(sentence) = line.strip_prefix("-ERR") {
            *self.refused.entry(one_line(sentence.trim_start())).or_default() += 1;
            place.pending = None;
        } else if line.starts_with("+OK") {
            match place.pending.take() {
                Some(("PASS" | "RPOP" | "APOP", _)) => self.user = place.name.take(),
                Some(("RETR" | "TOP" | "CAPA", _) | ("LIST" | "UIDL", false)) => place.in_response = true,
                _ => {}
            }
        }
    }

    fn add(&mut self, session: Session) {
        self.transcripts += session.transcripts;
        self.seconds += session.seconds;
        for (word, count) in session.commands {
            *self.commands.entry(word).or_default() += count;
        }
        for (sentence, count) in session.refused {
            *self.refused.entry(sentence).or_default() += count;
        }
    }

    /// The sentences, the most frequent first.
    fn refused(&self) -> Vec<(&str, u64)> {
        let mut refused: Vec<_> = self.refused.iter().map(|(s, count)| (s.as_str(), *count)).collect();
        refused.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        refused
    }

    fn count(&self, keyword: &str) -> u64 {
        self.commands.get(keyword).copied().unwrap_or_default()
    }
}

/// The seconds, `C:`, `S:` or `==`, and what follows; `None` for any other line.
fn parts(line: &str) -> Option<(f64, &str, &str)> {
    let (seconds, rest) = line.trim_start().split_once(' ')?;
    let seconds: f64 = seconds.parse().ok()?;
    let who = rest.get(..2).filter(|who| ["C:", "S:", "=="].contains(who))?;
    let what = &rest[2..];
    (0.0..1e9).contains(&seconds).then(|| (seconds, who, what.strip_prefix(' ').unwrap_or(what)))
}

fn total(counts: &BTreeMap<String, u64>) -> u64 {
    counts.values().sum()
}

/// Writing to a string can't fail.
fn text(sums: &BTreeMap<Option<String>, Session>) -> String {
    let mut text = String::new();
    for (user, sum) in sums {
        let seconds = sum.seconds.round() as u64;
        let _ = writeln!(
            text,
            "{}: {} in {}:{:02}:{:02}, {}, {} refused",
            user.as_deref().unwrap_or("(no login)"),
            plural(sum.transcripts, "session"),
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60,
            plural(total(&sum.commands), "command"),
            total(&sum.refused)
        );
        let used = KEYWORDS.iter().chain([&OTHER]).map(|keyword| (*keyword, sum.count(keyword)));
        let used: Vec<_> =
            used.filter(|(_, n)| *n > 0).map(|(keyword, n)| format!("{keyword} {n}")).collect();
        if !used.is_empty() {
            let _ = writeln!(text, "    {}", used.join(", "));
        }
        for (sentence, count) in sum.refused() {
            let _ = writeln!(text, "    {count} x -ERR {sentence}");
        }
    }
    text
}

fn plural(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// As RFC 4180 has it: a line for each user, and one without a name for who never logged in.
fn csv(sums: &BTreeMap<Option<String>, Session>) -> String {
    let columns: Vec<&str> = KEYWORDS.iter().chain([&OTHER]).copied().collect();
    let mut text = format!("user,sessions,seconds,commands,refused,{},mistakes\n", columns.join(","));
    for (user, sum) in sums {
        let (commands, refused) = (total(&sum.commands), total(&sum.refused));
        let user = cell(user.as_deref().unwrap_or_default());
        let counts: Vec<String> = columns.iter().map(|keyword| sum.count(keyword).to_string()).collect();
        let mistakes: Vec<String> = sum.refused().iter().map(|(s, count)| format!("{count} x {s}")).collect();
        let (counts, mistakes) = (counts.join(","), cell(&mistakes.join("; ")));
        let seconds = sum.seconds.round();
        let _ =
            writeln!(text, "{user},{},{seconds},{commands},{refused},{counts},{mistakes}", sum.transcripts);
    }
    text
}

/// A cell of CSV, quoted. What a spreadsheet would take for a formula gets an apostrophe.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    let quoted = text.contains([',', '"', '\'']) || !guard.is_empty();
    if quoted { format!("\"{guard}{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
#[path = "../../tests/unit/commands/transcripts.rs"]
mod tests;
