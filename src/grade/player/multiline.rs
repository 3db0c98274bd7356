//! Multi-line responses: the lines of messages and of listings, up
//! to the line "." that ends them, which is a step of its own.

use super::{Played, Player};
use crate::grade::client::{Stop, failure};
use crate::grade::compare::{Pattern, Strictness};
use crate::grade::dialogue::{ClientId, Column, Lines, Listing};
use crate::grade::escape::brief;
use crate::grade::fixture::{Message, stuffed};

use std::time::Instant;

/// Lines of a response that are read; the standard maildrop has no message of 100.
const LINES: usize = 10_000;

/// Octets of a unique-id (RFC 1939, p. 12).
const UNIQUE_ID: usize = 70;

impl Player<'_> {
    /// The lines of a message; in the set-up they may be any.
    pub(super) fn lines(&mut self, id: ClientId, lines: Lines) -> Played<()> {
        let setup = self.setup;
        let (Lines::Message(number)
        | Lines::Some(number)
        | Lines::DotLines(number)
        | Lines::Text(number)
        | Lines::Top(number, _)
        | Lines::SomeTop(number, _)) = lines;
        let message = self.message(id, number)?;
        let exact = self.strictness == Strictness::Exact;
        match lines {
            Lines::Top(_, count) if exact || !setup => self.each_line(id, number, message.top(count)),
            Lines::SomeTop(_, count) if exact => self.each_line(id, number, message.top(count)),
            _ if exact || (!setup && matches!(lines, Lines::Message(_))) => {
                self.each_line(id, number, &message.lines)
            }
            Lines::DotLines(_) => self.compared(id, &message.lines, |line| line.starts_with(b".")),
            Lines::Text(_) => self.text(id, &message),
            _ => self.rest(id).map(drop),
        }
    }

    fn message(&mut self, id: ClientId, number: usize) -> Played<Message> {
        let name = self.connection(id)?.name.clone();
        let messages = self.environment.messages(&name);
        let message = number.checked_sub(1).and_then(|index| messages.into_iter().nth(index));
        message.ok_or_else(|| failure("", &format!("a message {number} of {name}"), "there is none"))
    }

    fn each_line(&mut self, id: ClientId, number: usize, lines: &[Vec<u8>]) -> Played<()> {
        let until = self.until();
        for (at, line) in (1..).zip(lines) {
            let expected = stuffed(line);
            let wanted = format!("line {at} of message {number}: {}", quoted(&expected));
            let came = self.line(id, until, &wanted)?;
            if came != expected {
                return Err(failure(&self.connection(id)?.sent, &wanted, &quoted(&came)));
            }
        }
        Ok(())
    }

    /// Only those lines matter.
    fn compared(&mut self, id: ClientId, lines: &[Vec<u8>], matter: impl Fn(&[u8]) -> bool) -> Played<()> {
        let expected: Vec<Vec<u8>> =
            lines.iter().filter(|line| matter(line)).map(|line| stuffed(line)).collect();
        let came: Vec<Vec<u8>> = self.rest(id)?.into_iter().filter(|line| matter(line)).collect();
        self.same(id, &expected, &came)
    }

    /// Blank lines at the end do not matter.
    fn text(&mut self, id: ClientId, message: &Message) -> Played<()> {
        let mut expected: Vec<Vec<u8>> = message.lines.iter().map(|line| stuffed(line)).collect();
        let mut came = self.rest(id)?;
        for lines in [&mut expected, &mut came] {
            while lines.last().is_some_and(Vec::is_empty) {
                lines.pop();
            }
        }
        self.same(id, &expected, &came)
    }

    fn same(&mut self, id: ClientId, expected: &[Vec<u8>], came: &[Vec<u8>]) -> Played<()> {
        let at = (0..expected.len().max(came.len())).find(|&at| expected.get(at) != came.get(at));
        let Some(at) = at else { return Ok(()) };
        let shown = |lines: &[Vec<u8>]| lines.get(at).map_or("the end".to_owned(), |line| quoted(line));
        Err(failure(&self.connection(id)?.sent, &shown(expected), &shown(came)))
    }

    /// What comes before the line ".", which is left for the next step.
    pub(super) fn rest(&mut self, id: ClientId) -> Played<Vec<Vec<u8>>> {
        let until = self.until();
        let wanted = "lines, and \".\" at their end";
        let mut lines = Vec::new();
        while lines.len() < LINES && Instant::now() < until {
            let line = self.line(id, until, wanted)?;
            if line == b"." {
                self.connection(id)?.ahead = Some(line);
                return Ok(lines);
            }
            lines.push(line);
        }
        Err(failure(&self.connection(id)?.sent, wanted, &format!("{} lines and no end", lines.len())))
    }

    pub(super) fn listing(&mut self, id: ClientId, listing: &Listing) -> Played<()> {
        let exact = self.strictness == Strictness::Exact;
        let column = if exact && listing.with == Column::SomeSize { Column::Size } else { listing.with };
        let name = self.connection(id)?.name.clone();
        let messages = self.environment.messages(&name);
        let present: Vec<(usize, &Message)> =
            (1..).zip(&messages).filter(|(number, _)| !listing.but.contains(number)).collect();
        for (place, (number, _)) in (1..).zip(present) {
            let listed = if listing.anew { place } else { number };
            match column {
                Column::UniqueId => self.unique_id(id, listed, number, false)?,
                Column::OwnUniqueId => self.unique_id(id, listed, number, true)?,
                Column::Any | Column::SomeSize => {
                    self.reply(id, &Pattern(vec![format!("{listed} ").into_bytes(), Vec::new()]))?;
                }
                Column::Size => {
                    let line = format!("{listed} {{octets {number}}}");
                    self.reply(id, &Pattern::literal(line.as_bytes()))?;
                }
            }
        }
        Ok(())
    }

    /// `2 QhdPYR:00WBw1Ph7x7`, as it was listed before, if it was.
    fn unique_id(&mut self, id: ClientId, listed: usize, number: usize, own: bool) -> Played<()> {
        let wanted = match self.facts.unique_ids.get(&number) {
            Some(known) => format!("{listed} {}", brief(known)),
            None if own => format!("{listed} and a unique-id of its own"),
            None => format!("{listed} and a unique-id: 1 to {UNIQUE_ID} characters from ! to ~"),
        };
        let until = self.until();
        let came = self.line(id, until, &wanted)?;
        let sent = self.connection(id)?.sent.clone();
        let fault = || -> Stop { failure(&sent, &wanted, &brief(&came)) };
        let id = came.strip_prefix(format!("{listed} ").as_bytes()).ok_or_else(fault)?;
        let sound = own || (1..=UNIQUE_ID).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic);
        let taken = own && self.facts.unique_ids.iter().any(|(&other, known)| other != number && known == id);
        let known = self.facts.unique_ids.entry(number).or_insert_with(|| id.to_vec());
        if sound && !taken && known == id { Ok(()) } else { Err(fault()) }
    }
}

/// A line that may be blank, or nothing but a dot.
fn quoted(line: &[u8]) -> String {
    format!("\"{}\"", brief(line))
}
