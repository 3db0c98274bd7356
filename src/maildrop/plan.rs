//! What removing messages means for the octets of a maildrop. Carrying it out is
//! the affair of `update` and `rewrite`.

use super::listing::Listing;
use std::ops::Range;

/// What removing the deleted messages means for the octets on disk.
#[derive(Debug)]
pub struct Plan {
    /// Where the first deleted message starts (k).
    pub from: u64,
    /// Where the maildrop ends afterwards (n).
    pub to: u64,
    /// What comes to stand from there on.
    pub kept: Vec<Range<u64>>,
}

impl Plan {
    /// `None` if no message is marked as deleted.
    pub fn new(listing: &Listing, size: u64) -> Option<Self> {
        let messages = &listing.messages;
        let first = messages.iter().position(|m| m.deleted)?;
        let from = messages[first].span.start;
        let mut kept: Vec<Range<u64>> = Vec::new();
        for (index, message) in messages.iter().enumerate().skip(first).filter(|(_, m)| !m.deleted) {
            let start = message.span.start;
            let end = messages.get(index + 1).map_or(size, |next| next.span.start);
            match kept.last_mut() {
                Some(part) if part.end == start => part.end = end,
                _ => kept.push(start..end),
            }
        }
        let to = from + kept.iter().map(|part| part.end - part.start).sum::<u64>();
        Some(Plan { from, to, kept })
    }

    /// Takes the deleted messages out of a listing and moves up the others.
    pub fn apply_to(&self, listing: &mut Listing) {
        let mut parts = self.kept.iter();
        let mut part = parts.next();
        let mut moved_to = self.from;
        listing.messages.retain(|m| !m.deleted);
        for message in listing.messages.iter_mut().filter(|m| m.span.start >= self.from) {
            while let Some(done) = part.filter(|p| p.end <= message.span.start) {
                moved_to += done.end - done.start;
                part = parts.next();
            }
            let Some(part) = part else { return };
            let by = part.start - moved_to;
            let span = &mut message.span;
            (span.start, span.text, span.end) = (span.start - by, span.text - by, span.end - by);
        }
    }
}
