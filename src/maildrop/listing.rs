//! What is known of the messages of a maildrop: where each lies, what the client
//! has done with it, and what removing some means for the others.

use crate::protocol::message::{MessageNumber, Totals};
use std::fmt;
use std::io::Write;
use std::ops::Range;

/// A digest of a message as it lies on disk, with its separator line and without
/// the line end at its very end.
pub type Digest = [u8; 16];

/// Where a message lies in the maildrop, in octets from its start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    /// Its separator line.
    pub start: u64,
    /// Its first line.
    pub text: u64,
    /// After its last line, before the empty line that follows.
    pub end: u64,
    /// Octets as RETR sends them, byte-stuffing not counted.
    pub octets: u64,
    pub digest: Digest,
}

/// The unique-id of UIDL (RFC 1939, p. 12). It depends on nothing but the octets of
/// the maildrop, so it survives the loss of the sidecar, a restore and another host.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct UniqueId {
    pub digest: Digest,
    /// Which of the identical messages it is, counted from 1 in their order.
    pub copy: u32,
}

impl UniqueId {
    /// 32 hexadecimal digits and, for all but the first of identical messages, `-`
    /// and a number; and how many octets that is.
    pub fn digits(&self) -> ([u8; 43], usize) {
        let mut digits = [0; 43];
        // It fails only for a buffer of another length.
        let _ = hex::encode_to_slice(self.digest, &mut digits[..32]);
        let mut rest = &mut digits[32..];
        if self.copy > 1 {
            // The longest u32 has ten digits.
            let _ = write!(rest, "-{}", self.copy);
        }
        let length = 43 - rest.len();
        (digits, length)
    }
}

impl fmt::Display for UniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (digits, length) = self.digits();
        f.write_str(str::from_utf8(&digits[..length]).map_err(|_| fmt::Error)?)
    }
}

/// A message of a maildrop: 56 octets of memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Message {
    pub span: Span,
    /// Which of the identical messages it is; 0 until somebody asks.
    pub copy: u32,
    /// A RETR of an earlier session that ended in UPDATE referenced it.
    pub marked: bool,
    /// A RETR of this session referenced it.
    pub retrieved: bool,
    pub deleted: bool,
}

impl Message {
    /// A message that nobody has referenced yet.
    pub fn new(span: Span) -> Self {
        Message { span, copy: 0, marked: false, retrieved: false, deleted: false }
    }

    /// Its unique-id, once the listing was [numbered](Listing::number_copies).
    pub fn unique_id(&self) -> UniqueId {
        UniqueId { digest: self.span.digest, copy: self.copy }
    }
}

/// The messages of a maildrop in their order.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Listing {
    pub messages: Vec<Message>,
}

impl Listing {
    /// Messages and octets, those marked as deleted not counted.
    pub fn remaining(&self) -> Totals {
        let mut drop = Totals::default();
        for (_, message) in self.numbered() {
            drop.messages += 1;
            drop.octets += message.span.octets;
        }
        drop
    }

    /// The messages that are not marked as deleted, with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (MessageNumber, &Message)> {
        let numbered = self.messages.iter().enumerate();
        numbered.filter(|(_, m)| !m.deleted).map(|(index, m)| (MessageNumber::from_index(index), m))
    }

    /// Makes sure that every message knows which of the identical ones it is.
    /// Returns whether one did not.
    pub fn number_copies(&mut self) -> bool {
        if self.messages.iter().all(|m| m.copy > 0) {
            return false;
        }
        // Places in the listing, found by digest; 0 is free. A map of std would need
        // more memory than the listing itself.
        let mut table = vec![0_u32; (2 * self.messages.len()).next_power_of_two()];
        for place in 0..self.messages.len() {
            let Span { digest, .. } = self.messages[place].span;
            let low = digest.first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
            let mut slot = low as usize & (table.len() - 1);
            let mut copy = 1;
            while let Some(other) = table[slot].checked_sub(1) {
                let other = &self.messages[other as usize];
                if other.span.digest == digest {
                    copy = other.copy.saturating_add(1);
                    break;
                }
                slot = (slot + 1) & (table.len() - 1);
            }
            table[slot] = place as u32 + 1;
            self.messages[place].copy = copy;
        }
        true
    }
}

/// The number of the last message that a RETR of an earlier session referenced, 0 if
/// there is none (RFC 1081, p. 4).
pub fn highest_marked(messages: &[Message]) -> u64 {
    messages.iter().rposition(|m| m.marked).map_or(0, |index| index as u64 + 1)
}

/// What removing the deleted messages means for the octets on disk.
#[derive(Debug)]
pub struct Plan {
    /// The place of the first deleted message in the listing.
    pub first: usize,
    /// Where it starts.
    pub from: u64,
    /// What of the octets behind that stays.
    pub kept: Vec<Range<u64>>,
}

impl Plan {
    /// For a maildrop of this size, of which `first` is the first deleted message.
    pub fn new(listing: &Listing, first: usize, size: u64) -> Self {
        let behind = &listing.messages[first..];
        let from = behind.first().map_or(size, |m| m.span.start);
        let mut kept: Vec<Range<u64>> = Vec::new();
        for (index, message) in behind.iter().enumerate().filter(|(_, m)| !m.deleted) {
            let start = message.span.start;
            let end = behind.get(index + 1).map_or(size, |next| next.span.start);
            match kept.last_mut() {
                Some(part) if part.end == start => part.end = end,
                _ => kept.push(start..end),
            }
        }
        Plan { first, from, kept }
    }

    /// Where the maildrop ends afterwards.
    pub fn end(&self) -> u64 {
        self.from + self.kept.iter().map(|part| part.end - part.start).sum::<u64>()
    }

    /// Takes the deleted messages out of a listing and moves up the others.
    pub fn apply_to(&self, listing: &mut Listing) {
        let (mut parts, mut moved_to) = (self.kept.iter(), self.from);
        let mut part = parts.next();
        let mut left = self.first;
        for place in self.first..listing.messages.len() {
            let mut message = listing.messages[place];
            if message.deleted {
                continue;
            }
            while let Some(done) = part.filter(|part| part.end <= message.span.start) {
                moved_to += done.end - done.start;
                part = parts.next();
            }
            let by = part.map_or(0, |part| part.start - moved_to);
            let span = &mut message.span;
            (span.start, span.text, span.end) = (span.start - by, span.text - by, span.end - by);
            // The first of identical messages stays the first; of others one before may be gone.
            message.copy = u32::from(message.copy == 1);
            listing.messages[left] = message;
            left += 1;
        }
        listing.messages.truncate(left);
    }
}
