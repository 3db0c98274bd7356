//! What stands after `C:` and `S:` in a dialogue file: a line that is sent or
//! expected, or in angle brackets something that is done.

use super::compare::Pattern;
use super::dialogue::{Act, Column, Lines, Listing, Who};
use super::escape;

/// Parses `C: text`, `S2: <action>` and `Users/NAME:`.
///
/// # Errors
/// A sentence about what is wrong with it.
pub fn line(line: &str) -> Result<Act, String> {
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

/// `1, 2, 3`
///
/// # Errors
/// Names what is no number.
pub fn numbers(text: &str) -> Result<Vec<usize>, String> {
    text.split(", ").map(|number| number.parse().map_err(|_| format!("{number:?} is no number"))).collect()
}

fn who(digits: &str) -> Result<Who, String> {
    match digits {
        "" => Ok(1),
        digits => digits.parse().map_err(|_| format!("{digits:?} is no number of a client")),
    }
}

fn send(who: Who, text: &str) -> Result<Act, String> {
    let mut line = escape::unescape(text)?;
    if line.ended {
        line.octets.extend(b"\r\n");
    }
    Ok(Act::Send { who, octets: line.octets })
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

fn client_action(who: Who, action: &str) -> Result<Act, String> {
    match action {
        "open connection" => Ok(Act::Open { who, reserved: false }),
        "open connection from a reserved port" => Ok(Act::Open { who, reserved: true }),
        "close connection" => Ok(Act::Close { who }),
        "abort connection" => Ok(Act::Abort { who }),
        "delete every message" => Ok(Act::DeleteAll { who }),
        "wait a moment" => Ok(Act::Wait { who }),
        _ => log_in(who, action).ok_or_else(|| format!("a client can't <{action}>")),
    }
}

/// `<log in>`, `<log in as mrose with secret>`, either with `once the lock is free`
fn log_in(who: Who, action: &str) -> Option<Act> {
    let (action, patient) = match action.strip_suffix(" once the lock is free") {
        Some(action) => (action, true),
        None => (action, false),
    };
    if action == "log in" {
        return Some(Act::LogIn { who, pair: None, patient });
    }
    let (name, password) = action.strip_prefix("log in as ")?.split_once(" with ")?;
    Some(Act::LogIn { who, pair: Some((name.to_string(), password.to_string())), patient })
}

fn server_action(who: Who, action: &str) -> Result<Act, String> {
    let unknown = || format!("a server can't <{action}>");
    if action == "close connection" {
        return Ok(Act::Closed { who });
    }
    if action == "wait for next connection" || action.starts_with("wait for connection on TCP port ") {
        return Ok(Act::Listening { said: format!("<{action}>") });
    }
    let does = action.strip_prefix("the POP3 server ").ok_or_else(unknown)?;
    if does == "greets with a timestamp" {
        return Ok(Act::Timestamp { who });
    }
    if let Some(what) = does.strip_prefix("sends ") {
        return Ok(Act::Lines { who, lines: lines(what).ok_or_else(unknown)? });
    }
    let what = does.strip_prefix("lists ").ok_or_else(unknown)?;
    Ok(Act::Listing { who, listing: listing(what).ok_or_else(unknown)? })
}

fn lines(what: &str) -> Option<Lines> {
    if let Some(top) = what.strip_prefix("the top of message ") {
        let (number, lines) = top.strip_suffix(" lines")?.split_once(" and ")?;
        return Some(Lines::Top(number.parse().ok()?, lines.parse().ok()?));
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

/// `[anew] every message [but 2, 3] [with its size | with its [own] unique-id]`
fn listing(what: &str) -> Option<Listing> {
    let (what, with) = match what.split_once(" with its ") {
        None => (what, Column::Any),
        Some((what, "size")) => (what, Column::Size),
        Some((what, "unique-id")) => (what, Column::UniqueId),
        Some((what, "own unique-id")) => (what, Column::OwnUniqueId),
        _ => return None,
    };
    let (what, anew) = what.strip_prefix("anew ").map_or((what, false), |what| (what, true));
    let but = match what.strip_prefix("every message")? {
        "" => Vec::new(),
        but => numbers(but.strip_prefix(" but ")?).ok()?,
    };
    Some(Listing { anew, but, with })
}
