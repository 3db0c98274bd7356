//! A message that comes in for delivery: read whole before anything is locked,
//! a small one into memory, a larger one into a file without a name.

use super::files::checksum::each_part;
use crate::limits;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

/// A message as it came in.
#[derive(Debug)]
pub struct Spool {
    /// Its start, or all of it.
    start: Vec<u8>,
    /// What comes after the start.
    rest: Option<(File, u64)>,
}

impl Spool {
    /// Reads to the end of the input; `None` if there are more octets than `limit`.
    ///
    /// # Errors
    /// When the input can't be read, or the nameless file can't be made or written.
    pub fn read(
        input: &mut impl Read,
        limit: u64,
        nameless: impl FnOnce() -> io::Result<File>,
    ) -> io::Result<Option<Self>> {
        let mut start = Vec::new();
        input.take(limits::SPOOL_MEMORY as u64).read_to_end(&mut start)?;
        let mut spool = Spool { start, rest: None };
        if spool.start.len() == limits::SPOOL_MEMORY && spool.length() <= limit {
            let file = nameless()?;
            let length = copy(input, &file, limit - spool.length())?;
            spool.rest = Some((file, length));
        }
        Ok(Some(spool).filter(|spool| spool.length() <= limit))
    }

    /// Octets of the message.
    pub fn length(&self) -> u64 {
        self.start.len() as u64 + self.rest.as_ref().map_or(0, |(_, length)| *length)
    }

    /// The first octets of the message, or all of it.
    pub fn start(&self) -> &[u8] {
        &self.start
    }

    /// Hands out the message from this octet of the start on.
    pub fn each_part(&self, from: usize, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        take(&self.start[from..])?;
        match &self.rest {
            Some((file, length)) => each_part(file, 0, *length, take),
            None => Ok(()),
        }
    }
}

/// Copies the input into the file, one octet more than `limit` at most.
fn copy(input: &mut impl Read, file: &File, limit: u64) -> io::Result<u64> {
    let mut buffer = vec![0; limits::FILE_BUFFER];
    let mut length = 0;
    while length <= limit {
        match input.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => {
                file.write_all_at(&buffer[..n], length)?;
                length += n as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(length)
}
