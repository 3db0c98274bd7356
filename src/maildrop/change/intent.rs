//! The intent of a change: what has to be known to finish it. It is written as words of
//! 64 bits, the lowest octet first, and ends with a checksum of itself.

use crate::limits;
use crate::maildrop::files::Checksum;
use std::ops::Range;

const MAGIC: &[u8; 8] = b"pop1081\x0a";

/// Octets of an intent: a sector of a disk, which is written wholly or not at all.
pub const INTENT: usize = 512;

/// Where payloads begin.
pub const PAYLOADS: u64 = 2 * INTENT as u64;

/// What a change does to a maildrop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The payload is being appended at `from`, or behind somebody else's mail there.
    Append,
    /// The payload, mail that is kept, is being moved to `from`, and then the rest of
    /// the mail that is kept.
    Move,
    /// What stands from `from` up to `size` is being cut off.
    Cut,
    /// The payload is becoming the first octets, in place of the first `size` ones.
    LineOne,
}

/// A change that is committed.
#[derive(Clone, Debug)]
pub struct Intent {
    pub kind: Kind,
    /// Where the change begins.
    pub from: u64,
    /// How long the maildrop was, or what of it is replaced.
    pub size: u64,
    /// Checksum of old octets that are still there while the change is under way.
    pub old: u128,
    /// The inode of the maildrop. Its device may have another number after a reboot.
    pub inode: u64,
    /// What is kept and not yet moved, behind the payload.
    pub plan: Vec<Range<u64>>,
    /// Octets of the payload.
    pub payload: u64,
    /// Where the payload stands in `NAME.lock`, the plan behind it.
    pub(super) at: u64,
    /// Checksum of the payload and the plan.
    pub(super) new: u128,
    /// It was made or given up.
    pub(super) done: bool,
    /// One more than that of the intent before.
    pub(super) number: u64,
}

impl Intent {
    /// An intent without a payload; where it stands is known when it is committed.
    pub fn new(kind: Kind, (from, size): (u64, u64)) -> Self {
        let (plan, at) = (Vec::new(), PAYLOADS);
        Intent { kind, from, size, old: 0, inode: 0, plan, payload: 0, at, new: 0, done: false, number: 0 }
    }

    /// Where the payload ends in the maildrop.
    pub fn to(&self) -> u64 {
        self.from + self.payload
    }

    /// Where the payload and the plan of the next intent may stand. Of a removal their length
    /// is known before.
    pub(super) fn place_beside(&self, next: &Intent) -> u64 {
        let fits = matches!(next.kind, Kind::Move | Kind::Cut) && next.end() - next.at <= self.at - PAYLOADS;
        if fits || self.done { PAYLOADS } else { self.end() }
    }

    /// Which of the two places in `NAME.lock` is its own.
    pub(super) fn place(&self) -> u64 {
        self.number % 2 * INTENT as u64
    }

    pub(super) fn end(&self) -> u64 {
        self.at + self.payload + 16 * self.plan.len() as u64
    }

    pub(super) fn encode(&self) -> [u8; INTENT] {
        let plan = self.plan.len() as u64;
        let words = [
            self.number,
            self.kind as u64 | u64::from(self.done) << 8,
            self.from,
            self.size,
            self.inode,
            plan,
            self.payload,
            self.at,
        ];
        let checksums = [self.old, self.new].map(u128::to_le_bytes);
        let content =
            [&MAGIC[..], words.map(u64::to_le_bytes).as_flattened(), checksums.as_flattened()].concat();
        let mut octets = [0; INTENT];
        octets[..content.len()].copy_from_slice(&content);
        let checksum = Checksum::of(&octets[..INTENT - 16]);
        octets[INTENT - 16..].copy_from_slice(&checksum.to_le_bytes());
        octets
    }

    /// The intent that was written so, its plan still to be read.
    pub(super) fn decode(octets: &[u8; INTENT]) -> Option<Self> {
        let (content, checksum) = octets.split_at(INTENT - 16);
        if !content.starts_with(MAGIC) || Checksum::of(content).to_le_bytes() != *checksum {
            return None;
        }
        let (words, _) = octets.as_chunks();
        let word = |n: usize| u64::from_le_bytes(words[n + 1]);
        let kinds = [Kind::Append, Kind::Move, Kind::Cut, Kind::LineOne];
        let plan = vec![0..0; usize::try_from(word(5)).ok().filter(|ranges| *ranges <= limits::MESSAGES)?];
        let checksum = |n: usize| u128::from(word(n)) | u128::from(word(n + 1)) << 64;
        let intent = Intent {
            kind: *kinds.get(word(1) as u8 as usize)?,
            from: word(2),
            size: word(3),
            inode: word(4),
            plan,
            payload: word(6),
            at: word(7),
            old: checksum(8),
            new: checksum(10),
            done: word(1) >> 8 != 0,
            number: word(0),
        };
        // No sum of these overflows.
        let small = [intent.number, intent.size, intent.payload, intent.at].iter().all(|n| *n < 1 << 62);
        Some(intent).filter(|intent| small && intent.from <= intent.size && intent.at >= PAYLOADS)
    }
}
