//! From the text of a dialogue file to what it says. A line that is none of a
//! dialogue file is an error that names it.

use super::compare::Pattern;
use super::dialogue::{Act, ClientId, Column, Dialogue, Lines, Listing, Part, Proof, Removed, Step, Wanted};
use super::escape;

/// Parses the text of a file.
///
/// # Errors
/// Starts with the number of the line that is wrong.
pub fn dialogues(text: &str) -> Result<Vec<Dialogue>, String> {
    let mut reader = Reader::default();
    for (number, line) in (1..).zip(text.lines()) {
        reader.line(number, line).map_err(|error| format!("{number}: {error}"))?;
    }
    reader.dialogues.iter().try_for_each(complete)?;
    Ok(reader.dialogues)
}

/// A dialogue proves something and expects something.
fn complete(dialogue: &Dialogue) -> Result<(), String> {
    let expects = dialogue.steps.iter().any(|step| {
        !matches!(
            step.act,
            Act::Write { .. } | Act::Send { .. } | Act::Open { .. } | Act::Wait { .. } | Act::Abort { .. }
        )
    });
    match (dialogue.proves.is_empty(), expects || dialogue.not_tried.is_some()) {
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
    part: Part,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), String> {
        let line = line.trim_end();
        let text = line.trim_start();
        if text.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        match text {
            "..." => return self.setup_ends(),
            "... exactly" => return self.exact_part_begins(),
            _ => {}
        }
        if let Some(heading) = line.strip_prefix("== ") {
            return self.dialogue(number, heading);
        }
        if let Some(text) = line.strip_prefix('|') {
            return self.file_line(text.strip_prefix(' ').unwrap_or(text));
        }
        match line.split_once(": ") {
            Some((word, value)) if line.starts_with(|first: char| first.is_ascii_lowercase()) => {
                attribute(self.current()?, word, value)
            }
            _ => {
                let step = Step { line: number, part: self.part, act: act(text)? };
                self.steps()?.push(step);
                Ok(())
            }
        }
    }

    fn dialogue(&mut self, line: usize, heading: &str) -> Result<(), String> {
        self.part = Part::Shown;
        let (id, title) = heading.split_once(": ").ok_or("a dialogue starts with \"== id: title\"")?;
        self.dialogues.push(Dialogue {
            id: id.to_string(),
            title: title.to_string(),
            line,
            steps: self.prelude.clone(),
            ..Dialogue::default()
        });
        Ok(())
    }

    /// The steps so far only set up what is to be shown.
    fn setup_ends(&mut self) -> Result<(), String> {
        self.steps()?.iter_mut().for_each(|step| step.part = Part::SetUp);
        Ok(())
    }

    fn exact_part_begins(&mut self) -> Result<(), String> {
        self.part = Part::Exactly;
        self.current().map(drop)
    }

    /// `| text` - one more line of the file that was begun last.
    fn file_line(&mut self, text: &str) -> Result<(), String> {
        let line = escape::unescape(text)?;
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
        Ok(self.dialogues.last_mut().map_or(&mut self.prelude, |dialogue| &mut dialogue.steps))
    }
}

/// `word: value` in the head of a dialogue.
fn attribute(dialogue: &mut Dialogue, word: &str, value: &str) -> Result<(), String> {
    match word {
        "proves" => dialogue.proves.extend(proofs(None, value)),
        "rfc" => dialogue.rfc = Some(value.parse().map_err(|_| format!("{value:?} is no RFC"))?),
        "needs" => dialogue.needs = Some(value.parse()?),
        "strict" => dialogue.strict = value.parse()?,
        "maildrop" => dialogue.maildrop = maildrop(value)?,
        "removes" => dialogue.removes = removed(value)?,
        "not tried" => dialogue.not_tried = Some(value.to_owned()),
        "may wait" => dialogue.may_wait = true,
        "hint" => dialogue.hint = Some(value.to_owned()),
        "server" => dialogue.options.extend(value.split_whitespace().map(String::from)),
        "port" => dialogue.default_port = Some(value.parse().map_err(|_| "no port number".to_string())?),
        _ => {
            let page = word.strip_prefix("p. ").ok_or_else(|| format!("{word:?} is no word here"))?;
            let page = page.parse().map_err(|_| format!("{page:?} is no page"))?;
            dialogue.proves.extend(proofs(Some(page), value));
        }
    }
    Ok(())
}

fn proofs(page: Option<u32>, text: &str) -> impl Iterator<Item = Proof> {
    text.split(", ").map(move |name| Proof { page, statement: name.trim().to_string() })
}

fn maildrop(text: &str) -> Result<Wanted, String> {
    match (text, text.strip_prefix("at least ").map(str::parse)) {
        ("fresh", _) => Ok(Wanted::Fresh),
        ("empty", _) => Ok(Wanted::Empty),
        (_, Some(Ok(count))) => Ok(Wanted::AtLeast(count)),
        _ => Err(format!("{text:?} is no maildrop")),
    }
}

fn removed(text: &str) -> Result<Removed, String> {
    match text {
        "everything" => Ok(Removed::Everything),
        list => numbers(list).map(Removed::These),
    }
}

/// `C: text`, `S2: <action>` and `Users/NAME:`
fn act(line: &str) -> Result<Act, String> {
    let (speaker, text) = line.split_once(':').ok_or("nobody says this")?;
    let text = text.trim_start();
    if let Some(path) = speaker.strip_prefix("Users/") {
        return Ok(Act::Write { path: path.to_string(), octets: Vec::new() });
    }
    let id = speaker.get(1..).map_or(Ok(1), id)?;
    let action = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
    match (speaker.as_bytes().first(), action) {
        (Some(b'C'), Some(action)) => client_action(id, action),
        (Some(b'S'), Some(action)) => server_action(id, action),
        (Some(b'C'), None) => send(id, text),
        (Some(b'S'), None) => Ok(Act::Reply { id, expected: pattern(text)? }),
        _ => Err(format!("{speaker:?} is neither client nor server")),
    }
}

/// `1, 2, 3`
///
/// # Errors
/// Names what is no number.
pub fn numbers(text: &str) -> Result<Vec<usize>, String> {
    text.split(", ").map(|number| number.parse().map_err(|_| format!("{number:?} is no number"))).collect()
}

fn id(digits: &str) -> Result<ClientId, String> {
    match digits {
        "" => Ok(1),
        digits => digits.parse().map_err(|_| format!("{digits:?} is no number of a client")),
    }
}

fn send(id: ClientId, text: &str) -> Result<Act, String> {
    let mut line = escape::unescape(text)?;
    if line.ended {
        line.octets.extend(b"\r\n");
    }
    Ok(Act::Send { id, octets: line.octets })
}

fn pattern(text: &str) -> Result<Pattern, String> {
    let pieces: Result<Vec<Vec<u8>>, String> = text
        .split('*')
        .map(|piece| match escape::unescape(piece)? {
            escape::Line { octets, ended: true } => Ok(octets),
            _ => Err("every line of a reply ends in CRLF".to_string()),
        })
        .collect();
    Ok(Pattern(pieces?))
}

fn client_action(id: ClientId, action: &str) -> Result<Act, String> {
    match action {
        "open connection" => Ok(Act::Open { id, reserved: false }),
        "open connection from a reserved port" => Ok(Act::Open { id, reserved: true }),
        "close connection" => Ok(Act::Close { id }),
        "abort connection" => Ok(Act::Abort { id }),
        "delete every message" => Ok(Act::DeleteAll { id }),
        "wait a moment" => Ok(Act::Wait { id }),
        "have many sessions" => Ok(Act::ManySessions),
        _ => log_in(id, action).ok_or_else(|| format!("a client can't <{action}>")),
    }
}

/// `<log in>`, `<log in as mrose with secret>`, either with `once the lock is free`
fn log_in(id: ClientId, action: &str) -> Option<Act> {
    let (action, patient) = match action.strip_suffix(" once the lock is free") {
        Some(action) => (action, true),
        None => (action, false),
    };
    if action == "log in" {
        return Some(Act::LogIn { id, pair: None, patient });
    }
    let (name, password) = action.strip_prefix("log in as ")?.split_once(" with ")?;
    Some(Act::LogIn { id, pair: Some((name.to_string(), password.to_string())), patient })
}

fn server_action(id: ClientId, action: &str) -> Result<Act, String> {
    let unknown = || format!("a server can't <{action}>");
    match action {
        "refuse or close connection" => return Ok(Act::Refused { id }),
        "close connection" => return Ok(Act::Closed { id }),
        "be killed and started anew" => return Ok(Act::Killed),
        "hold no more descriptors than before" => return Ok(Act::NoMore { processes: false }),
        "hold no more processes than before" => return Ok(Act::NoMore { processes: true }),
        _ => {}
    }
    if action == "wait for next connection" || action.starts_with("wait for connection on TCP port ") {
        return Ok(Act::Listening { said: format!("<{action}>") });
    }
    let does = action.strip_prefix("the POP3 server ").ok_or_else(unknown)?;
    if does == "greets with a timestamp" {
        return Ok(Act::Timestamp { id });
    }
    if let Some(what) = does.strip_prefix("sends ") {
        return Ok(Act::Lines { id, lines: lines(what).ok_or_else(unknown)? });
    }
    let what = does.strip_prefix("lists ").ok_or_else(unknown)?;
    Ok(Act::Listing { id, listing: listing(what).ok_or_else(unknown)? })
}

fn lines(what: &str) -> Option<Lines> {
    if let Some((which, top)) = what.split_once(" top of message ") {
        let (number, lines) = top.strip_suffix(" lines")?.split_once(" and ")?;
        let (number, lines) = (number.parse().ok()?, lines.parse().ok()?);
        return Some(if which == "some" { Lines::SomeTop(number, lines) } else { Lines::Top(number, lines) });
    }
    let (kind, number) = what.rsplit_once(' ')?;
    let number = number.parse().ok()?;
    match kind {
        "message" => Some(Lines::Message(number)),
        "some message," => Some(Lines::Some(number)),
        "the dot lines of message" => Some(Lines::DotLines(number)),
        "the text of message" => Some(Lines::Text(number)),
        _ => None,
    }
}

/// `[anew] every message [but 2, 3] [with COLUMN]`
fn listing(what: &str) -> Option<Listing> {
    let (what, with) = match what.split_once(" with ") {
        None => (what, Column::Any),
        Some((what, "some size")) => (what, Column::SomeSize),
        Some((what, "its size")) => (what, Column::Size),
        Some((what, "its unique-id")) => (what, Column::UniqueId),
        Some((what, "its own unique-id")) => (what, Column::OwnUniqueId),
        _ => return None,
    };
    let (what, anew) = what.strip_prefix("anew ").map_or((what, false), |what| (what, true));
    let but = match what.strip_prefix("every message")? {
        "" => Vec::new(),
        but => numbers(but.strip_prefix(" but ")?).ok()?,
    };
    Some(Listing { anew, but, with })
}
