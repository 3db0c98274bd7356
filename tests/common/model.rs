//! What a maildrop holds and what must be sent of it, worked out by the plainest means, without
//! a line of the server's own code.
//!
//! A line ends in LF or CRLF. Line one is the password. A line `From ` that is the first after
//! it (blank lines apart) or follows an empty line separates messages; neither it nor the empty
//! line before the next one belongs to one. A last line without an end gets one. Of a line of
//! `>` and then `From ` one `>` is quoting.

use super::pop::Pop;
use crate::player::escape::show;

/// A message as its lines, without line ends, unquoted.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Message(pub Vec<Vec<u8>>);

pub fn messages(maildrop: &[u8]) -> Vec<Message> {
    let mut messages: Vec<Message> = Vec::new();
    let mut after_empty = true;
    for line in lines(maildrop).into_iter().skip(1) {
        if after_empty && line.starts_with(b"From ") {
            leave_off_empty_line(messages.last_mut(), after_empty);
            messages.push(Message::default());
        } else if let Some(message) = messages.last_mut() {
            message.0.push(unquoted(line).to_vec());
        }
        after_empty = line.is_empty();
    }
    leave_off_empty_line(messages.last_mut(), after_empty);
    messages
}

fn leave_off_empty_line(message: Option<&mut Message>, after_empty: bool) {
    if let Some(message) = message.filter(|_| after_empty) {
        message.0.pop();
    }
}

fn lines(octets: &[u8]) -> Vec<&[u8]> {
    octets
        .split_inclusive(|octet| *octet == b'\n')
        .map(|line| match line.strip_suffix(b"\n") {
            Some(ended) => ended.strip_suffix(b"\r").unwrap_or(ended),
            None => line,
        })
        .collect()
}

fn unquoted(line: &[u8]) -> &[u8] {
    let quotes = line.iter().take_while(|octet| **octet == b'>').count();
    if quotes > 0 && line[quotes..].starts_with(b"From ") { &line[1..] } else { line }
}

impl Message {
    /// Octets as page 14 of the memo counts them.
    pub fn octets(&self) -> usize {
        self.0.iter().map(|line| line.len() + 2).sum()
    }

    /// The whole response to RETR.
    pub fn retr(&self) -> Vec<u8> {
        response(&format!("+OK {} octets", self.octets()), &self.0)
    }

    /// The whole response to TOP: the headers, the empty line after them, and so many lines more.
    pub fn top(&self, lines: usize) -> Vec<u8> {
        let headers = self.0.iter().position(Vec::is_empty).map_or(self.0.len(), |empty| empty + 1);
        response("+OK", &self.0[..self.0.len().min(headers.saturating_add(lines))])
    }
}

fn response(first: &str, lines: &[Vec<u8>]) -> Vec<u8> {
    let mut octets = format!("{first}\r\n").into_bytes();
    for line in lines {
        if line.starts_with(b".") {
            octets.push(b'.');
        }
        octets.extend_from_slice(line);
        octets.extend_from_slice(b"\r\n");
    }
    octets.extend_from_slice(b".\r\n");
    octets
}

/// STAT, LIST, RETR and TOP say of every message what the model says of these octets.
#[track_caller]
pub fn assert_serves(pop: &mut Pop, maildrop: &[u8]) {
    let messages = messages(maildrop);
    let octets: usize = messages.iter().map(Message::octets).sum();
    assert_eq!(pop.ask("STAT"), format!("+OK {} {octets}", messages.len()));
    let listings = (1..).zip(&messages).map(|(number, message)| format!("{number} {}", message.octets()));
    let listings: Vec<String> = listings.collect();
    assert_eq!(pop.lines("LIST"), listings);
    for (number, message) in (1..).zip(&messages) {
        assert_eq!(pop.ask(format!("LIST {number}")), format!("+OK {number} {}", message.octets()));
        assert_same(&pop.response(&format!("RETR {number}")), &message.retr(), number);
        for lines in [0, 1, 2, 1_000_000] {
            assert_same(&pop.response(&format!("TOP {number} {lines}")), &message.top(lines), number);
        }
    }
}

/// Shows where long octets differ, and not all of them.
#[track_caller]
pub fn assert_same(came: &[u8], expected: &[u8], number: usize) {
    let place = came.iter().zip(expected).position(|(a, b)| a != b).unwrap_or(came.len().min(expected.len()));
    let around = |octets: &[u8]| {
        show(&octets[place.saturating_sub(40).min(octets.len())..(place + 40).min(octets.len())])
    };
    assert!(
        came == expected,
        "message {number}: {} octets came and {} were expected; around octet {place}:\n  came     {}\n  expected {}",
        came.len(),
        expected.len(),
        around(came),
        around(expected)
    );
}
