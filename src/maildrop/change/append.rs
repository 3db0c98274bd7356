//! Appending a message: a redo file whose payload goes behind the last octet.
//!
//! So a delivery that is killed, or loses power, has happened wholly or not at
//! all. Carrying out goes through a descriptor that can only append: a writer
//! without a lock who slips in between is not overwritten.

use super::rewrite;
use super::{CommitError, Payload, Redo};
use crate::limits;
use crate::maildrop::change;
use crate::maildrop::files::checksum::each_part;
use crate::maildrop::files::control_files::Notes;
use crate::maildrop::mbox;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;

/// Appends what `fill` pushes to a maildrop of that size, through a descriptor
/// of it that is open for appending. Once it returns `true`, the octets are
/// durable. `false`: a writer without a lock was faster, and nothing was appended.
///
/// # Errors
/// What the system says; the maildrop is then as it was.
pub fn append(
    notes: &Notes,
    maildrop: &File,
    appender: &File,
    size: u64,
    fill: impl FnOnce(&mut Payload) -> io::Result<()>,
) -> io::Result<bool> {
    let (e, end) = match change::commit(notes, maildrop, (size, size), fill) {
        Err(CommitError::Before(e)) => return Err(e),
        Err(CommitError::Unsure(e)) => (e, size),
        Ok(redo) => match carry_out(notes, maildrop, appender, &redo) {
            Ok(alone) => return Ok(alone),
            Err(e) => (e, redo.to),
        },
    };
    Err(match withdraw(notes, maildrop, size, end) {
        Ok(()) => e,
        Err(again) => io::Error::new(e.kind(), format!("{e}; and taking it back: {again}")),
    })
}

/// Appends the payload, and forgets the redo file; does only that, and returns
/// `false`, if somebody has appended meanwhile.
fn carry_out(notes: &Notes, maildrop: &File, mut appender: &File, redo: &Redo) -> io::Result<bool> {
    let mut alone = None;
    redo.each_call(|part| {
        // As in step 6 of UPDATE: a look at the size, and the very next call appends.
        let size = maildrop.metadata()?.len();
        if *alone.get_or_insert(size == redo.size) { appender.write_all(part) } else { Ok(()) }
    })?;
    let alone = alone.unwrap_or(true);
    if alone {
        appender.sync_all()?;
    }
    rewrite::forget(notes)?;
    notes.sync()?;
    Ok(alone)
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
/// killed or lost power. If somebody has appended to half of it, that half is
/// taken away: nobody was told that the message is delivered.
///
/// # Errors
/// What the system says; the redo file stays.
pub fn resume(notes: &Notes, maildrop: &File, redo: &Redo) -> io::Result<()> {
    let size = maildrop.metadata()?.len();
    match compare(maildrop, redo, size)? {
        Found::Nothing => redo.each_part(|at, part| maildrop.write_all_at(part, size + at))?,
        Found::Part => redo.each_part(|at, part| maildrop.write_all_at(part, redo.from + at))?,
        Found::All => {}
        Found::Half { from, to } => return take_away(notes, maildrop, from, (to, size)),
    }
    maildrop.sync_all()?;
    rewrite::forget(notes)?;
    notes.sync()
}

/// Removes what lies from `from` on, up to somebody else's mail behind it.
fn take_away(notes: &Notes, maildrop: &File, from: u64, (mail, size): (u64, u64)) -> io::Result<()> {
    let keep = |payload: &mut Payload| each_part(maildrop, mail, size, |part| payload.push(part));
    let redo = change::commit(notes, maildrop, (from, size), keep)?;
    rewrite::carry_out(notes, maildrop, redo)?;
    rewrite::forget(notes)?;
    notes.sync()
}

/// What stands behind the old end of the maildrop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Found {
    /// Nothing, or somebody else's mail: the payload goes behind it.
    Nothing,
    /// The payload or its start, perhaps with zeros where a power cut has left them.
    Part,
    /// The payload, perhaps with somebody else's mail before or behind it.
    All,
    /// The start of the payload, from its separator line on, and then somebody
    /// else's mail.
    Half { from: u64, to: u64 },
}

/// A write that a kill has cut short ends at a page of the file.
const PAGE: u64 = 4096;

fn compare(maildrop: &File, redo: &Redo, size: u64) -> io::Result<Found> {
    let payload = redo.payload();
    let all_at = |at| -> io::Result<bool> { Ok(alike(maildrop, redo, at, size)?.0 == payload) };
    if size >= redo.from + payload && (all_at(redo.from)? || all_at(size - payload)?) {
        return Ok(Found::All);
    }
    if size <= redo.from {
        return Ok(Found::Nothing);
    }
    let (same, same_or_zero) = alike(maildrop, redo, redo.from, size)?;
    if same_or_zero == payload.min(size - redo.from) {
        return Ok(Found::Part);
    }
    let separator = redo.from + redo.before_separator()?;
    let after_call = same - same % limits::APPEND_BUFFER as u64;
    let after_page = same.saturating_sub((redo.from + same) % PAGE);
    for half in [after_call, after_page].map(|half| redo.from + half) {
        if half > separator && mbox::separator_stands_at(maildrop, half, size)? {
            return Ok(Found::Half { from: separator, to: half });
        }
    }
    Ok(Found::Nothing)
}

/// How many octets of the maildrop from there on are those that the payload
/// starts with, and how many are those or zeros.
fn alike(maildrop: &File, redo: &Redo, from: u64, size: u64) -> io::Result<(u64, u64)> {
    let (mut same, mut same_or_zero) = (None, None);
    let mut here = Vec::new();
    redo.each_part(|at, part| {
        let part = &part[..part.len().min((size - from).saturating_sub(at) as usize)];
        here.resize(part.len(), 0);
        maildrop.read_exact_at(&mut here, from + at)?;
        let first = |differs: &dyn Fn(&u8, &u8) -> bool| {
            let place = here.iter().zip(part).position(|(h, p)| differs(h, p));
            place.map(|place| at + place as u64)
        };
        same = same.or_else(|| first(&|h, p| h != p));
        same_or_zero = same_or_zero.or_else(|| first(&|h, p| h != p && *h != 0));
        Ok(())
    })?;
    let whole = redo.payload().min(size - from);
    Ok((same.unwrap_or(whole), same_or_zero.unwrap_or(whole)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::credentials::UserName;
    use std::path::{Path, PathBuf};
    use std::{env, fs, process};

    const OLD: &[u8] = b"pw\nFrom a\nold\n\n";

    struct Place(PathBuf);

    impl Place {
        fn new(name: &str) -> Self {
            let directory = env::temp_dir().join(format!("pop1081-append-{name}-{}", process::id()));
            fs::create_dir(&directory).unwrap();
            Place(directory)
        }

        fn path(&self) -> &Path {
            &self.0
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn message() -> Vec<u8> {
        message_of(9_000)
    }

    fn message_of(lines: usize) -> Vec<u8> {
        let lines = b"a line of the message that was being delivered\n".repeat(lines);
        [&b"From b\n"[..], &lines, b"\n"].concat()
    }

    /// The maildrop after a recovery that finds `behind` behind the old end,
    /// with a committed delivery of `message`.
    fn recovered(name: &str, behind: &[u8]) -> Vec<u8> {
        recovered_of(&message(), name, behind)
    }

    fn recovered_of(message: &[u8], name: &str, behind: &[u8]) -> Vec<u8> {
        let place = Place::new(name);
        let path = place.path().join("u");
        fs::write(&path, OLD).unwrap();
        let notes = Notes::new(place.path(), &UserName::new(b"u").unwrap());
        notes.open_lock().unwrap();
        let maildrop = File::options().read(true).write(true).open(&path).unwrap();
        let size = OLD.len() as u64;
        change::commit(&notes, &maildrop, (size, size), |payload| payload.push(message)).unwrap();
        maildrop.write_all_at(behind, size).unwrap();
        let redo = Redo::open(&notes).unwrap().unwrap();
        resume(&notes, &maildrop, &redo).unwrap();
        assert!(Redo::open(&notes).unwrap().is_none());
        fs::read(&path).unwrap()
    }

    #[test]
    fn whatever_was_done_of_it_the_message_is_there_once() {
        let whole = [OLD, &message()].concat();
        let page = 4096 - OLD.len();
        for done in [0, 3, 5, page, 2 * page, message().len()] {
            assert_eq!(recovered(&format!("done{done}"), &message()[..done]), whole, "{done}");
        }
        let torn = [&message()[..page], &vec![0; 9000][..]].concat();
        assert_eq!(recovered("torn", &torn), whole);
        assert_eq!(recovered("zeros", &vec![0; message().len()]), whole);
    }

    #[test]
    fn mail_of_others_stays_whole() {
        let theirs = b"From c\nfrom somebody else\n\n";
        let alike = [&message()[..300], b"\nfrom somebody else\n\n"].concat();
        for theirs in [&theirs[..], &alike] {
            assert_eq!(recovered("alone", theirs), [OLD, theirs, &message()].concat());
            let behind = [&message(), theirs].concat();
            assert_eq!(recovered("behind", &behind), [OLD, &message(), theirs].concat());
            let before = [theirs, &message()].concat();
            assert_eq!(recovered("before", &before), [OLD, theirs, &message()].concat());
        }
        let half = [&message()[..4096 - OLD.len()], theirs].concat();
        assert_eq!(recovered("page", &half), [OLD, theirs].concat());
        let long = message_of(limits::APPEND_BUFFER / 40);
        let half = [&long[..limits::APPEND_BUFFER], theirs].concat();
        assert_eq!(recovered_of(&long, "call", &half), [OLD, theirs].concat());
    }
}
