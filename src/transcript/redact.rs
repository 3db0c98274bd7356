//! What a transcript shows: of a line, printable ASCII as it is and all other octets by
//! name, so that they can't control a terminal; no secret, nor what may be one; and of a
//! long response its first lines and its last, and how many lie between.
//!
//! Lines are parsed by [`Command::parse`]. One that is no command may be a password
//! all the same: mistyped, or typed without PASS.

use crate::limits;
use crate::protocol::command::Command;
use std::collections::VecDeque;
use std::fmt::Write;

/// How likely it is that a line that is no command is a password.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PasswordPhase {
    /// There was no USER yet.
    Early,
    /// USER was accepted: a password should come next.
    Due,
    /// The client has logged in.
    Past,
}

/// How many octets of a line may be shown; the rest is a secret, or may be one.
pub fn visible_length(line: &[u8], password: PasswordPhase) -> usize {
    let blanks = line.iter().take_while(|o| o.is_ascii_whitespace() || o.is_ascii_control()).count();
    let typed = &line[blanks..];
    let begins = |keyword: &[u8]| typed.get(..keyword.len()).is_some_and(|o| o.eq_ignore_ascii_case(keyword));
    match Command::parse(line) {
        Ok(Command::Apop { name, .. }) if !is_digest(&name) => up_to_the_name(line, &name),
        _ if begins(b"PASS") || begins(b"APOP") || begins(b"AUTH") => blanks + b"PASS".len(),
        Ok(_) => line.len(),
        Err(_) if begins(b"USER") => blanks + b"USER".len(),
        Err(_) => match password {
            PasswordPhase::Early => blanks + typed.iter().take_while(|o| **o != b' ').count(),
            PasswordPhase::Due => 0,
            PasswordPhase::Past => line.len(),
        },
    }
}

/// Whether a name looks like a digest: a person may confuse APOP's arguments.
fn is_digest(name: &[u8]) -> bool {
    name.len() == 32 && name.iter().all(u8::is_ascii_hexdigit)
}

fn up_to_the_name(line: &[u8], name: &[u8]) -> usize {
    let keyword = b"APOP".len();
    let spaces = line[keyword..].iter().take_while(|o| **o == b' ').count();
    keyword + spaces + name.len()
}

/// The octets 0 to 31, as ASCII names them.
const NAMES: [&str; 32] = [
    "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "TAB", "LF", "VT", "FF", "CR", "SO", "SI",
    "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS",
    "US",
];

/// Adds the octets of a line as they are shown.
pub fn escape(octets: &[u8], to: &mut String) {
    for &octet in octets {
        match octet {
            b' '..=b'~' => to.push(char::from(octet)),
            127 => to.push_str("<DEL>"),
            _ => match NAMES.get(usize::from(octet)) {
                // Writing to a string can't fail.
                Some(name) => drop(write!(to, "<{name}>")),
                None => drop(write!(to, "<0x{octet:02X}>")),
            },
        }
    }
}

/// Adds at most so much of the start of a line of this many octets, and how many more there are.
pub fn escape_start(start: &[u8], octets: u64, most: usize, to: &mut String) {
    let start = &start[..start.len().min(most)];
    escape(start, to);
    let more = octets.saturating_sub(start.len() as u64);
    if more > 0 {
        let _ = write!(to, "<{more} more octets>");
    }
}

/// The lines of a multi-line response as they go by. It holds a few lines, or
/// their starts, however long the response is.
#[derive(Default)]
pub struct Elision {
    /// The start of the line that has begun, and its octets so far.
    line: Vec<u8>,
    octets: u64,
    shown: usize,
    left_out: u64,
    /// The latest lines that may be the last ones.
    last: VecDeque<String>,
}

impl Elision {
    /// Takes what is sent next, in whole lines or parts of one. Whatever is to be
    /// shown now is added to the text, each line after what `start` adds.
    pub fn take(&mut self, sent: &[u8], mut show: impl FnMut(&str)) {
        for part in sent.split_inclusive(|o| *o == b'\n') {
            let room = limits::SHOWN_LINE.saturating_sub(self.line.len());
            self.line.extend_from_slice(&part[..part.len().min(room)]);
            self.octets += part.len() as u64;
            if part.ends_with(b"\n") {
                self.line_ends(&mut show);
            }
        }
    }

    fn line_ends(&mut self, show: &mut impl FnMut(&str)) {
        let octets = self.octets - b"\r\n".len() as u64;
        self.line.truncate(usize::try_from(octets).unwrap_or(usize::MAX));
        let mut line = String::new();
        escape_start(&self.line, octets, limits::SHOWN_LINE, &mut line);
        self.line.clear();
        self.octets = 0;
        self.line(line, show);
    }

    /// Takes the next line, as it is to be shown.
    pub fn line(&mut self, line: String, show: &mut impl FnMut(&str)) {
        if self.shown < limits::ELISION_FIRST {
            self.shown += 1;
            return show(&line);
        }
        self.last.push_back(line);
        if self.last.len() > limits::ELISION_LAST {
            self.last.pop_front();
            self.left_out += 1;
        }
    }

    /// The response ends. First, if any were, how many lines were left out, then
    /// the last lines.
    pub fn end(self) -> (u64, VecDeque<String>) {
        (self.left_out, self.last)
    }
}

#[cfg(test)]
#[path = "../../tests/unit/transcript/redact.rs"]
mod tests;
