//! From the text of a dialogue file to what it says. What is no line of a dialogue file is an
//! error that names file and line; nothing is guessed.

use super::compare::Pattern;
use super::dialogue::{Act, Chapter, Dialogue, Proof, Step, Who};
use super::octets;
use std::fs;
use std::path::Path;

/// Reads and parses one chapter.
pub fn chapter(path: &Path) -> Result<Chapter, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let dialogues = dialogues(&text).map_err(|error| format!("{}:{error}", path.display()))?;
    Ok(Chapter { path: path.to_path_buf(), dialogues })
}

/// Parses the text of a file; an error starts with the number of its line.
pub fn dialogues(text: &str) -> Result<Vec<Dialogue>, String> {
    let mut reader = Reader::default();
    for (number, line) in (1..).zip(text.lines()) {
        reader.line(number, line).map_err(|error| format!("{number}: {error}"))?;
    }
    reader.dialogues.iter().try_for_each(complete)?;
    Ok(reader.dialogues)
}

/// A dialogue must prove something, and must do it by at least one thing that is expected.
fn complete(dialogue: &Dialogue) -> Result<(), String> {
    let expects = dialogue.steps.iter().any(|step| {
        matches!(step.act, Act::Reply { .. } | Act::Message { .. } | Act::Closed { .. } | Act::LogIn { .. })
    });
    match (dialogue.proves.is_empty(), expects) {
        (true, _) => Err(format!("{}: {} names no statement", dialogue.line, dialogue.id)),
        (_, false) => Err(format!("{}: {} expects nothing", dialogue.line, dialogue.id)),
        _ => Ok(()),
    }
}

#[derive(Default)]
struct Reader {
    /// Files written before the first dialogue: every dialogue of the chapter starts with them.
    prelude: Vec<Step>,
    dialogues: Vec<Dialogue>,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), String> {
        let line = line.trim_end();
        let said = line.trim_start();
        if said.is_empty() || said == "..." || line.starts_with('#') {
            return Ok(());
        }
        if let Some(heading) = line.strip_prefix("== ") {
            self.dialogue(number, heading)
        } else if let Some(proofs) = line.strip_prefix("p. ") {
            self.proofs(proofs)
        } else if let Some(options) = line.strip_prefix("server: ") {
            self.current()?.options.extend(options.split_whitespace().map(String::from));
            Ok(())
        } else if let Some(port) = line.strip_prefix("port: ") {
            self.current()?.default_port = Some(port.parse().map_err(|_| "no port number".to_string())?);
            Ok(())
        } else if let Some(octets) = line.strip_prefix('|') {
            self.file_line(octets.strip_prefix(' ').unwrap_or(octets))
        } else {
            let act = said_line(said)?;
            self.steps()?.push(Step { line: number, act });
            Ok(())
        }
    }

    fn dialogue(&mut self, line: usize, heading: &str) -> Result<(), String> {
        let (id, title) = heading.split_once(": ").ok_or("a dialogue starts with \"== id: title\"")?;
        self.dialogues.push(Dialogue {
            id: id.to_string(),
            title: title.to_string(),
            line,
            proves: Vec::new(),
            options: Vec::new(),
            default_port: None,
            steps: self.prelude.clone(),
        });
        Ok(())
    }

    /// `p. 4: user-welcome, user-refused`
    fn proofs(&mut self, text: &str) -> Result<(), String> {
        let (page, statements) = text.split_once(": ").ok_or("\"p. N: statement, ...\" is meant")?;
        let page = page.parse().map_err(|_| format!("{page:?} is no page"))?;
        let proofs = statements.split(", ").map(|name| Proof { page, statement: name.trim().to_string() });
        self.current()?.proves.extend(proofs);
        Ok(())
    }

    /// `| text` - one more line of the file that was begun last.
    fn file_line(&mut self, text: &str) -> Result<(), String> {
        let line = octets::unescape(text)?;
        let Some(Step { act: Act::Write { octets, .. }, .. }) = self.steps()?.last_mut() else {
            return Err("no file has been begun with \"Users/NAME:\"".to_string());
        };
        octets.extend(line.octets);
        if line.ended {
            octets.push(b'\n');
        }
        Ok(())
    }

    fn current(&mut self) -> Result<&mut Dialogue, String> {
        self.dialogues.last_mut().ok_or_else(|| "no dialogue has begun".to_string())
    }

    fn steps(&mut self) -> Result<&mut Vec<Step>, String> {
        Ok(match self.dialogues.last_mut() {
            Some(dialogue) => &mut dialogue.steps,
            None => &mut self.prelude,
        })
    }
}

fn said_line(line: &str) -> Result<Act, String> {
    let (speaker, text) = line.split_once(':').ok_or("nobody says this")?;
    let text = text.trim_start();
    if let Some(path) = speaker.strip_prefix("Users/") {
        return Ok(Act::Write { path: path.to_string(), octets: Vec::new() });
    }
    let who = speaker.get(1..).map_or(Ok(1), who)?;
    let action = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
    match (speaker.as_bytes().first(), action) {
        (Some(b'C'), Some(action)) => client_action(who, action),
        (Some(b'S'), Some(action)) => server_action(who, action),
        (Some(b'C'), None) => send(who, text),
        (Some(b'S'), None) => Ok(Act::Reply { who, expected: pattern(text)? }),
        _ => Err(format!("{speaker:?} is neither client nor server")),
    }
}

fn who(digits: &str) -> Result<Who, String> {
    match digits {
        "" => Ok(1),
        digits => digits.parse().map_err(|_| format!("{digits:?} is no number of a client")),
    }
}

fn send(who: Who, text: &str) -> Result<Act, String> {
    let mut line = octets::unescape(text)?;
    if line.ended {
        line.octets.extend(b"\r\n");
    }
    Ok(Act::Send { who, octets: line.octets })
}

fn pattern(text: &str) -> Result<Pattern, String> {
    let pieces: Result<Vec<Vec<u8>>, String> = text
        .split('*')
        .map(|piece| match octets::unescape(piece)? {
            octets::Line { octets, ended: true } => Ok(octets),
            _ => Err("every line of a reply ends in CRLF".to_string()),
        })
        .collect();
    Ok(Pattern(pieces?))
}

fn client_action(who: Who, action: &str) -> Result<Act, String> {
    match action {
        "open connection" => Ok(Act::Open { who, reserved: false }),
        "open connection from a reserved port" => Ok(Act::Open { who, reserved: true }),
        "close connection" => Ok(Act::Close { who }),
        "abort connection" => Ok(Act::Abort { who }),
        _ => log_in(who, action).ok_or_else(|| format!("a client can't <{action}>")),
    }
}

/// `<log in as mrose with secret>`, `<log in as mrose with secret once the lock is free>`
fn log_in(who: Who, action: &str) -> Option<Act> {
    let pair = action.strip_prefix("log in as ")?;
    let (pair, patient) = match pair.strip_suffix(" once the lock is free") {
        Some(pair) => (pair, true),
        None => (pair, false),
    };
    let (name, password) = pair.split_once(" with ")?;
    Some(Act::LogIn { who, name: name.to_string(), password: password.to_string(), patient })
}

fn server_action(who: Who, action: &str) -> Result<Act, String> {
    if action == "close connection" {
        return Ok(Act::Closed { who });
    }
    if action == "wait for next connection" || action.starts_with("wait for connection on TCP port ") {
        return Ok(Act::Listening { said: format!("<{action}>") });
    }
    match action.strip_prefix("the POP3 server sends message ").and_then(|number| number.parse().ok()) {
        Some(number) => Ok(Act::Message { who, number }),
        None => Err(format!("a server can't <{action}>")),
    }
}
