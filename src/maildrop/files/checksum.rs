//! Reading parts of a file in windows, and checksums of them.
//!
//! A checksum tells whether octets are still those that the server itself has
//! written or seen. It resists chance, not malice; what makes a message the same
//! one is in `identity`.

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
/// As [`each_part_of`].
pub fn each_part(
    file: &File,
    from: u64,
    to: u64,
    take: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    each_part_of(limits::FILE_BUFFER, file, from, to, take)
}

/// Hands out a part of a file in parts of so many octets.
///
/// # Errors
/// `UnexpectedEof` when the file is shorter; else what the system or the taker says.
pub fn each_part_of(
    octets: usize,
    file: &File,
    from: u64,
    to: u64,
    mut take: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let length = to.saturating_sub(from);
    let mut buffer = vec![0; length.min(octets as u64) as usize];
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

/// A checksum of samples of a part of a file: of all of it if it is small, else
/// of its start, its end, and of places at equal distances in between. Whoever
/// inserts or removes anything moves the octets that follow, and is found out;
/// reading a gigabyte for the same would make removing one slow.
///
/// # Errors
/// As [`checksum`].
pub fn sampled(file: &File, from: u64, to: u64) -> io::Result<u128> {
    const PLACES: u64 = 64;
    let (length, sample) = (to.saturating_sub(from), limits::SAMPLE);
    if length <= PLACES * sample {
        return checksum(file, from, to);
    }
    let mut checksum = Checksum::new();
    for place in 0..PLACES {
        let at = from + (length - sample) * place / (PLACES - 1);
        each_part(file, at, at + sample, |part| {
            checksum.update(part);
            Ok(())
        })?;
    }
    Ok(checksum.value())
}
