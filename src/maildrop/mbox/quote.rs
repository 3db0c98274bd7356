//! What delivery makes of a message: a separator line, `From SENDER DATE`, the date as
//! asctime(3) writes it, in UTC; and one more `>` before each line of any number of `>`
//! and then `From `, which is taken off again in `read`.

use super::SEPARATOR;
use crate::calendar::Moment;
use std::time::SystemTime;

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

/// The separator line of a message that arrives now, with its line end.
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
#[path = "../../../tests/unit/maildrop/mbox/quote.rs"]
mod tests;
