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

use super::rewrite;
use super::{Redo, edited};
use crate::maildrop::change;
use crate::maildrop::files::checksum::{each_part, sampled};
use crate::maildrop::files::control_files::Notes;
use crate::maildrop::mbox::burst;
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
        return match burst::first_separator(maildrop, redo.to, size) {
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
    let whole = change::commit(notes, maildrop, (redo.from, size), |payload| {
        redo.each_part(|_, part| payload.push(part))?;
        each_part(maildrop, redo.size, size, |part| payload.push(part))
    })?;
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::super::recovery;
    use super::*;
    use crate::protocol::credentials::UserName;
    use std::path::PathBuf;
    use std::{env, fs, process};

    const MAIL: &[u8] = b"From a\nold\n\n";
    const THEIRS: &[u8] = b"From b\nfrom somebody else\n\n";

    /// What a recovery makes of these octets with a committed change of a maildrop:
    /// what stood in it, and what was to come there instead of its first octets.
    fn recovered(old: &[u8], (replaced, payload): (usize, &[u8]), found: &[u8]) -> io::Result<Vec<u8>> {
        let place = env::temp_dir().join(format!("pop1081-replace-{}-{:p}", process::id(), &raw const found));
        fs::create_dir(&place)?;
        let cleared = Cleared(place.clone());
        let path = place.join("u");
        fs::write(&path, old)?;
        let notes = Notes::new(&place, &UserName::new(b"u").unwrap());
        notes.open_lock()?;
        let maildrop = File::options().read(true).write(true).open(&path)?;
        change::commit(&notes, &maildrop, (0, replaced as u64), |p| p.push(payload)).unwrap();
        maildrop.set_len(0)?;
        maildrop.write_all_at(found, 0)?;
        let done = recovery::recover(&notes, &maildrop);
        let after = fs::read(&path)?;
        assert_eq!(Redo::open(&notes)?.is_none(), done.is_ok());
        assert!(done.is_ok() || after == found, "refused, and touched");
        drop(cleared);
        done.map(|_| after)
    }

    struct Cleared(PathBuf);

    impl Drop for Cleared {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_line_that_fits_comes_into_its_place() {
        let old = [b"secret\n", MAIL].concat();
        let new = [b"pw\n\n\n\n\n", MAIL].concat();
        for first in [&b"secret\n"[..], b"pw\n\n\n\n\n", b"pw\nret\n", b"secr\n\n\n"] {
            for behind in [&[][..], THEIRS] {
                let found = [first, MAIL, behind].concat();
                let after = recovered(&old, (7, &new[..7]), &found).unwrap();
                assert_eq!(after, [&new[..], behind].concat(), "{found:?}");
            }
        }
        for edited in [&b"longer secret\nFrom a\nold\n\n"[..], b"pw\n", b""] {
            assert!(recovered(&old, (7, &new[..7]), edited).is_err(), "{edited:?}");
        }
    }

    /// By one octet and by many, and whatever others have appended, an empty line in
    /// front or not.
    #[test]
    fn a_line_that_needs_room_moves_the_messages() {
        let old = [b"secret\n", MAIL].concat();
        for line in [&b"secret2\n"[..], b"a much longer secret than before\n"] {
            let new = [line, MAIL].concat();
            let room = new.len() - old.len();
            let zeros = vec![0; room];
            let half = [&new[old.len()..][..room / 2], &vec![0; room - room / 2]].concat();
            let mixture = [&new[..5], &old[5..9], &new[9..old.len()]].concat();
            let same = old.len();
            for behind in [&b""[..], THEIRS, b"\n", b"\nFrom c\n\n"] {
                for found in [
                    [&old[..], behind].concat(),
                    [&old, &zeros, behind].concat(),
                    [&mixture, &zeros, behind].concat(),
                    [&new[..same], &zeros, behind].concat(),
                    [&new[..same], &half, behind].concat(),
                    [&new[..], behind].concat(),
                ] {
                    let after = recovered(&old, (same, &new), &found).unwrap();
                    assert_eq!(after, [&new[..], behind].concat(), "{found:?}");
                }
            }
            for edited in [&old[1..], &[&old[..9], b"x", &old[9..]].concat(), b"x"] {
                assert!(recovered(&old, (same, &new), edited).is_err(), "{edited:?}");
            }
        }
    }
}
