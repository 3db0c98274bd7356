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
mod intent;
pub mod line_one;
pub mod recovery;
pub mod remove;
#[cfg(test)]
#[path = "../../../tests/unit/maildrop/change/states.rs"]
mod states;

use super::files::{Checksum, Stamp, each_part};
use crate::limits;
use intent::{INTENT, PAYLOADS};
pub use intent::{Intent, Kind};
use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

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

/// A maildrop that is to be changed. The caller holds the write lock.
#[derive(Clone, Copy, Debug)]
pub struct Target<'f> {
    pub intents: &'f IntentFile,
    pub maildrop: &'f File,
    pub path: &'f Path,
}

impl Target<'_> {
    /// Whether the path still leads to the maildrop. Else an intent must stand: what is
    /// there now may be a copy that was taken in the middle of the change.
    ///
    /// # Errors
    /// When that can't be found out.
    pub fn is_here(&self) -> io::Result<bool> {
        Stamp::of(self.maildrop)?.stands_at(self.path)
    }

    /// The last change is made, if the path still leads here.
    ///
    /// # Errors
    /// As [`Target::is_here`].
    pub fn finish(&self) -> io::Result<bool> {
        let here = self.is_here()?;
        if here {
            self.intents.done();
        }
        Ok(here)
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

    /// The plan comes behind. The octets of the payload, and the checksum of both.
    fn end(mut self, plan: &[Range<u64>]) -> io::Result<(u64, u128)> {
        let length = self.length;
        for range in plan {
            self.push([range.start, range.end].map(u64::to_le_bytes).as_flattened())?;
        }
        Ok((length, self.checksum.value()))
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
            if intent.done {
                return Ok(None);
            }
            if self.complete(&mut intent)? {
                return Ok(Some(intent));
            }
        }
        Ok(None)
    }

    /// The last intent, also if it is done; its plan is not read.
    pub fn last(&self) -> io::Result<Option<Intent>> {
        Ok(self.read()?.into_iter().max_by_key(|intent| intent.number))
    }

    /// Both intents, those that are none left out.
    fn read(&self) -> io::Result<Vec<Intent>> {
        let mut octets = [0; 2 * INTENT];
        match self.0.read_exact_at(&mut octets, 0) {
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => {}
            other => other?,
        }
        let (places, _) = octets.as_chunks();
        let intents = places.iter().zip([0, INTENT as u64]);
        Ok(intents.filter_map(|(octets, at)| Intent::decode(octets).filter(|i| i.place() == at)).collect())
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
        // What is moved first never overwrites what is still to be moved.
        let fits = edges.first().is_none_or(|first| *first > intent.to())
            && edges.last().is_none_or(|last| *last <= intent.size)
            && edges.is_sorted();
        let removes = matches!(intent.kind, Kind::Move | Kind::Cut);
        let fits = fits && (!removes || intent.to() < intent.size);
        Ok(fits && checksum.value() == intent.new)
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
        let before = self.last()?;
        let number = before.as_ref().map_or(0, |before| before.number) + 1;
        let at = before.as_ref().map_or(PAYLOADS, |before| before.place_beside(intent));
        let mut payload = Payload { file: &self.0, at, length: 0, checksum: Checksum::new() };
        let filled = fill(&mut payload).and_then(|()| payload.end(&intent.plan));
        let (payload, new) = filled.inspect_err(|_| {
            if before.is_none_or(|before| before.done) {
                // The disk may be full: what is written of it is in the way.
                let _ = self.0.set_len(PAYLOADS);
            }
        })?;
        let intent = Intent { number, at, payload, new, ..intent.clone() };
        self.write(&intent)?;
        match self.0.sync_data() {
            Ok(()) => Ok(intent), // This commits.
            Err(e) => {
                // The one before may still be needed.
                let _ = self.0.write_all_at(&[0; INTENT], intent.place());
                Err(e)
            }
        }
    }

    fn write(&self, intent: &Intent) -> io::Result<()> {
        self.0.write_all_at(&intent.encode(), intent.place())
    }

    /// The last change is made or given up. If a power cut takes this word back, its
    /// recovery finds that nothing is left to be done.
    pub fn done(&self) {
        let done = self.last().and_then(|last| {
            let Some(last) = last else { return Ok(()) };
            self.write(&Intent { done: true, ..last })?;
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
}

/// Why a change is not finished: a person must decide.
pub fn edited() -> io::Error {
    let why = "the maildrop was edited while a change of it was unfinished";
    io::Error::new(io::ErrorKind::InvalidData, why)
}
