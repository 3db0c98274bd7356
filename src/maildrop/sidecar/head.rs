//! What a sidecar is made of: a head, which tells of the maildrop as a whole, and a
//! record for each message. Numbers are written with the lowest octet first.

use crate::maildrop::files::{Stamp, checksum};
use crate::maildrop::listing::{Message, Span};
use std::fs::File;
use std::io;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// Octets of a head.
pub const HEAD: usize = 256;

/// Octets of a record. No record crosses the edge of a disk's sector, so a power
/// cut leaves it as it was or as it was to be.
pub const RECORD: usize = 64;

const MAGIC: &[u8; 8] = b"pop1081\x03";
const WORDS: usize = 15;

/// Octets at the start of the mail and at its end that must read the same if the
/// maildrop has only grown.
const SAMPLE: u64 = 512;

/// What the head says of a maildrop.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Head {
    /// The maildrop when it was like this. Its size is that of what is listed:
    /// mail that came while it was written down lies behind.
    pub stamp: Stamp,
    /// The maildrop was burst whole, and any change since would show in the stamp.
    pub verified: bool,
    pub messages: u64,
    pub octets: u64,
    pub highest_marked: u64,
    /// Where the first separator line stands.
    pub first: u64,
    /// The checksums of all records, added up.
    pub sum: u64,
    pub start_sample: u64,
    pub end_sample: u64,
}

impl Head {
    /// The same with this sum, and with samples of the maildrop.
    pub fn complete(mut self, sum: u64, maildrop: &File) -> io::Result<Self> {
        (self.start_sample, self.end_sample) = self.samples(maildrop)?;
        Ok(Head { sum, ..self })
    }

    /// The head of a maildrop with this stamp and without messages.
    pub fn of(stamp: Stamp) -> Self {
        Head { stamp, first: stamp.size, ..Head::default() }
    }

    /// Checksums of the first and the last octets of the mail. Line one is not
    /// among them: nothing here helps to guess a password.
    fn samples(&self, maildrop: &File) -> io::Result<(u64, u64)> {
        let size = self.stamp.size;
        let start = checksum(maildrop, self.first, size.min(self.first.saturating_add(SAMPLE)))?;
        let end = checksum(maildrop, self.first.max(size.saturating_sub(SAMPLE)), size)?;
        Ok((start as u64, end as u64))
    }

    /// Whether the mail starts and ends, where it ended then, as it did then.
    pub fn samples_match(&self, maildrop: &File) -> io::Result<bool> {
        Ok(self.samples(maildrop)? == (self.start_sample, self.end_sample))
    }

    /// Whether a maildrop of that size can have so many octets: none counts as more
    /// than two, and a line end that is missing at the end counts as two.
    fn is_possible(&self) -> bool {
        self.octets / 2 <= self.stamp.size.saturating_add(1) && self.first <= self.stamp.size
    }

    /// The head as it is written.
    pub fn encode(&self) -> [u8; HEAD] {
        let s = &self.stamp;
        let words: [u64; WORDS] = [
            s.device,
            s.inode,
            s.size,
            s.modified.0,
            s.modified.1,
            s.changed.0,
            s.changed.1,
            u64::from(self.verified),
            self.messages,
            self.octets,
            self.highest_marked,
            self.first,
            self.sum,
            self.start_sample,
            self.end_sample,
        ];
        let mut octets = [0; HEAD];
        octets[..8].copy_from_slice(MAGIC);
        octets[8..8 + WORDS * 8].copy_from_slice(words.map(u64::to_le_bytes).as_flattened());
        let checksum = xxh3_64(&octets[..HEAD - 8]);
        octets[HEAD - 8..].copy_from_slice(&checksum.to_le_bytes());
        octets
    }

    /// The head that was written so, if it was one.
    pub fn decode(octets: &[u8; HEAD]) -> Option<Self> {
        let (content, checksum) = octets.split_at(HEAD - 8);
        if !content.starts_with(MAGIC) || xxh3_64(content).to_le_bytes() != *checksum {
            return None;
        }
        let (words, _) = octets.as_chunks();
        let word = |n: usize| u64::from_le_bytes(words[n + 1]);
        let stamp = Stamp {
            device: word(0),
            inode: word(1),
            size: word(2),
            modified: (word(3), word(4)),
            changed: (word(5), word(6)),
        };
        let head = Head {
            verified: word(7) == 1,
            messages: word(8),
            octets: word(9),
            highest_marked: word(10),
            first: word(11),
            sum: word(12),
            start_sample: word(13),
            end_sample: word(14),
            ..Head::of(stamp)
        };
        Some(head).filter(Head::is_possible)
    }
}

/// The record of the message at this place in the listing.
pub fn encode(place: usize, message: &Message) -> [u8; RECORD] {
    let span = &message.span;
    let places = [span.start, span.text, span.end, span.octets].map(u64::to_le_bytes);
    let last = u64::from(message.copy) | u64::from(message.marked) << 32;
    let mut record = [0; RECORD];
    record[..32].copy_from_slice(places.as_flattened());
    record[32..48].copy_from_slice(&span.digest);
    record[48..56].copy_from_slice(&last.to_le_bytes());
    let checksum = xxh3_64_with_seed(&record[..56], place as u64);
    record[56..].copy_from_slice(&checksum.to_le_bytes());
    record
}

/// The checksum of a record, which stands at its end.
pub fn checksum_of(record: &[u8; RECORD]) -> u64 {
    record.last_chunk().map_or(0, |checksum| u64::from_le_bytes(*checksum))
}

/// The message whose record was written so at this place; `None` if it is no record
/// or one of another place.
pub fn decode(place: usize, record: &[u8; RECORD]) -> Option<Message> {
    if xxh3_64_with_seed(&record[..56], place as u64) != checksum_of(record) {
        return None;
    }
    let (words, _) = record.as_chunks();
    let word = |n: usize| u64::from_le_bytes(words[n]);
    let mut digest = [0; 16];
    digest.copy_from_slice(&record[32..48]);
    let span = Span { start: word(0), text: word(1), end: word(2), octets: word(3), digest };
    Some(Message { copy: word(6) as u32, marked: word(6) >> 32 != 0, ..Message::new(span) })
}
