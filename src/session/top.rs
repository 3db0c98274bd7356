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
mod tests {
    use super::*;

    /// The lines of a message that TOP sends, when it comes in pieces of so many lines.
    fn top(message: &str, lines: u64, at_once: usize) -> String {
        let mut limit = LineLimit::top(lines);
        let all: Vec<&str> = message.split_inclusive('\n').collect();
        let mut sent = Vec::new();
        for part in all.chunks(at_once) {
            let part = part.concat();
            let (Chunk::Lines(chunk), more) = limit.of(Chunk::Lines(part.as_bytes())) else { panic!() };
            sent.extend_from_slice(chunk);
            if !more {
                break;
            }
        }
        String::from_utf8(sent).unwrap()
    }

    #[test]
    fn headers_the_empty_line_and_so_many_more() {
        for at_once in 1..6 {
            assert_eq!(top("a\nb\n\nc\n\nd\n", 0, at_once), "a\nb\n\n");
            assert_eq!(top("a\nb\n\nc\n\nd\n", 1, at_once), "a\nb\n\nc\n");
            assert_eq!(top("a\nb\n\nc\n\nd\n", 2, at_once), "a\nb\n\nc\n\n");
            assert_eq!(top("a\r\n\r\nc\r\nd\r\n", 1, at_once), "a\r\n\r\nc\r\n");
            assert_eq!(top("a\n\nc\n", 9, at_once), "a\n\nc\n");
            assert_eq!(top("a\nb\n", 0, at_once), "a\nb\n");
        }
    }

    #[test]
    fn a_line_in_parts_is_one_line() {
        let mut limit = LineLimit::top(1);
        let part = |octets, starts, ends| Chunk::Fragment { octets, starts, ends };
        assert!(limit.of(Chunk::Lines(b"a\n\n")).1);
        assert!(limit.of(part(b"x", true, false)).1);
        assert!(!limit.of(part(b"", false, true)).1);
    }
}
