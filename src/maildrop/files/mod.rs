//! Whether a file is what it was: its stamp, which is what the file system says of it, and
//! checksums of its octets. The files of a user beside the maildrop are in `control_files`.
//!
//! A checksum tells whether octets are still those that the server itself has written or
//! seen. It resists chance, not malice; what makes a message the same one is its digest,
//! in `mbox::burst`.

pub mod control_files;

use crate::limits;
use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::time::{Duration, SystemTime};
use xxhash_rust::xxh3::Xxh3;

/// Whether the disk has no space left, or the owner of the files none of it.
pub fn is_full(e: &io::Error) -> bool {
    matches!(e.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// What the disk says, for a person; and what helps if it is full.
pub fn sentence(e: &io::Error) -> String {
    if is_full(e) { "the disk is full; free some space and try again".to_owned() } else { e.to_string() }
}

/// What a file system says of a file: if nothing of it has changed, the file
/// has not, but for changes within one tick of the clock.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Stamp {
    pub device: u64,
    pub inode: u64,
    pub size: u64,
    pub modified: (u64, u64),
    pub changed: (u64, u64),
}

impl Stamp {
    /// Whether a change that came after the clock showed `now` would show in the stamp:
    /// file systems take their times from a clock that ticks slowly.
    pub fn is_settled(&self, now: SystemTime) -> bool {
        let (seconds, nanoseconds) = self.modified.max(self.changed);
        let latest = SystemTime::UNIX_EPOCH.checked_add(Duration::new(seconds, nanoseconds as u32));
        let since = latest.and_then(|latest| now.duration_since(latest).ok());
        since.is_some_and(|since| since > limits::CLOCK_GRAIN)
    }

    /// The stamp of a file.
    pub fn of(file: &File) -> io::Result<Self> {
        Ok(Stamp::from(&file.metadata()?))
    }

    /// Whether this is the same file, whatever was done to it.
    pub fn is_same_file(&self, other: &Stamp) -> bool {
        (other.device, other.inode) == (self.device, self.inode)
    }

    /// Whether the path still leads to the file of this stamp.
    pub fn stands_at(&self, path: &Path) -> io::Result<bool> {
        Ok(found(fs::symlink_metadata(path))?.is_some_and(|there| self.is_same_file(&Stamp::from(&there))))
    }
}

impl From<&Metadata> for Stamp {
    fn from(m: &Metadata) -> Self {
        Stamp {
            device: m.dev(),
            inode: m.ino(),
            size: m.size(),
            modified: (m.mtime() as u64, m.mtime_nsec() as u64),
            changed: (m.ctime() as u64, m.ctime_nsec() as u64),
        }
    }
}

/// What has come of a call; `None` if there is no such file.
pub fn found<T>(called: io::Result<T>) -> io::Result<Option<T>> {
    match called {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

/// A checksum of octets that come in parts of any size.
#[derive(Clone)]
pub struct Checksum(Xxh3);

impl Checksum {
    /// The checksum of nothing yet.
    pub fn new() -> Self {
        Checksum(Xxh3::new())
    }

    /// Takes in the next octets.
    pub fn update(&mut self, octets: &[u8]) {
        self.0.update(octets);
    }

    /// The checksum of all that was taken in.
    pub fn value(&self) -> u128 {
        self.0.digest128()
    }

    /// The checksum of these octets.
    pub fn of(octets: &[u8]) -> u128 {
        xxhash_rust::xxh3::xxh3_128(octets)
    }
}

/// Hands out a part of a file in parts of [`limits::FILE_BUFFER`].
///
/// # Errors
/// `UnexpectedEof` when the file is shorter; else what the system or the taker says.
pub fn each_part(
    file: &File,
    from: u64,
    to: u64,
    mut take: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let length = to.saturating_sub(from);
    let mut buffer = vec![0; length.min(limits::FILE_BUFFER as u64) as usize];
    let mut at = from;
    while at < to {
        let part = (to - at).min(buffer.len() as u64) as usize;
        file.read_exact_at(&mut buffer[..part], at)?;
        take(&buffer[..part])?;
        at += part as u64;
    }
    Ok(())
}

/// The checksum of a part of a file.
///
/// # Errors
/// `UnexpectedEof` when the file is shorter; else what the system says.
pub fn checksum(file: &File, from: u64, to: u64) -> io::Result<u128> {
    let mut checksum = Checksum::new();
    each_part(file, from, to, |part| {
        checksum.update(part);
        Ok(())
    })?;
    Ok(checksum.value())
}

/// A checksum of both ends of a part of a file, of all of it if it is small. Whoever
/// inserts or removes anything in between moves the end; reading a gigabyte for the
/// same would make removing one slow.
///
/// # Errors
/// As [`checksum`].
pub fn checksum_of_ends(file: &File, from: u64, to: u64) -> io::Result<u128> {
    let end = limits::SAMPLE;
    if to.saturating_sub(from) <= 2 * end {
        return checksum(file, from, to);
    }
    Ok(checksum(file, from, from + end)? ^ checksum(file, to - end, to)?.rotate_left(1))
}

#[cfg(test)]
#[path = "../../../tests/unit/maildrop/files.rs"]
mod tests;
