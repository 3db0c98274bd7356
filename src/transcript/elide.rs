//! A long response: its first lines and its last, and how many lie between.

use super::redact::escape_start;
use crate::limits;
use std::collections::VecDeque;

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
        escape_start(&self.line, octets, &mut line);
        self.line.clear();
        self.octets = 0;
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
#[path = "../../tests/unit/transcript/elide.rs"]
mod tests;
