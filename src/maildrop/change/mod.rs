//! A change of a maildrop: what it needs to be finished, written down before it is
//! begun. How each kind is carried out is in `remove`, `append` and `line_one`, what
//! a crash leaves of it in `recovery`.
//!
//! The *intent* of a change stands in `NAME.lock`, in one of two places of 512 octets
//! that take turns; its payload comes behind them. Both are flushed with one call, and
//! that commits: an intent is good only if its own checksum and that of its payload
//! are. No payload is written over one that the intent before may still need. The
//! write lock on the maildrop guards all of it.

pub mod append;
pub mod line_one;
pub mod recovery;
pub mod remove;
#[cfg(test)]
mod states;

use super::files::checksum::{Checksum, each_part};
use crate::limits;
use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

const MAGIC: &[u8; 8] = b"pop1081\x0a";

/// Octets of an intent: a sector of a disk, which is written wholly or not at all.
const INTENT: usize = 512;

/// Where payloads begin.
const PAYLOADS: u64 = 2 * INTENT as u64;

/// What a change does to a maildrop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// None is under way.
    Done,
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
    at: u64,
    new: u128,
    number: u64,
}

/// Why a change was not made, or not wholly.
#[derive(Debug)]
pub enum ChangeError {
    /// The maildrop is as it was.
    Untouched(io::Error),
    /// The next who opens the maildrop finishes it.
    Unfinished(io::Error),
}

impl fmt::Display for ChangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChangeError::Untouched(e) => write!(f, "the maildrop is as it was: {e}"),
            ChangeError::Unfinished(e) => {
                write!(f, "not finished, the next login or delivery does that: {e}")
            }
        }
    }
}

/// For whoever has to stop in either case: what the system says.
impl From<ChangeError> for io::Error {
    fn from(e: ChangeError) -> Self {
        match e {
            ChangeError::Untouched(e) | ChangeError::Unfinished(e) => e,
        }
    }
}

/// `NAME.lock`, where the intents stand.
#[derive(Debug)]
pub struct IntentFile(pub File);

/// Takes the payload of an intent, in parts of any size.
pub struct Payload<'f> {
    file: &'f File,
    at: u64,
    length: u64,
    checksum: Checksum,
}

impl Payload<'_> {
    /// Appends these octets.
    pub fn push(&mut self, octets: &[u8]) -> io::Result<()> {
        self.file.write_all_at(octets, self.at + self.length)?;
        self.length += octets.len() as u64;
        self.checksum.update(octets);
        Ok(())
    }
}

impl Intent {
    /// An intent without a payload; where it stands is known when it is committed.
    pub fn new(kind: Kind, (from, size): (u64, u64)) -> Self {
        let (plan, at) = (Vec::new(), PAYLOADS);
        Intent { kind, from, size, old: 0, inode: 0, plan, payload: 0, at, new: 0, number: 0 }
    }

    /// Where the payload ends in the maildrop.
    pub fn to(&self) -> u64 {
        self.from + self.payload
    }

    /// Where the payload of the next intent may stand, with a plan of so many ranges.
    fn place_beside(&self, ranges: usize) -> u64 {
        let before = self.at - PAYLOADS;
        let fits = limits::MOVED_PART + 16 * ranges as u64 <= before;
        if fits || self.kind == Kind::Done { PAYLOADS } else { self.end() }
    }

    fn end(&self) -> u64 {
        self.at + self.payload + 16 * self.plan.len() as u64
    }

    fn encode(&self) -> [u8; INTENT] {
        let plan = self.plan.len() as u64;
        let words =
            [self.number, self.kind as u64, self.from, self.size, self.inode, plan, self.payload, self.at];
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
    fn decode(octets: &[u8; INTENT]) -> Option<Self> {
        let (content, checksum) = octets.split_at(INTENT - 16);
        if !content.starts_with(MAGIC) || Checksum::of(content).to_le_bytes() != *checksum {
            return None;
        }
        let (words, _) = octets.as_chunks();
        let word = |n: usize| u64::from_le_bytes(words[n + 1]);
        let kinds = [Kind::Done, Kind::Append, Kind::Move, Kind::Cut, Kind::LineOne];
        let plan = vec![0..0; usize::try_from(word(5)).ok().filter(|ranges| *ranges <= limits::MESSAGES)?];
        let checksum = |n: usize| u128::from(word(n)) | u128::from(word(n + 1)) << 64;
        Some(Intent {
            kind: *kinds.get(word(1) as usize)?,
            from: word(2),
            size: word(3),
            inode: word(4),
            plan,
            payload: word(6),
            at: word(7),
            old: checksum(8),
            new: checksum(10),
            number: word(0),
        })
    }
}

impl IntentFile {
    /// The change that was committed and not finished, if there is one.
    ///
    /// # Errors
    /// What the system says.
    pub fn pending(&self) -> io::Result<Option<Intent>> {
        let mut intents = self.read()?;
        intents.sort_by_key(|intent| std::cmp::Reverse(intent.number));
        for mut intent in intents {
            if intent.kind == Kind::Done {
                return Ok(None);
            }
            if self.complete(&mut intent)? {
                return Ok(Some(intent));
            }
        }
        Ok(None)
    }

    /// Both intents, those that are none left out.
    fn read(&self) -> io::Result<Vec<Intent>> {
        let mut octets = [0; 2 * INTENT];
        match self.0.read_exact_at(&mut octets, 0) {
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => {}
            other => other?,
        }
        Ok(octets.as_chunks().0.iter().filter_map(Intent::decode).collect())
    }

    /// Reads the plan of an intent; whether payload and plan are what was committed.
    /// Not inlined: its buffers would lie on the stack of every login.
    #[inline(never)]
    fn complete(&self, intent: &mut Intent) -> io::Result<bool> {
        let mut checksum = Checksum::new();
        let mut plan = Vec::with_capacity(16 * intent.plan.len());
        let mut at = intent.at;
        let read = each_part(&self.0, intent.at, intent.end(), |part| {
            checksum.update(part);
            let skipped = (intent.at + intent.payload).saturating_sub(at).min(part.len() as u64);
            plan.extend_from_slice(&part[skipped as usize..]);
            at += part.len() as u64;
            Ok(())
        });
        match read {
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            other => other?,
        }
        let edges: Vec<u64> = plan.as_chunks().0.iter().map(|edge| u64::from_le_bytes(*edge)).collect();
        intent.plan = edges.as_chunks().0.iter().map(|[start, end]| *start..*end).collect();
        Ok(checksum.value() == intent.new)
    }

    /// Writes down a change with its payload, durable: from then on it happens.
    ///
    /// # Errors
    /// What the system says; then it does not happen.
    pub fn commit(
        &self,
        intent: &Intent,
        fill: impl FnOnce(&mut Payload<'_>) -> io::Result<()>,
    ) -> io::Result<Intent> {
        let before = self.read()?.into_iter().max_by_key(|intent| intent.number);
        let number = before.as_ref().map_or(0, |before| before.number) + 1;
        let at = before.as_ref().map_or(PAYLOADS, |before| before.place_beside(intent.plan.len()));
        let mut payload = Payload { file: &self.0, at, length: 0, checksum: Checksum::new() };
        fill(&mut payload)?;
        let length = payload.length;
        for range in &intent.plan {
            payload.push([range.start, range.end].map(u64::to_le_bytes).as_flattened())?;
        }
        let new = payload.checksum.value();
        let intent = Intent { number, at, payload: length, new, ..intent.clone() };
        self.write(&intent)?;
        match self.0.sync_data() {
            Ok(()) => Ok(intent), // This commits.
            Err(e) => {
                self.done();
                Err(e)
            }
        }
    }

    fn write(&self, intent: &Intent) -> io::Result<()> {
        self.0.write_all_at(&intent.encode(), intent.number % 2 * INTENT as u64)
    }

    /// The last change is made or given up. If a power cut takes this word back, its
    /// recovery finds that nothing is left to be done.
    pub fn done(&self) {
        let done = self.read().and_then(|intents| {
            let Some(last) = intents.into_iter().max_by_key(|intent| intent.number) else { return Ok(()) };
            self.write(&Intent { kind: Kind::Done, ..last })?;
            let long = self.0.metadata()?.len() > limits::KEPT_PAYLOAD;
            if long { self.0.set_len(PAYLOADS) } else { Ok(()) }
        });
        if let Err(e) = done {
            log::error!("a change of a maildrop could not be marked as done: {e}");
        }
    }

    /// Hands out the payload of an intent in parts, each with its place in it.
    pub fn each_part(
        &self,
        intent: &Intent,
        mut take: impl FnMut(u64, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut place = 0;
        each_part(&self.0, intent.at, intent.at + intent.payload, |part| {
            take(place, part)?;
            place += part.len() as u64;
            Ok(())
        })
    }

    /// Writes the payload of an intent to its place in the maildrop, durable.
    pub fn write_payload(&self, intent: &Intent, maildrop: &File) -> io::Result<()> {
        self.each_part(intent, |place, part| maildrop.write_all_at(part, intent.from + place))?;
        maildrop.sync_all()
    }
}

/// Why a change is not finished: a person must decide.
pub fn edited() -> io::Error {
    let why = "the maildrop was edited while a change of it was unfinished";
    io::Error::new(io::ErrorKind::InvalidData, why)
}
