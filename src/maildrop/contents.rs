//! What a maildrop holds when it is opened: believed from its sidecar, burst from where
//! the sidecar ends, or burst whole.

use super::files::Stamp;
use super::files::control_files::ControlFiles;
use super::listing::{Digest, Listing, Message, highest_marked};
use super::mbox::{self, burst};
use super::sidecar::{Sidecar, Verdict};
use crate::limits;
use crate::protocol::message::Totals;
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::time::SystemTime;

/// What is known of the messages of a maildrop.
#[derive(Debug)]
pub struct Contents {
    /// What an earlier session has written down of the first messages; its records are
    /// read when they are needed.
    pub from_sidecar: Option<Sidecar>,
    /// The messages after those; no sidecar knows them.
    pub after_sidecar: Vec<Message>,
    /// The maildrop was burst whole, now or when the sidecar was written, and any change
    /// since would show in its stamp. Else it only seems to be so.
    pub verified: bool,
}

impl Contents {
    /// Finds out what a maildrop with this stamp holds; the caller holds the write lock.
    ///
    /// # Errors
    /// `InvalidData` when the maildrop can't be parsed; else what the system says.
    pub fn determine(
        files: &ControlFiles,
        maildrop: &File,
        line_one: u64,
        stamp: &Stamp,
    ) -> io::Result<Self> {
        let Some(sidecar) = Sidecar::open(files)? else {
            return Contents::burst(maildrop, line_one, stamp, &[]);
        };
        let end = sidecar.head.stamp.size;
        match sidecar.judge(maildrop, stamp)? {
            Verdict::Believed => {
                let verified = sidecar.head.verified;
                Ok(Contents { from_sidecar: Some(sidecar), after_sidecar: Vec::new(), verified })
            }
            Verdict::Grown
                if sidecar.head.messages > 0 && mbox::separator_follows_at(maildrop, end, stamp.size)? =>
            {
                let after_sidecar = burst_from(maildrop, end, stamp.size)?;
                Ok(Contents { from_sidecar: Some(sidecar), after_sidecar, verified: false })
            }
            Verdict::Grown | Verdict::Stale => Contents::burst(maildrop, line_one, stamp, &sidecar.salvage()),
        }
    }

    /// Bursts it whole, and carries over the marks of the messages that were known.
    fn burst(maildrop: &File, line_one: u64, stamp: &Stamp, before: &[Message]) -> io::Result<Self> {
        let verified = stamp.is_settled(SystemTime::now());
        let mut messages = burst(maildrop, line_one, stamp.size)?.messages;
        carry_over(before, &mut messages);
        Ok(Contents { from_sidecar: None, after_sidecar: messages, verified })
    }

    /// Messages and octets.
    pub fn drop_listing(&self) -> Totals {
        let head = self.from_sidecar.as_ref().map(|sidecar| sidecar.head);
        let mut drop =
            head.map_or_else(Totals::default, |head| Totals { messages: head.messages, octets: head.octets });
        for message in &self.after_sidecar {
            drop.messages += 1;
            drop.octets += message.span.octets;
        }
        drop
    }

    /// The highest number accessed in earlier sessions (RFC 1081, p. 9).
    pub fn highest_marked(&self) -> u64 {
        match &self.from_sidecar {
            // Marks are only on messages that a sidecar has known.
            Some(sidecar) => sidecar.head.highest_marked,
            None => highest_marked(&self.after_sidecar),
        }
    }
}

/// Bursts a maildrop of this size whole.
pub fn burst(maildrop: &File, line_one: u64, size: u64) -> io::Result<Listing> {
    let first = burst::first_separator(maildrop, line_one, size)?;
    Ok(Listing { messages: burst_from(maildrop, first, size)? })
}

/// Bursts what lies between a separator line and the end of a maildrop of this size.
pub fn burst_from(maildrop: &File, from: u64, size: u64) -> io::Result<Vec<Message>> {
    let (mut messages, mut left_out) = (Vec::new(), 0_u64);
    burst::burst(maildrop, from, size, |span| {
        if messages.len() < limits::MESSAGES { messages.push(Message::new(span)) } else { left_out += 1 }
    })?;
    if left_out == 0 {
        return Ok(messages);
    }
    let why = format!("it has more than {} messages", limits::MESSAGES);
    Err(io::Error::new(io::ErrorKind::InvalidData, why))
}

/// Carries marks over from messages as they were known before somebody else changed
/// the maildrop: by what a message is, not by its number. Where identical messages have gone or come and nobody can say which,
/// none keeps a mark that another may have had.
pub fn carry_over(before: &[Message], found: &mut [Message]) {
    let mut known: HashMap<Digest, Vec<bool>> =
        before.iter().filter(|m| m.marked).map(|m| (m.span.digest, Vec::new())).collect();
    if known.is_empty() {
        return;
    }
    for message in before {
        known.entry(message.span.digest).and_modify(|marks| marks.push(message.marked));
    }
    let mut places: HashMap<Digest, Vec<usize>> = HashMap::new();
    for (place, message) in found.iter().enumerate().filter(|(_, m)| known.contains_key(&m.span.digest)) {
        places.entry(message.span.digest).or_default().push(place);
    }
    for (digest, places) in places {
        let marks = &known[&digest];
        let all_marked = marks.iter().all(|marked| *marked) && places.len() < marks.len();
        for (place, marked) in places.iter().zip(marks) {
            found[*place].marked |= if places.len() == marks.len() { *marked } else { all_marked };
        }
    }
}
