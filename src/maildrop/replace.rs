//! Carrying out a redo file that gives a maildrop another line one.
//!
//! Its payload is line one and empty lines up to the first message; or, if line
//! one needs more room than it had, the whole maildrop, which so becomes longer.
//! What lies behind the old end, mail that came meanwhile, is never overwritten:
//! the room is made with one call, right after a look at the size, and is full of
//! zeros, as no mail begins. The order of the steps, with a flush after each, tells
//! after a crash how far it came:
//!
//! | the first octets, as many as it was long | the room behind them | so | to be done |
//! |---|---|---|---|
//! | old | none, or mail of others | nothing was done | the room is made; that mail is taken in before |
//! | any mixture | zeros | the room was made | the first octets are written |
//! | new | zeros and new octets | they were written | the room is filled |
//! | anything else | | somebody edited | refused; a person decides |

use super::parts::{each_part, sampled};
use super::redo::{self, CommitError, Redo};
use super::{notes::Notes, rewrite, scan};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

/// Makes the maildrop what the redo file says, whatever of it was done before,
/// and forgets the redo file.
///
/// # Errors
/// `InvalidData` when somebody has changed the maildrop otherwise; else what the
/// system says. The redo file stays.
pub fn finish(notes: &Notes, maildrop: &File, mut redo: Redo) -> io::Result<()> {
    while !has_room(maildrop, &redo)? {
        if sampled(maildrop, redo.from, redo.size)? != redo.old {
            return Err(edited());
        }
        let size = maildrop.metadata()?.len();
        if size > redo.size {
            redo = take_in_tail(notes, maildrop, &redo, size)?;
        } else {
            maildrop.set_len(redo.to)?;
            maildrop.sync_all()?;
        }
    }
    let payload = 0..redo.payload();
    let (first, room) = (payload.start..redo.size - redo.from, redo.size - redo.from..payload.end);
    write(maildrop, &redo, &first)?;
    write(maildrop, &redo, &room)?;
    rewrite::forget(notes)?;
    notes.sync()
}

/// Whether the maildrop has room for the payload behind which nothing is lost.
fn has_room(maildrop: &File, redo: &Redo) -> io::Result<bool> {
    let size = maildrop.metadata()?.len();
    if size < redo.size {
        return Err(edited());
    }
    if redo.to == redo.size {
        // Nothing moves; but the messages must still begin there.
        return match scan::first_separator(maildrop, redo.to, size) {
            Err(e) if e.kind() == io::ErrorKind::InvalidData => Err(edited()),
            other => other.map(|_| true),
        };
    }
    if size < redo.to {
        return Ok(false);
    }
    let mut zeros = true;
    each_part(maildrop, redo.size, redo.to, |part| {
        zeros &= part.iter().all(|octet| *octet == 0);
        Ok(())
    })?;
    Ok(zeros || is_being_filled(maildrop, redo)?)
}

/// Whether the first octets are new, and the room has new octets and zeros.
fn is_being_filled(maildrop: &File, redo: &Redo) -> io::Result<bool> {
    let first = redo.size - redo.from;
    let mut here = Vec::new();
    let mut filled = true;
    redo.each_part(|at, part| {
        if filled {
            here.resize(part.len(), 0);
            maildrop.read_exact_at(&mut here, redo.from + at)?;
            let fits = |(place, (h, p)): (u64, (&u8, &u8))| h == p || (*h == 0 && place >= first);
            filled = here == part || (at..).zip(here.iter().zip(part)).all(fits);
        }
        Ok(())
    })?;
    Ok(filled)
}

/// Writes this range of the payload to its place, durable.
fn write(maildrop: &File, redo: &Redo, range: &Range<u64>) -> io::Result<()> {
    if range.is_empty() {
        return Ok(());
    }
    redo.each_part(|at, part| {
        let place = |edge: u64| edge.saturating_sub(at).min(part.len() as u64) as usize;
        let (start, end) = (place(range.start), place(range.end));
        maildrop.write_all_at(&part[start..end], redo.from + at + start as u64)
    })?;
    maildrop.sync_all()
}

/// A new redo file, for this payload and the octets that were appended before
/// there was room for it.
fn take_in_tail(notes: &Notes, maildrop: &File, redo: &Redo, size: u64) -> io::Result<Redo> {
    redo::commit(notes, maildrop, (redo.from, size), |payload| {
        redo.each_part(|_, part| payload.push(part))?;
        each_part(maildrop, redo.size, size, |part| payload.push(part))
    })
    .map_err(|e| match e {
        CommitError::Before(e) | CommitError::Unsure(e) => e,
    })
}

fn edited() -> io::Error {
    let why = "the maildrop was changed while a redo file stood beside it";
    io::Error::new(io::ErrorKind::InvalidData, why)
}
