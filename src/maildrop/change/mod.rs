//! The redo file: a change of a maildrop, written down whole before it is begun.
//!
//! It says: the octets from `from` on become the payload, which ends at `to`;
//! what was there up to `size` goes. Which [`Kind`] of change that is follows from
//! these numbers. It is written as `NAME.tmp`, and from the moment that it is
//! called `NAME.redo` the change is going to happen, whoever dies. Carrying it out
//! is the affair of `rewrite`, `append` and `replace`.

pub mod append;
pub mod recovery;
pub mod replace;
pub mod rewrite;

use super::files::checksum::{Checksum, checksum, each_part, each_part_of, sampled};
use super::files::control_files::{Note, Notes};
use crate::limits;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::FileExt;

const MAGIC: &[u8; 8] = b"pop1081r";
const HEAD: usize = 80;

/// A change that is committed.
#[derive(Debug)]
pub struct Redo {
    file: File,
    /// Where the payload goes (k in the design).
    pub from: u64,
    /// Where it ends (n).
    pub to: u64,
    /// How long the maildrop was when the payload was made (L); for a replacement,
    /// how much of it.
    pub size: u64,
    /// Checksum of samples of the old octets from `to` up to `size`; for a
    /// replacement, from `from` on.
    pub old: u128,
    /// Checksum of the payload.
    pub new: u128,
}

/// What a change does to a maildrop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// It becomes shorter: messages are removed.
    Removal,
    /// A message comes behind its end.
    Append,
    /// Line one becomes another, and the maildrop perhaps longer.
    Replacement,
}

/// Why a change was not committed.
#[derive(Debug)]
pub enum CommitError {
    /// It will not happen.
    Before(io::Error),
    /// It has its name, but whether that survives a power cut is not known.
    Unsure(io::Error),
}

/// For whoever has to stop in either case: what the system says.
impl From<CommitError> for io::Error {
    fn from(e: CommitError) -> Self {
        match e {
            CommitError::Before(e) | CommitError::Unsure(e) => e,
        }
    }
}

/// Why a redo file is not carried out: a person must decide.
pub fn edited() -> io::Error {
    let why = "the maildrop was changed while a redo file stood beside it";
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// Takes the payload of a redo file, in parts of any size.
pub struct Payload {
    file: File,
    length: u64,
    checksum: Checksum,
}

impl Payload {
    /// Appends these octets.
    pub fn push(&mut self, octets: &[u8]) -> io::Result<()> {
        self.file.write_all_at(octets, HEAD as u64 + self.length)?;
        self.length += octets.len() as u64;
        self.checksum.update(octets);
        Ok(())
    }
}

/// Commits a change of a maildrop of that size from `from` on.
///
/// # Errors
/// `Before`: nothing has happened. `Unsure`: the redo file stays, and the
/// change happens when somebody carries it out.
pub fn commit(
    notes: &Notes,
    maildrop: &File,
    (from, size): (u64, u64),
    fill: impl FnOnce(&mut Payload) -> io::Result<()>,
) -> Result<Redo, CommitError> {
    let redo = write(notes, maildrop, (from, size), fill)
        .and_then(|redo| notes.rename(Note::Tmp, Note::Redo).map(|()| redo)) // This commits.
        .map_err(|e| {
            drop(notes.remove(Note::Tmp)); // The error that matters is the first.
            CommitError::Before(e)
        })?;
    notes.sync().map_err(CommitError::Unsure)?;
    Ok(redo)
}

fn write(
    notes: &Notes,
    maildrop: &File,
    (from, size): (u64, u64),
    fill: impl FnOnce(&mut Payload) -> io::Result<()>,
) -> io::Result<Redo> {
    let mut payload = Payload { file: notes.create(Note::Tmp)?, length: 0, checksum: Checksum::new() };
    fill(&mut payload)?;
    let to = from + payload.length;
    let old = sampled(maildrop, if to < size { to } else { from }, size)?;
    let redo = Redo { file: payload.file, from, to, size, old, new: payload.checksum.value() };
    redo.file.write_all_at(&redo.encode_head(), 0)?;
    redo.file.sync_all()?;
    Ok(redo)
}

impl Redo {
    /// Opens the redo file of a change that was committed and not finished.
    ///
    /// # Errors
    /// `InvalidData` when it is not whole; else what the system says.
    pub fn open(notes: &Notes) -> io::Result<Option<Self>> {
        let not_whole = || io::Error::new(io::ErrorKind::InvalidData, "the redo file is not whole");
        let Some(opened) = notes.open(Note::Redo)? else { return Ok(None) };
        let redo = Redo::by_head(opened)?.ok_or_else(not_whole)?;
        if redo.checksum()? == redo.new { Ok(Some(redo)) } else { Err(not_whole()) }
    }

    /// The kind of a change that was committed and not finished. Only the head of
    /// the redo file is read; `None` also if that is not whole.
    pub fn kind_of(notes: &Notes) -> io::Result<Option<Kind>> {
        let Some(opened) = notes.open(Note::Redo)? else { return Ok(None) };
        Ok(Redo::by_head(opened)?.map(|redo| redo.kind()))
    }

    fn by_head((file, metadata): (File, Metadata)) -> io::Result<Option<Self>> {
        let length = metadata.len();
        let mut head = [0; HEAD];
        if length >= HEAD as u64 {
            file.read_exact_at(&mut head, 0)?;
        }
        Ok(Redo::decode_head(file, &head).filter(|r| r.payload() == length - HEAD as u64))
    }

    /// Octets of the payload.
    pub fn payload(&self) -> u64 {
        self.to - self.from
    }

    /// What the change does.
    pub fn kind(&self) -> Kind {
        if self.from == self.size {
            Kind::Append
        } else if self.to < self.size {
            Kind::Removal
        } else {
            Kind::Replacement
        }
    }

    /// Octets of the payload before its first separator line: the line ends that
    /// the maildrop lacked.
    pub fn before_separator(&self) -> io::Result<u64> {
        let mut start = [0; 4];
        let length = self.payload().min(4) as usize;
        self.file.read_exact_at(&mut start[..length], HEAD as u64)?;
        Ok(start.iter().take_while(|o| matches!(o, b'\r' | b'\n')).count() as u64)
    }

    /// Hands out the payload in parts, each with its place in it.
    pub fn each_part(&self, mut take: impl FnMut(u64, &[u8]) -> io::Result<()>) -> io::Result<()> {
        let mut at = 0;
        each_part(&self.file, HEAD as u64, HEAD as u64 + self.payload(), |part| {
            take(at, part)?;
            at += part.len() as u64;
            Ok(())
        })
    }

    /// Hands out the payload in parts for one system call each.
    pub fn each_call(&self, take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        each_part_of(limits::APPEND_BUFFER, &self.file, HEAD as u64, HEAD as u64 + self.payload(), take)
    }

    /// Not inlined: its state would lie on the stack of every login, which looks
    /// for a redo file and hardly ever finds one.
    #[inline(never)]
    fn checksum(&self) -> io::Result<u128> {
        checksum(&self.file, HEAD as u64, HEAD as u64 + self.payload())
    }

    fn encode_head(&self) -> [u8; HEAD] {
        let mut head = [0; HEAD];
        let words = [self.from, self.to, self.size].map(u64::to_le_bytes);
        let checksums = [self.old, self.new].map(u128::to_le_bytes);
        let content = [&MAGIC[..], words.as_flattened(), checksums.as_flattened()].concat();
        head[..HEAD - 16].copy_from_slice(&content);
        head[HEAD - 16..].copy_from_slice(&Checksum::of(&content).to_le_bytes());
        head
    }

    fn decode_head(file: File, head: &[u8; HEAD]) -> Option<Self> {
        let (content, its_checksum) = head.split_at(HEAD - 16);
        let word = |at: usize| content[at..].first_chunk().map(|w| u64::from_le_bytes(*w));
        let checksum = |at: usize| content[at..].first_chunk().map(|w| u128::from_le_bytes(*w));
        let (from, to, size) = (word(8)?, word(16)?, word(24)?);
        let (old, new) = (checksum(32)?, checksum(48)?);
        let whole = content.starts_with(MAGIC) && Checksum::of(content).to_le_bytes() == *its_checksum;
        (whole && from <= to && from <= size).then_some(Redo { file, from, to, size, old, new })
    }
}
