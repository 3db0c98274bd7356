//! A message as the protocol sees it: a number, a size in octets, lines.
//!
//! Where a message lies on disk is in `maildrop`.

use std::fmt;
use std::num::NonZeroU64;

/// The message-id of RFC 1081, p. 4: the first message of a maildrop has "1",
/// the n'th "n". A listing gives it out for a message that exists.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct MessageNumber(NonZeroU64);

impl MessageNumber {
    /// The number of the message at this place, counted from 0.
    pub fn from_index(index: usize) -> Self {
        MessageNumber(NonZeroU64::MIN.saturating_add(index as u64))
    }

    /// The place of the message, counted from 0.
    pub fn index(self) -> usize {
        (self.0.get() - 1) as usize
    }

    /// The number as it is sent.
    pub fn get(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for MessageNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Messages and their octets: the two numbers of a drop listing (RFC 1081,
/// p. 5). Octets count every line end as two and no byte-stuffing (p. 14).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Totals {
    pub messages: u64,
    pub octets: u64,
}

/// `2 messages (320 octets)`, the memo's way of saying it.
impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let octets = self.octets;
        write!(f, "{} ({octets} octet{})", Messages(self.messages), plural(octets))
    }
}

/// `1 message`, `2 messages`.
pub struct Messages(pub u64);

impl fmt::Display for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} message{}", self.0, plural(self.0))
    }
}

fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// A chunk of a message as it is handed out, in the order of its lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Chunk<'a> {
    /// Whole lines, each with its line end, which is LF or CRLF.
    Lines(&'a [u8]),
    /// A line without its line end, or a part of one that is too long to hold.
    Fragment {
        octets: &'a [u8],
        /// These octets are the first of their line.
        starts: bool,
        /// The line ends after these octets.
        ends: bool,
    },
}

impl Chunk<'_> {
    /// Octets of it as they are held.
    #[allow(clippy::len_without_is_empty, reason = "a chunk that is an empty line is not nothing")]
    pub fn len(&self) -> usize {
        match self {
            Chunk::Lines(octets) | Chunk::Fragment { octets, .. } => octets.len(),
        }
    }
}

/// How much of a message is still to be sent: all of it for RETR, the headers and some
/// lines of the body for TOP (RFC 1081, p. 11).
pub struct LineLimit {
    /// Lines of the body; `None`: all of them.
    lines: Option<u64>,
    in_body: bool,
}

impl LineLimit {
    /// The whole message.
    pub fn whole() -> Self {
        LineLimit { lines: None, in_body: false }
    }

    /// The headers, the empty line after them, and so many lines of the body.
    pub fn top(lines: u64) -> Self {
        LineLimit { lines: Some(lines), in_body: false }
    }

    /// What of the next chunk is to be sent, and whether more is.
    pub fn of<'p>(&mut self, chunk: Chunk<'p>) -> (Chunk<'p>, bool) {
        match chunk {
            _ if self.lines.is_none() => (chunk, true),
            Chunk::Fragment { ends: false, .. } => (chunk, true),
            Chunk::Fragment { octets, starts, ends: true } => (chunk, self.line(starts && octets.is_empty())),
            Chunk::Lines(lines) => {
                let mut sent = 0;
                for line in lines.split_inclusive(|o| *o == b'\n') {
                    sent += line.len();
                    if !self.line(matches!(line, b"\n" | b"\r\n")) {
                        return (Chunk::Lines(&lines[..sent]), false);
                    }
                }
                (chunk, true)
            }
        }
    }

    /// Counts a line; whether another one is to be sent.
    fn line(&mut self, is_empty: bool) -> bool {
        let Some(left) = &mut self.lines else { return true };
        if self.in_body {
            *left = left.saturating_sub(1);
        }
        self.in_body |= is_empty;
        !self.in_body || *left > 0
    }
}

#[cfg(test)]
#[path = "../../tests/unit/protocol/message.rs"]
mod tests;
