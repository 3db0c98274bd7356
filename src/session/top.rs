//! How much of a message is sent: all of it for RETR, the headers and some lines
//! of the body for TOP (RFC 1081, p. 11).

use crate::protocol::message::Chunk;

/// How much of a message is still to be sent.
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
#[path = "../../tests/unit/session/top.rs"]
mod tests;
