//! What a maildrop holds when it is opened: believed from its sidecar, burst
//! from where the sidecar ends, or burst whole.

use super::files::control_files::Notes;
use super::files::stamp::Stamp;
use super::identity;
use super::listing::{Listing, Message, highest_marked};
use super::mbox::{self, burst};
use super::sidecar::{Sidecar, Verdict};
use crate::limits;
use crate::protocol::message::Totals;
use std::fs::File;
use std::io;

/// What is known of the messages of a maildrop.
#[derive(Debug)]
pub struct Known {
    /// What an earlier session has noted of the first messages; its records are
    /// read when they are needed.
    pub noted: Option<Sidecar>,
    /// The messages after those; no sidecar knows them.
    pub found: Vec<Message>,
    /// The maildrop was burst whole, now or when it was noted, and has not been
    /// changed since. Else it only seems to have grown.
    pub verified: bool,
}

impl Known {
    /// Messages and octets.
    pub fn drop_listing(&self) -> Totals {
        let head = self.noted.as_ref().map(|noted| noted.head);
        let mut drop =
            head.map_or_else(Totals::default, |head| Totals { messages: head.messages, octets: head.octets });
        for message in &self.found {
            drop.messages += 1;
            drop.octets += message.span.octets;
        }
        drop
    }

    /// The highest number accessed in earlier sessions.
    pub fn highest_marked(&self) -> u64 {
        match &self.noted {
            // What only a sidecar can know, it knows of the messages it has noted.
            Some(noted) => noted.head.highest_marked,
            None => highest_marked(&self.found),
        }
    }
}

/// Finds out what a maildrop with this stamp holds; the caller holds the write lock.
///
/// # Errors
/// `InvalidData` when the maildrop can't be parsed; else what the system says.
pub fn look(notes: &Notes, maildrop: &File, line_one: u64, stamp: &Stamp) -> io::Result<Known> {
    let Some(sidecar) = Sidecar::open(notes)? else {
        let found = burst(maildrop, line_one, stamp.size)?.messages;
        return Ok(Known { noted: None, found, verified: true });
    };
    let verdict = sidecar.judge(maildrop, stamp)?;
    let end = sidecar.head.stamp.size;
    if verdict == Verdict::Believed {
        let verified = sidecar.head.trust.verified;
        return Ok(Known { noted: Some(sidecar), found: Vec::new(), verified });
    }
    let grown = verdict == Verdict::Grown && sidecar.head.messages > 0;
    if grown && mbox::separator_follows_at(maildrop, end, stamp.size)? {
        let found = burst_from(maildrop, end, stamp.size)?;
        return Ok(Known { noted: Some(sidecar), found, verified: false });
    }
    let before = sidecar.listing()?.unwrap_or_default().messages;
    if let (true, [earlier @ .., last]) = (grown, before.as_slice()) {
        let mut messages = earlier.to_vec();
        messages.extend(grow(maildrop, last, stamp.size)?);
        return Ok(Known { noted: None, found: messages, verified: false });
    }
    let mut listing = burst(maildrop, line_one, stamp.size)?;
    identity::carry_over(maildrop, &before, &mut listing)?;
    Ok(Known { noted: None, found: listing.messages, verified: true })
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

/// Bursts the last message again, which was not complete when it was noted, and
/// what was appended behind it.
fn grow(maildrop: &File, last: &Message, size: u64) -> io::Result<Vec<Message>> {
    let mut found = Listing { messages: burst_from(maildrop, last.span.start, size)? };
    identity::carry_over(maildrop, &[*last], &mut found)?;
    Ok(found.messages)
}
