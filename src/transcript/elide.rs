//! A long response: its first lines and its last, and how many lie between.

use super::escape::escape_start;
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
mod tests {
    use super::*;

    fn elided(lines: usize, cut: usize) -> (Vec<String>, u64, Vec<String>) {
        let all: String = (1..=lines).map(|n| format!("line {n}\r\n")).collect();
        let (mut elision, mut first) = (Elision::default(), Vec::new());
        for part in all.as_bytes().chunks(cut) {
            elision.take(part, |line| first.push(line.to_owned()));
        }
        let (left_out, last) = elision.end();
        (first, left_out, last.into())
    }

    #[test]
    fn a_short_response_is_whole() {
        let whole = limits::ELISION_FIRST + limits::ELISION_LAST;
        for lines in 0..=whole {
            let (first, left_out, last) = elided(lines, 5);
            assert_eq!((first.len() + last.len(), left_out), (lines, 0));
        }
    }

    #[test]
    fn of_a_long_one_the_ends() {
        for cut in [1, 7, 10_000] {
            let (first, left_out, last) = elided(100, cut);
            assert_eq!((first.len(), last.len()), (limits::ELISION_FIRST, limits::ELISION_LAST));
            assert_eq!(left_out as usize, 100 - limits::ELISION_FIRST - limits::ELISION_LAST);
            assert_eq!((first[0].as_str(), last[last.len() - 1].as_str()), ("line 1", "line 100"));
        }
    }

    #[test]
    fn a_line_that_fills_its_room_has_no_line_end_in_it() {
        for length in limits::SHOWN_LINE - 3..limits::SHOWN_LINE + 3 {
            let (mut elision, mut came) = (Elision::default(), String::new());
            elision.take(&[&vec![b'x'; length][..], b"\r\n"].concat(), |line| came = line.to_owned());
            assert!(
                !came.contains("CR") && came.contains(&"x".repeat(length.min(limits::SHOWN_LINE))),
                "{came}"
            );
            assert_eq!(came.contains("more octets"), length > limits::SHOWN_LINE, "{came}");
        }
    }
}
