//! Appending a message: a redo file whose payload goes behind the last octet.
//!
//! So a delivery that is killed, or loses power, has happened wholly or not at
//! all. Carrying out goes through a descriptor that can only append: a writer
//! without a lock who slips in between is not overwritten.

use super::notes::Notes;
use super::redo::{self, CommitError, Payload, Redo};
use super::rewrite;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;

/// Appends what `fill` pushes to a maildrop, through a descriptor of it that is
/// open for appending. Once it returns, the octets are durable.
///
/// # Errors
/// What the system says; the maildrop is then as it was.
pub fn append(
    notes: &Notes,
    maildrop: &File,
    appender: &File,
    fill: impl FnOnce(&mut Payload) -> io::Result<()>,
) -> io::Result<()> {
    let size = maildrop.metadata()?.len();
    let end = match redo::commit(notes, maildrop, (size, size), fill) {
        Ok(redo) => {
            let end = redo.to;
            match carry_out(notes, appender, &redo, 0) {
                Ok(()) => return Ok(()),
                Err(e) => Err((e, end)),
            }
        }
        Err(CommitError::Before(e)) => return Err(e),
        Err(CommitError::Unsure(e)) => Err((e, size)),
    };
    end.map_err(|(e, end): (io::Error, u64)| match withdraw(notes, maildrop, size, end) {
        Ok(()) => e,
        Err(again) => io::Error::new(e.kind(), format!("{e}; and taking it back: {again}")),
    })
}

/// Appends the payload from this octet of it on, and forgets the redo file.
fn carry_out(notes: &Notes, mut appender: &File, redo: &Redo, from: u64) -> io::Result<()> {
    redo.each_part(from, |_, part| appender.write_all(part))?;
    appender.sync_all()?;
    rewrite::forget(notes)?;
    notes.sync()
}

/// Takes back what of a delivery lies between `size` and `end`.
fn withdraw(notes: &Notes, maildrop: &File, size: u64, end: u64) -> io::Result<()> {
    let now = maildrop.metadata()?.len();
    if now > end {
        return Err(io::Error::other("somebody appended behind it"));
    }
    if now > size {
        maildrop.set_len(size)?;
        maildrop.sync_all()?;
    }
    rewrite::forget(notes)?;
    notes.sync()
}

/// Finishes an append that was committed, whatever of it was done when it was
/// killed or lost power.
///
/// # Errors
/// What the system says; the redo file stays.
pub fn resume(notes: &Notes, maildrop: &File, redo: &Redo) -> io::Result<()> {
    let size = maildrop.metadata()?.len();
    match compare(maildrop, redo, size)? {
        Found::Nothing => redo.each_part(0, |at, part| maildrop.write_all_at(part, size + at))?,
        Found::Part => redo.each_part(0, |at, part| maildrop.write_all_at(part, redo.from + at))?,
        Found::All => {}
    }
    maildrop.sync_all()?;
    rewrite::forget(notes)?;
    notes.sync()
}

/// What stands behind the old end of the maildrop.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    /// Nothing, or somebody else's mail: the payload goes behind it.
    Nothing,
    /// A part of the payload, perhaps with zeros where a power cut has left them.
    Part,
    /// The payload, perhaps with somebody else's mail before or behind it.
    All,
}

fn compare(maildrop: &File, redo: &Redo, size: u64) -> io::Result<Found> {
    let payload = redo.payload();
    let stands_at = |at| -> io::Result<bool> { Ok(differences(maildrop, redo, at, at + payload)?.is_none()) };
    if size >= redo.from + payload && (stands_at(redo.from)? || stands_at(size - payload)?) {
        return Ok(Found::All);
    }
    if size <= redo.from || size > redo.to {
        return Ok(Found::Nothing);
    }
    let only_zeros = differences(maildrop, redo, redo.from, size)?.unwrap_or(true);
    Ok(if only_zeros { Found::Part } else { Found::Nothing })
}

/// Compares octets of the maildrop with as many from the start of the payload:
/// `None` if they are the same, else whether it is zeros that stand in place of
/// something else everywhere.
fn differences(maildrop: &File, redo: &Redo, from: u64, to: u64) -> io::Result<Option<bool>> {
    let mut differ = None;
    let mut here = Vec::new();
    redo.each_part(0, |at, part| {
        let part = &part[..part.len().min((to - from).saturating_sub(at) as usize)];
        here.resize(part.len(), 0);
        maildrop.read_exact_at(&mut here, from + at)?;
        if here != part {
            let zeros = here.iter().zip(part).all(|(h, p)| h == p || *h == 0);
            differ = Some(zeros && differ.unwrap_or(true));
        }
        Ok(())
    })?;
    Ok(differ)
}
