//! The mbox format, as its mboxrd kind has it: what separates and what quotes.
//!
//! - A separator line starts with `From ` and stands first or after an empty
//!   line. Neither it nor that empty line is part of a message.
//! - Within a message, a line of any number of `>` and then `From ` has had one
//!   `>` put in front by delivery, which is taken off again when it is read.
//! - A line ends in LF or CRLF; a last line without an end gets one; a CR
//!   elsewhere is an ordinary octet.
//!
//! Here is what a delivery makes of a message: a separator line, and its quoted text.
//! Finding the messages of a maildrop is in `burst`, handing out one in `read`.

pub mod burst;
pub mod read;

use crate::calendar::Moment;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::time::SystemTime;

/// How a separator line starts.
pub const SEPARATOR: &[u8] = b"From ";

/// Whether a line starts with any number of `>` and then `From `: delivery
/// quotes such a line. `None`: what is seen of it does not tell yet.
pub fn is_from_line(start: &[u8]) -> Option<bool> {
    let quotes = start.iter().take_while(|o| **o == b'>').count();
    let rest = &start[quotes..];
    if rest.starts_with(SEPARATOR) {
        Some(true)
    } else if SEPARATOR.starts_with(rest) {
        None
    } else {
        Some(false)
    }
}

/// Whether delivery puts a `>` in front of this line.
pub fn must_be_quoted(line: &[u8]) -> bool {
    is_from_line(line) == Some(true)
}

/// Whether a separator line starts there, in a maildrop of this size.
pub fn separator_stands_at(maildrop: &File, at: u64, size: u64) -> io::Result<bool> {
    let mut start = [0; SEPARATOR.len()];
    let fits = at + SEPARATOR.len() as u64 <= size;
    if fits {
        maildrop.read_exact_at(&mut start, at)?;
    }
    Ok(fits && start == SEPARATOR)
}

/// Whether a message starts there, in a maildrop of this size: a separator line
/// that follows an empty line.
pub fn separator_follows_at(maildrop: &File, at: u64, size: u64) -> io::Result<bool> {
    let mut before = [0; 3];
    if at < 3 || !separator_stands_at(maildrop, at, size)? {
        return Ok(false);
    }
    maildrop.read_exact_at(&mut before, at - 3)?;
    Ok(before.ends_with(b"\n\n") || before == *b"\n\r\n")
}

/// Quotes a message that comes in parts, holding back no more of it than half a
/// `From `.
#[derive(Debug)]
pub struct Quoter {
    /// Within the `>` that a line starts with, or what may follow them.
    at_start: bool,
    /// Octets of `From ` that have come.
    matched: usize,
}

impl Quoter {
    /// At the start of a line.
    pub fn new() -> Self {
        Quoter { at_start: true, matched: 0 }
    }

    /// Appends a part of the message to `quoted`.
    pub fn push(&mut self, mut part: &[u8], quoted: &mut Vec<u8>) {
        while let Some(&octet) = part.first() {
            if !self.at_start {
                let line = memchr::memchr(b'\n', part).map_or(part.len(), |end| end + 1);
                self.at_start = part[line - 1] == b'\n';
                quoted.extend_from_slice(&part[..line]);
                part = &part[line..];
            } else if octet == SEPARATOR[self.matched] {
                self.matched += 1;
                part = &part[1..];
                if self.matched == SEPARATOR.len() {
                    quoted.push(b'>');
                    self.settle(quoted);
                }
            } else if octet == b'>' && self.matched == 0 {
                quoted.push(octet);
                part = &part[1..];
            } else {
                self.settle(quoted);
            }
        }
    }

    /// Gives out what was held back: the line is what it is.
    fn settle(&mut self, quoted: &mut Vec<u8>) {
        quoted.extend_from_slice(&SEPARATOR[..self.matched]);
        (self.at_start, self.matched) = (false, 0);
    }

    /// Appends what is still held back at the end of the message.
    pub fn end(mut self, quoted: &mut Vec<u8>) {
        self.settle(quoted);
    }
}

/// Who sent a message that doesn't say.
const UNKNOWN: &str = "MAILER-DAEMON";

/// The separator line of a message that arrives now, with its line end: `From SENDER
/// DATE`, the date as asctime(3) writes it, in UTC.
pub fn separator_line(sender: &str, now: SystemTime) -> String {
    let plain: String = sender.chars().filter(|c| c.is_ascii_graphic()).take(256).collect();
    let sender = if plain.is_empty() { UNKNOWN } else { &plain };
    format!("From {sender} {}\n", asctime(now))
}

/// `Tue Nov  1 09:05:00 1988`
fn asctime(now: SystemTime) -> String {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let Moment { year, month, day, hour, minute, second, weekday } = Moment::of(now);
    let (weekday, month) = (DAYS[weekday], MONTHS[month - 1]);
    format!("{weekday} {month} {day:2} {hour:02}:{minute:02}:{second:02} {year}")
}

#[cfg(test)]
#[path = "../../../tests/unit/maildrop/mbox/mod.rs"]
mod tests;
