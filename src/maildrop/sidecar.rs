//! The sidecar, `NAME.state`: what was found out about a maildrop, kept so that
//! the next login need not read it all, and the marks and unique-ids.
//!
//! It is a cache: when anything about it is doubtful, it is not believed. Whether
//! it fits the maildrop as it is now is judged here; what to do if not, in `open`.
//!
//! The file is a head of 20 words and a record of 8 words per message; words
//! are of 64 bits, the lowest octet first. Native numbers and fixed sizes make
//! loading one read. The head has a checksum of the records and ends with its own
//! digest.

use super::identity;
use super::listing::{Identity, Listing, Message, Span};
use super::notes::{Note, Notes};
use super::stamp::Stamp;
use crate::limits;
use md5::{Digest, Md5};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

const MAGIC: &[u8; 8] = b"pop1081\x01";
const HEAD: usize = 20 * 8;
const RECORD: usize = 8 * 8;
const MARKED: u64 = 1;
const IDENTIFIED: u64 = 2;

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
    first: u64,
    /// Of the records; it resists chance, not malice.
    checksum: u64,
    start_sample: [u8; 16],
    end_sample: [u8; 16],
}

/// How a sidecar stands to a maildrop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It tells the truth.
    Believed,
    /// It tells the truth of what was there before more was appended.
    Grown,
    /// It tells of another time.
    Stale,
}

/// A sidecar whose head makes sense.
#[derive(Debug)]
pub struct Sidecar {
    file: File,
    pub head: Head,
    written: u128,
}

impl Sidecar {
    /// Opens the sidecar; `None` if there is none that makes sense.
    pub fn open(notes: &Notes) -> io::Result<Option<Self>> {
        let (file, metadata) = match notes.open(Note::State) {
            Ok(Some(opened)) => opened,
            Ok(None) => return Ok(None),
            // A directory, a FIFO or the like is no sidecar.
            Err(e) if e.kind() == io::ErrorKind::InvalidInput => return Ok(None),
            Err(e) => return Err(e),
        };
        let mut octets = [0; HEAD];
        if metadata.len() < HEAD as u64 {
            return Ok(None);
        }
        file.read_exact_at(&mut octets, 0)?;
        let written = Stamp::from(&metadata).latest();
        let head = Head::decode(&octets).filter(|head| {
            head.messages.checked_mul(RECORD as u64).and_then(|r| r.checked_add(HEAD as u64))
                == Some(metadata.len())
        });
        Ok(head.map(|head| Sidecar { file, head, written }))
    }

    /// Whether this can be believed of a maildrop with that stamp.
    pub fn judge(&self, maildrop: &File, now: &Stamp) -> io::Result<Verdict> {
        let then = &self.head.stamp;
        let settled = self.head.trust.sealed || then.latest() + limits::CLOCK_GRAIN.as_nanos() < self.written;
        if then == now && settled {
            return Ok(Verdict::Believed);
        }
        let same_file = (then.device, then.inode) == (now.device, now.inode);
        if same_file && then.size < now.size && self.head.samples_match(maildrop)? {
            return Ok(Verdict::Grown);
        }
        Ok(Verdict::Stale)
    }

    /// Reads the records; `None` if they make no sense.
    pub fn listing(&self) -> io::Result<Option<Listing>> {
        let mut octets = vec![0; self.head.messages as usize * RECORD];
        self.file.read_exact_at(&mut octets, HEAD as u64)?;
        if checksum(&octets) != self.head.checksum {
            return Ok(None);
        }
        let messages = octets.chunks_exact(RECORD).map(decode_message).collect();
        Ok(Some(Listing { messages }).filter(|listing| self.head.fits(listing)))
    }
}

/// Writes the sidecar of a maildrop with these messages; its name is durable
/// after [`Notes::sync`].
///
/// # Errors
/// What the system says; the sidecar is then as it was.
pub fn save(notes: &Notes, maildrop: &File, stamp: Stamp, trust: Trust, listing: &Listing) -> io::Result<()> {
    let mut head = Head::describe(maildrop, stamp, trust, listing)?;
    let mut octets = vec![0; HEAD];
    octets.reserve_exact(listing.messages.len() * RECORD);
    for message in &listing.messages {
        octets.extend(encode_message(message).into_iter().flat_map(u64::to_le_bytes));
    }
    head.checksum = checksum(&octets[HEAD..]);
    octets[..HEAD].copy_from_slice(&head.encode());
    let written = notes.create(Note::New).and_then(|new| {
        new.write_all_at(&octets, 0)?;
        new.sync_all()?;
        notes.rename(Note::New, Note::State)
    });
    written.inspect_err(|_| drop(notes.remove(Note::New)))
}

impl Head {
    fn describe(maildrop: &File, stamp: Stamp, trust: Trust, listing: &Listing) -> io::Result<Self> {
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
            start_sample: [0; 16],
            end_sample: [0; 16],
        };
        (head.start_sample, head.end_sample) = head.samples(maildrop)?;
        Ok(head)
    }

    /// Digests of the first and the last octets of the mail. Line one is not
    /// among them: nothing here helps to guess a password.
    fn samples(&self, maildrop: &File) -> io::Result<([u8; 16], [u8; 16])> {
        let size = self.stamp.size;
        let start = identity::digest(maildrop, self.first, size.min(self.first.saturating_add(SAMPLE)))?;
        let end = identity::digest(maildrop, self.first.max(size.saturating_sub(SAMPLE)), size)?;
        Ok((start, end))
    }

    fn samples_match(&self, maildrop: &File) -> io::Result<bool> {
        Ok(self.samples(maildrop)? == (self.start_sample, self.end_sample))
    }

    /// Whether the records can be those that this head was written with.
    fn fits(&self, listing: &Listing) -> bool {
        let mut at = self.first;
        let mut octets = 0_u64;
        let ordered = listing.messages.iter().all(|Message { span, .. }| {
            let follows = span.start >= at && span.start < span.text && span.text <= span.end;
            at = span.end;
            octets = octets.saturating_add(span.octets);
            follows
        });
        let highest = self.highest_marked == listing.highest_marked();
        ordered && at <= self.stamp.size && octets == self.octets && highest
    }

    fn encode(&self) -> [u8; HEAD] {
        let mut octets = [0; HEAD];
        octets[..8].copy_from_slice(MAGIC);
        let s = &self.stamp;
        let words = [
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
            self.checksum,
        ];
        for (place, word) in octets[8..].chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        octets[HEAD - 48..HEAD - 32].copy_from_slice(&self.start_sample);
        octets[HEAD - 32..HEAD - 16].copy_from_slice(&self.end_sample);
        let digest = Md5::digest(&octets[..HEAD - 16]);
        octets[HEAD - 16..].copy_from_slice(&digest);
        octets
    }

    fn decode(octets: &[u8; HEAD]) -> Option<Self> {
        let (content, digest) = octets.split_at(HEAD - 16);
        if !content.starts_with(MAGIC) || Md5::digest(content)[..] != *digest {
            return None;
        }
        let word = |n: usize| word(octets, n);
        let stamp = Stamp {
            device: word(1),
            inode: word(2),
            size: word(3),
            modified: (word(4), word(5)),
            changed: (word(6), word(7)),
        };
        let start_sample = octets[HEAD - 48..HEAD - 32].try_into().ok()?;
        let end_sample = octets[HEAD - 32..HEAD - 16].try_into().ok()?;
        Some(Head {
            stamp,
            trust: Trust { sealed: word(8) & 1 != 0, verified: word(8) & 2 != 0 },
            messages: word(9),
            octets: word(10),
            highest_marked: word(11),
            first: word(12),
            checksum: word(13),
            start_sample,
            end_sample,
        })
    }
}

fn word(octets: &[u8], place: usize) -> u64 {
    octets[place * 8..].first_chunk().map_or(0, |word| u64::from_le_bytes(*word))
}

fn checksum(records: &[u8]) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let words = records.chunks_exact(8).map(|octets| word(octets, 0));
    words.fold(0, |sum: u64, word| (sum.rotate_left(5) ^ word).wrapping_mul(ODD))
}

fn encode_message(message: &Message) -> [u64; 8] {
    let span = &message.span;
    let identity = message.identity.unwrap_or(Identity { digest: [0; 16], copy: 0 });
    let flags = if message.marked { MARKED } else { 0 } | message.identity.map_or(0, |_| IDENTIFIED);
    let last = flags | u64::from(identity.copy) << 32;
    let (high, low) = (word(&identity.digest, 0), word(&identity.digest, 1));
    [span.start, span.text, span.end, span.octets, span.fingerprint, high, low, last]
}

fn decode_message(record: &[u8]) -> Message {
    let word = |n: usize| word(record, n);
    let mut digest = [0; 16];
    digest.copy_from_slice(&record[40..56]);
    let span = Span { start: word(0), text: word(1), end: word(2), octets: word(3), fingerprint: word(4) };
    let identity = Identity { digest, copy: (word(7) >> 32) as u32 };
    let identified = word(7) & IDENTIFIED != 0;
    Message { identity: identified.then_some(identity), marked: word(7) & MARKED != 0, ..Message::new(span) }
}
