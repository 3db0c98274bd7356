//! Reading a message: its lines as they were before it was delivered, through a
//! window on the file.
//!
//! Whole lines are handed out together, as many as the window holds, and only
//! those apart from which a quoting `>` is taken off. How lines are told apart
//! and quoted is laid down in `mbox`; how they look on the wire, in `stuffing`.

use super::{SEPARATOR, is_from_line, must_be_quoted};
use crate::limits;
use crate::maildrop::listing::Span;
use crate::protocol::message::Chunk;
use memchr::memmem::Finder;
use memchr::{memchr, memrchr};
use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;
use std::sync::LazyLock;

/// Finds what may be a quoted line.
static QUOTED: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b">From "));

/// Octets of a separator line that is read together with the message.
const SHORT_SEPARATOR: u64 = 1024;

/// Takes the chunks of a message.
trait Take: FnMut(Chunk<'_>) -> io::Result<ControlFlow<()>> {}
impl<T: FnMut(Chunk<'_>) -> io::Result<ControlFlow<()>>> Take for T {}

/// Hands out a message in pieces. No more of it is held than
/// [`limits::MESSAGE_BUFFER`] octets: a longer line comes in parts. The taker may
/// break off.
///
/// # Errors
/// `UnexpectedEof` when the maildrop has become shorter; `InvalidData` when no
/// separator line stands before the message any more; the taker's own.
pub fn read(
    file: &File,
    message: &Span,
    mut take: impl FnMut(Chunk<'_>) -> io::Result<ControlFlow<()>>,
) -> io::Result<()> {
    let length = message.end - message.start;
    let size = usize::try_from(length).unwrap_or(usize::MAX).min(limits::MESSAGE_BUFFER);
    read_through(vec![0; size], file, message, &mut take)
}

/// Hands out a message through a window of this size.
pub fn read_through(
    buffer: Vec<u8>,
    file: &File,
    message: &Span,
    take: &mut impl FnMut(Chunk<'_>) -> io::Result<ControlFlow<()>>,
) -> io::Result<()> {
    let mut window = Window { buffer, start: 0, end: 0, in_line: false, held_back: false };
    let separator = message.text - message.start;
    let mut at = message.start;
    if separator > SHORT_SEPARATOR.min(window.buffer.len() as u64) {
        let mut start = [0; SEPARATOR.len()];
        file.read_exact_at(&mut start, at)?;
        check_separator(&start)?;
        at = message.text;
    }
    while at < message.end {
        let room = window.room((message.end - at) as usize);
        file.read_exact_at(room, at)?;
        let read = room.len();
        window.end += read;
        if at == message.start {
            check_separator(&window.buffer)?;
            window.start = separator as usize;
        }
        at += read as u64;
        if window.hand_out(at == message.end, take)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// A look at the start of the separator line, which must still be there.
fn check_separator(start: &[u8]) -> io::Result<()> {
    if start.starts_with(SEPARATOR) { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
}

/// A window on a message that is cut into lines.
struct Window {
    buffer: Vec<u8>,
    /// The octets of `buffer` which are still to be handed out.
    start: usize,
    end: usize,
    /// A part of the current line has been handed out.
    in_line: bool,
    /// The parts so far were nothing but `>`, and one of them was held back
    /// because it may prove to be the quoting one.
    held_back: bool,
}

impl Window {
    fn room(&mut self, at_most: usize) -> &mut [u8] {
        let room = &mut self.buffer[self.end..];
        let length = room.len().min(at_most);
        &mut room[..length]
    }

    /// Hands out what is there, up to the last line that is there whole, or to
    /// the end of the message, and makes room.
    fn hand_out(&mut self, is_end: bool, take: &mut impl Take) -> io::Result<ControlFlow<()>> {
        let was_full = self.start == 0 && self.end == self.buffer.len();
        if self.hand_out_lines(take)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        let rest = &self.buffer[self.start..self.end];
        if is_end {
            if rest.is_empty() && !self.in_line {
                return Ok(ControlFlow::Continue(()));
            }
            return hand_out_last_part(rest, self.in_line, self.held_back, take);
        }
        if self.start == 0 && was_full {
            self.start = self.hand_out_part(take)?;
        }
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        Ok(ControlFlow::Continue(()))
    }

    fn hand_out_lines(&mut self, take: &mut impl Take) -> io::Result<ControlFlow<()>> {
        if self.in_line
            && let Some(length) = memchr(b'\n', &self.buffer[..self.end])
        {
            let line = &self.buffer[..length];
            let (in_line, held_back) = (self.in_line, self.held_back);
            (self.start, self.in_line, self.held_back) = (length + 1, false, false);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if hand_out_last_part(line, in_line, held_back, take)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        let fresh = &self.buffer[self.start..self.end];
        let lines = if self.in_line { None } else { memrchr(b'\n', fresh).map(|last| &fresh[..=last]) };
        let Some(lines) = lines else { return Ok(ControlFlow::Continue(())) };
        self.start += lines.len();
        hand_out_unquoted(lines, take)
    }

    /// Hands out the first part of a line that fills the window, but for its
    /// last octets: they may be half a `From ` or a CR whose LF is to come.
    fn hand_out_part(&mut self, take: &mut impl Take) -> io::Result<usize> {
        let line = &self.buffer[..self.end];
        let end = self.end - SEPARATOR.len() - 1;
        let mut octets = &line[..end];
        match is_from_line(line) {
            Some(true) if self.held_back => self.held_back = false,
            Some(false) => self.held_back = release_held_back(self.held_back, take)?,
            // Within a run of `>`, the one held back is as good as the first.
            None if !self.in_line && line[0] == b'>' => (octets, self.held_back) = (&line[1..end], true),
            Some(true) if !self.in_line && line[0] == b'>' => octets = &line[1..end],
            None | Some(true) => {}
        }
        let chunk = Chunk::Fragment { octets, starts: !self.in_line, ends: false };
        self.in_line = true;
        // A taker that breaks off does so at the end of a line.
        take(chunk).map(|_| end)
    }
}

/// Hands out whole lines, without the `>` that delivery has put before some.
fn hand_out_unquoted(lines: &[u8], take: &mut impl Take) -> io::Result<ControlFlow<()>> {
    let mut done = 0;
    for hit in QUOTED.find_iter(lines) {
        let line = hit - lines[..hit].iter().rev().take_while(|o| **o == b'>').count();
        if line == 0 || lines[line - 1] == b'\n' {
            if line > done && take(Chunk::Lines(&lines[done..line]))?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            done = line + 1;
        }
    }
    take(Chunk::Lines(&lines[done..]))
}

/// Hands out a line, or what is left of one of which parts went before.
fn hand_out_last_part(
    line: &[u8],
    in_line: bool,
    held_back: bool,
    take: &mut impl Take,
) -> io::Result<ControlFlow<()>> {
    let mut octets = line;
    if held_back {
        // The parts before were `>` only; with or without more of them, does `From ` follow?
        if !must_be_quoted(line) {
            release_held_back(held_back, take)?;
        }
    } else if !in_line && line.first() == Some(&b'>') && must_be_quoted(line) {
        octets = &line[1..];
    }
    take(Chunk::Fragment { octets, starts: !in_line, ends: true })
}

/// Hands out the `>` that was held back; none is held back afterwards.
#[cold]
fn release_held_back(held_back: bool, take: &mut impl Take) -> io::Result<bool> {
    if held_back {
        take(Chunk::Fragment { octets: b">", starts: false, ends: false }).map(drop)?;
    }
    Ok(false)
}
