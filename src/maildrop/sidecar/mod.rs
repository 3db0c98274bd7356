//! The sidecar, `NAME.state`: what was found out about a maildrop, kept so that
//! the next login need not read it all, and the marks and unique-ids.
//!
//! It is a cache: when anything about it is doubtful, it is not believed. Whether
//! it fits the maildrop as it is now is judged here; what to do if not, in `open`.
//!
//! The file is a head, in `head`, and a record per message, in `record`. Both have
//! a fixed size, so that a login reads the head only and loading is one read. The
//! head has a checksum of the records and ends with one of itself.

mod head;
mod record;

pub use head::{Head, Trust};

use super::files::checksum::Checksum;
use super::files::control_files::{Note, Notes};
use super::files::stamp::Stamp;
use super::listing::Listing;
use crate::limits;
use head::HEAD;
use record::RECORD;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

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
        let head = Head::decode(&octets).filter(Head::is_possible).filter(|head| {
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
        if Checksum::of(&octets) != self.head.checksum {
            return Ok(None);
        }
        let (records, _) = octets.as_chunks();
        let messages = records.iter().map(record::decode).collect();
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
    let mut octets = vec![0; HEAD + listing.messages.len() * RECORD];
    let (head_octets, records) = octets.split_at_mut(HEAD);
    for (message, record) in listing.messages.iter().zip(records.as_chunks_mut().0) {
        *record = record::encode(message);
    }
    head.checksum = Checksum::of(records);
    head_octets.copy_from_slice(&head.encode());
    let written = notes.create(Note::New).and_then(|new| {
        new.write_all_at(&octets, 0)?;
        new.sync_all()?;
        notes.rename(Note::New, Note::State)
    });
    written.inspect_err(|_| drop(notes.remove(Note::New)))
}
