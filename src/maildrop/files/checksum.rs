//! Reading parts of a file in windows, and checksums of them.
//!
//! A checksum tells whether octets are still those that the server itself has
//! written or seen. It resists chance, not malice; what makes a message the same
//! one is its digest, in `mbox::burst`.

use crate::limits;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use xxhash_rust::xxh3::Xxh3;

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
