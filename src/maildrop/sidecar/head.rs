//! The head of a sidecar: which maildrop it tells of, and what of it all.
//!
//! It is 13 words of 64 bits and 4 of 128, the lowest octet first.

use crate::maildrop::files::checksum::{self, Checksum};
use crate::maildrop::files::stamp::Stamp;
use crate::maildrop::listing::{Listing, Message};
use std::fs::File;
use std::io;

/// Octets of a head.
pub const HEAD: usize = 13 * 8 + 4 * 16;

const MAGIC: &[u8; 8] = b"pop1081\x02";

/// Octets at the start of the mail and at its end that must read the same if
/// the maildrop has only grown.
const SAMPLE: u64 = 512;

/// How far a sidecar may be believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Trust {
    /// The time of the last change was set by ourselves, to a value that no
    /// other change can set.
    pub sealed: bool,
    /// The maildrop was burst whole, and nothing but ourselves has changed it
    /// since. Else it only seemed to have grown.
    pub verified: bool,
}

/// What the head says of a maildrop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    /// The maildrop when it was like this. Its size is that of what is listed:
    /// mail that came while it was written down lies behind.
    pub stamp: Stamp,
    pub trust: Trust,
    pub messages: u64,
    pub octets: u64,
    pub highest_marked: u64,
    /// Where the sample of the start begins: the first separator line.
    pub(super) first: u64,
    /// Of the records.
    pub(super) checksum: u128,
    start_sample: u128,
    end_sample: u128,
}

impl Head {
    /// The head for these messages of a maildrop, but for the checksum of the records.
    pub fn describe(maildrop: &File, stamp: Stamp, trust: Trust, listing: &Listing) -> io::Result<Self> {
        let first = listing.messages.first().map_or(stamp.size, |m| m.span.start);
        let octets = listing.messages.iter().map(|m| m.span.octets).sum();
        let mut head = Head {
            stamp,
            trust,
            messages: listing.messages.len() as u64,
            octets,
            highest_marked: listing.highest_marked(),
            first,
            checksum: 0,
            start_sample: 0,
            end_sample: 0,
        };
        (head.start_sample, head.end_sample) = head.samples(maildrop)?;
        Ok(head)
    }

    /// Checksums of the first and the last octets of the mail. Line one is not
    /// among them: nothing here helps to guess a password.
    fn samples(&self, maildrop: &File) -> io::Result<(u128, u128)> {
        let size = self.stamp.size;
        let start = checksum::checksum(maildrop, self.first, size.min(self.first.saturating_add(SAMPLE)))?;
        let end = checksum::checksum(maildrop, self.first.max(size.saturating_sub(SAMPLE)), size)?;
        Ok((start, end))
    }

    /// Whether the mail starts and ends, where it ended then, as it did then.
    pub fn samples_match(&self, maildrop: &File) -> io::Result<bool> {
        Ok(self.samples(maildrop)? == (self.start_sample, self.end_sample))
    }

    /// Whether a maildrop of that size can have so many octets: none counts as more
    /// than two, and a line end that is missing at the end counts as two.
    pub fn is_possible(&self) -> bool {
        self.octets / 2 <= self.stamp.size.saturating_add(1)
    }

    /// Whether the records can be those that this head was written with.
    pub fn fits(&self, listing: &Listing) -> bool {
        let mut at = self.first;
        let octets = listing.messages.iter().try_fold(0_u64, |all, m| all.checked_add(m.span.octets));
        let ordered = listing.messages.iter().all(|Message { span, .. }| {
            let follows = span.start >= at && span.start < span.text && span.text <= span.end;
            at = span.end;
            follows
        });
        let highest = self.highest_marked == listing.highest_marked();
        ordered && at <= self.stamp.size && octets == Some(self.octets) && highest
    }

    /// The head as it is written.
    pub fn encode(&self) -> [u8; HEAD] {
        let s = &self.stamp;
        let words = [
            u64::from_le_bytes(*MAGIC),
            s.device,
            s.inode,
            s.size,
            s.modified.0,
            s.modified.1,
            s.changed.0,
            s.changed.1,
            u64::from(self.trust.sealed) | u64::from(self.trust.verified) << 1,
            self.messages,
            self.octets,
            self.highest_marked,
            self.first,
        ];
        let checksums = [self.checksum, self.start_sample, self.end_sample];
        let (words, checksums) = (words.map(u64::to_le_bytes), checksums.map(u128::to_le_bytes));
        let mut octets = [0; HEAD];
        octets[..HEAD - 16].copy_from_slice(&[words.as_flattened(), checksums.as_flattened()].concat());
        let checksum = Checksum::of(&octets[..HEAD - 16]);
        octets[HEAD - 16..].copy_from_slice(&checksum.to_le_bytes());
        octets
    }

    /// The head that was written so, if it was one.
    pub fn decode(octets: &[u8; HEAD]) -> Option<Self> {
        let (content, checksum) = octets.split_at(HEAD - 16);
        if !content.starts_with(MAGIC) || Checksum::of(content).to_le_bytes() != *checksum {
            return None;
        }
        let (words, checksums) = content.split_at(13 * 8);
        let word = |n: usize| words.as_chunks().0.get(n).map(|octets| u64::from_le_bytes(*octets));
        let checksum = |n: usize| checksums.as_chunks().0.get(n).map(|octets| u128::from_le_bytes(*octets));
        Some(Head {
            stamp: Stamp {
                device: word(1)?,
                inode: word(2)?,
                size: word(3)?,
                modified: (word(4)?, word(5)?),
                changed: (word(6)?, word(7)?),
            },
            trust: Trust { sealed: word(8)? & 1 != 0, verified: word(8)? & 2 != 0 },
            messages: word(9)?,
            octets: word(10)?,
            highest_marked: word(11)?,
            first: word(12)?,
            checksum: checksum(0)?,
            start_sample: checksum(1)?,
            end_sample: checksum(2)?,
        })
    }
}
