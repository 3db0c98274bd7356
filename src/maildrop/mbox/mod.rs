//! The mbox format, as its mboxrd kind has it: what separates and what quotes.
//!
//! - A separator line starts with `From ` and stands first or after an empty
//!   line. Neither it nor that empty line is part of a message.
//! - Within a message, a line of any number of `>` and then `From ` has had one
//!   `>` put in front by delivery, which is taken off again here.
//! - A line ends in LF or CRLF; a last line without an end gets one; a CR
//!   elsewhere is an ordinary octet.
//!
//! Finding the messages of a whole maildrop is done in `scan`, handing out the
//! lines of one in `reading`.

pub mod burst;
pub mod quote;
pub mod read;

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// How a separator line starts.
pub const SEPARATOR: &[u8] = b"From ";

/// Whether a line starts with any number of `>` and then `From `: delivery
/// quotes such a line. `None`: what is seen of it does not tell yet.
pub fn is_from_line(start: &[u8]) -> Option<bool> {
    let quotes = start.iter().take_while(|o| **o == b'>').count();
    let rest = &start[quotes..];
    if rest.starts_with(SEPARATOR) {
        Some(true)
    } else if SEPARATOR.starts_with(rest) {
        None
    } else {
        Some(false)
    }
}

/// Whether delivery puts a `>` in front of this line.
pub fn must_be_quoted(line: &[u8]) -> bool {
    is_from_line(line) == Some(true)
}

/// Whether a separator line starts there, in a maildrop of this size.
pub fn separator_stands_at(maildrop: &File, at: u64, size: u64) -> io::Result<bool> {
    let mut start = [0; SEPARATOR.len()];
    let fits = at + SEPARATOR.len() as u64 <= size;
    if fits {
        maildrop.read_exact_at(&mut start, at)?;
    }
    Ok(fits && start == SEPARATOR)
}

/// Whether a message starts there, in a maildrop of this size: a separator line
/// that follows an empty line.
pub fn separator_follows_at(maildrop: &File, at: u64, size: u64) -> io::Result<bool> {
    let mut before = [0; 3];
    if at < 3 || !separator_stands_at(maildrop, at, size)? {
        return Ok(false);
    }
    maildrop.read_exact_at(&mut before, at - 3)?;
    Ok(before.ends_with(b"\n\n") || before == *b"\n\r\n")
}
