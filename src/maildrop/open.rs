//! What a maildrop holds when it is opened: believed from its sidecar, burst
//! from where the sidecar ends, or burst whole.

use super::identity;
use super::listing::{Listing, Message};
use super::notes::Notes;
use super::sidecar::{Sidecar, Verdict};
use super::stamp::Stamp;
use super::{mbox, scan};
use crate::limits;
use crate::message::DropListing;
use std::fs::File;
use std::io;

/// What is known of the messages of a maildrop.
#[derive(Debug)]
pub enum Known {
    /// The sidecar is believed; its records are read when they are needed.
    Noted(Sidecar),
    /// They were found just now; the sidecar does not know them. `verified`:
    /// by a burst of the whole maildrop.
    Found { listing: Listing, verified: bool },
}

impl Known {
    /// Messages and octets, and the highest number accessed in earlier sessions.
    pub fn summary(&self) -> (DropListing, u64) {
        match self {
            Known::Noted(Sidecar { head, .. }) => {
                (DropListing { messages: head.messages, octets: head.octets }, head.highest_marked)
            }
            Known::Found { listing, .. } => (listing.remaining(), listing.highest_marked()),
        }
    }
}

/// Finds out what a maildrop with this stamp holds; the caller holds the write lock.
///
/// # Errors
/// `InvalidData` when the maildrop can't be parsed; else what the system says.
pub fn look(notes: &Notes, maildrop: &File, line_one: u64, stamp: &Stamp) -> io::Result<Known> {
    let Some(sidecar) = Sidecar::open(notes)? else {
        let listing = burst(maildrop, line_one, stamp.size)?;
        return Ok(Known::Found { listing, verified: true });
    };
    let verdict = sidecar.judge(maildrop, stamp)?;
    if verdict == Verdict::Believed {
        return Ok(Known::Noted(sidecar));
    }
    let before = sidecar.listing()?.unwrap_or_default().messages;
    if verdict == Verdict::Grown && !before.is_empty() {
        let listing = grow(maildrop, sidecar.head.stamp.size, stamp.size, before)?;
        return Ok(Known::Found { listing, verified: false });
    }
    let mut listing = burst(maildrop, line_one, stamp.size)?;
    identity::carry_over(maildrop, &before, &mut listing)?;
    Ok(Known::Found { listing, verified: true })
}

/// Bursts a maildrop of this size whole.
pub fn burst(maildrop: &File, line_one: u64, size: u64) -> io::Result<Listing> {
    let first = scan::first_separator(maildrop, line_one, size)?;
    Ok(Listing { messages: burst_from(maildrop, first, size)? })
}

fn burst_from(maildrop: &File, from: u64, size: u64) -> io::Result<Vec<Message>> {
    let (mut messages, mut left_out) = (Vec::new(), 0_u64);
    scan::burst(maildrop, from, size, |span| {
        if messages.len() < limits::MESSAGES { messages.push(Message::new(span)) } else { left_out += 1 }
    })?;
    if left_out == 0 {
        return Ok(messages);
    }
    let why = format!("it has more than {} messages", limits::MESSAGES);
    Err(io::Error::new(io::ErrorKind::InvalidData, why))
}

/// Bursts what was appended since the maildrop ended at `end` with these
/// messages. The last of them may not have been complete.
fn grow(maildrop: &File, end: u64, size: u64, mut messages: Vec<Message>) -> io::Result<Listing> {
    let Some(last) = messages.last().copied() else { return Ok(Listing::default()) };
    let complete = last.span.end < end && mbox::separator_stands_at(maildrop, end, size)?;
    if !complete {
        messages.pop();
    }
    let from = if complete { end } else { last.span.start };
    let mut found = Listing { messages: burst_from(maildrop, from, size)? };
    if !complete {
        identity::carry_over(maildrop, &[last], &mut found)?;
    }
    messages.append(&mut found.messages);
    Ok(Listing { messages })
}
