//! The mbox format, as its mboxrd kind has it: what separates and what quotes.
//!
//! - A separator line starts with `From ` and stands first or after an empty
//!   line. Neither it nor that empty line is part of a message.
//! - Within a message, a line of any number of `>` and then `From ` has had one
//!   `>` put in front by delivery, which is taken off again here.
//! - A line ends in LF or CRLF; a last line without an end gets one; a CR
//!   elsewhere is an ordinary octet.
//!
//! Finding the messages of a whole maildrop is done in `scan`.

use super::listing::Span;
use crate::limits;
use crate::message::Piece;
use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;

/// How a separator line starts.
pub const SEPARATOR: &[u8] = b"From ";

/// Whether a line starts with any number of `>` and then `From `: delivery
/// quotes such a line. `None`: what is seen of it does not tell yet.
fn is_from_line(start: &[u8]) -> Option<bool> {
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

/// Hands out a message line by line, as it was before it was delivered. No
/// more of it is held than [`limits::MESSAGE_BUFFER`] octets: a longer line
/// comes in parts. The taker may break off.
///
/// # Errors
/// `UnexpectedEof` when the maildrop has become shorter; `InvalidData` when no
/// separator line stands before the message any more; the taker's own.
pub fn read_lines(
    file: &File,
    message: &Span,
    mut take: impl FnMut(Piece<'_>) -> io::Result<ControlFlow<()>>,
) -> io::Result<()> {
    check_separator(file, message)?;
    let length = message.end - message.text;
    let size = usize::try_from(length).unwrap_or(usize::MAX).min(limits::MESSAGE_BUFFER);
    read_lines_through(vec![0; size], file, message, &mut take)
}

/// Hands out lines through a window of this size.
pub(super) fn read_lines_through(
    buffer: Vec<u8>,
    file: &File,
    message: &Span,
    take: &mut impl FnMut(Piece<'_>) -> io::Result<ControlFlow<()>>,
) -> io::Result<()> {
    let mut lines = Lines { buffer, filled: 0, in_line: false, owed: false };
    let mut at = message.text;
    while at < message.end {
        let room = lines.room((message.end - at) as usize);
        file.read_exact_at(room, at)?;
        let read = room.len();
        at += read as u64;
        lines.filled += read;
        if lines.hand_out(at == message.end, take)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// A look at the octets around the separator line, which must still be there.
fn check_separator(file: &File, message: &Span) -> io::Result<()> {
    let mut start = [0; SEPARATOR.len()];
    file.read_exact_at(&mut start, message.start)?;
    if start == SEPARATOR { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
}

/// A window on a message that is cut into lines.
struct Lines {
    buffer: Vec<u8>,
    filled: usize,
    /// A part of the current line has been handed out.
    in_line: bool,
    /// The parts so far were nothing but `>`, and one of them was held back
    /// because it may prove to be the quoting one.
    owed: bool,
}

impl Lines {
    fn room(&mut self, at_most: usize) -> &mut [u8] {
        let room = &mut self.buffer[self.filled..];
        let length = room.len().min(at_most);
        &mut room[..length]
    }

    fn hand_out(
        &mut self,
        is_end: bool,
        take: &mut impl FnMut(Piece<'_>) -> io::Result<ControlFlow<()>>,
    ) -> io::Result<ControlFlow<()>> {
        let mut done = 0;
        for end in memchr::memchr_iter(b'\n', &self.buffer[..self.filled]) {
            let line = &self.buffer[done..end];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            done = end + 1;
            let (in_line, owed) = (self.in_line, self.owed);
            (self.in_line, self.owed) = (false, false);
            if hand_out_last_part(line, in_line, owed, take)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        if is_end {
            let rest = &self.buffer[done..self.filled];
            if rest.is_empty() && !self.in_line {
                return Ok(ControlFlow::Continue(()));
            }
            return hand_out_last_part(rest, self.in_line, self.owed, take);
        }
        if done == 0 && self.filled == self.buffer.len() {
            done = self.hand_out_part(take)?;
        }
        self.buffer.copy_within(done..self.filled, 0);
        self.filled -= done;
        Ok(ControlFlow::Continue(()))
    }

    /// Hands out the first part of a line that fills the window, but for its
    /// last octets: they may be half a `From ` or a CR whose LF is to come.
    fn hand_out_part(
        &mut self,
        take: &mut impl FnMut(Piece<'_>) -> io::Result<ControlFlow<()>>,
    ) -> io::Result<usize> {
        let line = &self.buffer[..self.filled];
        let end = self.filled - SEPARATOR.len() - 1;
        let mut octets = &line[..end];
        match is_from_line(line) {
            Some(true) if self.owed => self.owed = false,
            Some(false) => self.owed = pay(self.owed, take)?,
            // Within a run of `>`, the one held back is as good as the first.
            None if !self.in_line && line[0] == b'>' => (octets, self.owed) = (&line[1..end], true),
            Some(true) if !self.in_line && line[0] == b'>' => octets = &line[1..end],
            None | Some(true) => {}
        }
        let piece = Piece { octets, starts: !self.in_line, ends: false };
        self.in_line = true;
        // A taker that breaks off does so at the end of a line.
        take(piece).map(|_| end)
    }
}

/// Hands out a line, or what is left of one of which parts went before.
#[inline]
fn hand_out_last_part(
    line: &[u8],
    in_line: bool,
    owed: bool,
    take: &mut impl FnMut(Piece<'_>) -> io::Result<ControlFlow<()>>,
) -> io::Result<ControlFlow<()>> {
    let mut octets = line;
    if owed {
        // The parts before were `>` only; with or without more of them, does `From ` follow?
        if !must_be_quoted(line) {
            pay(owed, take)?;
        }
    } else if !in_line && line.first() == Some(&b'>') && must_be_quoted(line) {
        octets = &line[1..];
    }
    take(Piece { octets, starts: !in_line, ends: true })
}

/// Hands out the `>` that was held back; nothing is owed afterwards.
#[cold]
fn pay(owed: bool, take: &mut impl FnMut(Piece<'_>) -> io::Result<ControlFlow<()>>) -> io::Result<bool> {
    if owed {
        take(Piece { octets: b">", starts: false, ends: false }).map(drop)?;
    }
    Ok(false)
}
