//! Looking at a maildrop without opening it: nothing is written, nothing is made
//! good, and the session lock is not needed. For `pop1081 check` and `user list`.

use super::change::IntentFile;
use super::contents::Contents;
use super::files::Stamp;
use super::files::control_files::{ControlFile, ControlFiles};
use super::lock::WriteLock;
use super::mbox::SEPARATOR;
use super::mbox::burst;
use super::sidecar::{Sidecar, Verdict};
use crate::limits;
use crate::protocol::credentials::UserName;
use crate::protocol::message::Totals;
use crate::users::Account;
use memchr::memchr_iter;
use memchr::memmem::Finder;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// What is not as it should be in a maildrop.
#[derive(Debug, Default)]
pub struct Inspection {
    /// A change was left unfinished; the next who opens the maildrop sees to it.
    pub unfinished: bool,
    /// The line of a text before the first separator line.
    pub misplaced: Option<u64>,
    /// At most one of each oddity.
    pub odd_lines: Vec<OddLines>,
    /// The sidecar says that it describes the maildrop as it is now, and it
    /// does not.
    pub sidecar_lies: bool,
}

/// What a line that begins with `From ` may be, other than the separator line that
/// a delivery writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Oddity {
    /// It separates, as it follows an empty line, but does not say when the
    /// message came.
    NoDate,
    /// It says so, but does not separate.
    NoEmptyLine,
    /// It is text that a delivery would have quoted.
    NotQuoted,
}

/// Lines of one oddity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OddLines {
    pub oddity: Oddity,
    /// The first of them, counted from 1.
    pub line: u64,
    pub count: u64,
}

/// Looks at the maildrop in this file, in which line one has so many octets, with
/// the write lock held as long as that takes. `None`: somebody else has held it
/// for longer than a login waits.
///
/// # Errors
/// `UnexpectedEof` when a program that does not lock makes it shorter meanwhile;
/// else what the system says.
pub fn inspect(users: &Path, name: &UserName, file: &File, line_one: u64) -> io::Result<Option<Inspection>> {
    let Some(_writing) = WriteLock::take(file, limits::LOGIN_LOCK_WAIT)? else { return Ok(None) };
    let files = ControlFiles::new(users, name);
    if is_unfinished(&files)? {
        // Half of that change may be made: what the maildrop looks like says nothing.
        return Ok(Some(Inspection { unfinished: true, ..Inspection::default() }));
    }
    let stamp = Stamp::of(file)?;
    if let Some(line) = misplaced_line(file, line_one, stamp.size)? {
        return Ok(Some(Inspection { misplaced: Some(line), ..Inspection::default() }));
    }
    let odd_lines = odd_lines(file, line_one, stamp.size)?;
    let sidecar_lies = sidecar_lies(&files, file, line_one, &stamp)?;
    Ok(Some(Inspection { odd_lines, sidecar_lies, ..Inspection::default() }))
}

/// Messages and octets of a maildrop as a login would find them now, with the write
/// lock held as long as that takes.
///
/// # Errors
/// `InvalidData` when a login would be refused; `WouldBlock` when somebody has been
/// writing to it for longer than a login waits; else what the system says.
pub fn drop_listing(account: &Account) -> io::Result<Totals> {
    let Some(_writing) = WriteLock::take(&account.file, limits::LOGIN_LOCK_WAIT)? else {
        return Err(io::Error::new(io::ErrorKind::WouldBlock, "somebody is writing to it"));
    };
    let files = ControlFiles::new(&account.directory, &account.name);
    if is_unfinished(&files)? {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a change of it was left unfinished"));
    }
    let stamp = Stamp::of(&account.file)?;
    Ok(Contents::determine(&files, &account.file, account.line_one, &stamp)?.drop_listing())
}

fn is_unfinished(files: &ControlFiles) -> io::Result<bool> {
    let Some((lock, _)) = files.open(ControlFile::Lock)? else { return Ok(false) };
    Ok(IntentFile(lock).pending()?.is_some())
}

/// The number of a line that stands where the first separator line should, in a
/// maildrop of this size.
///
/// # Errors
/// As [`inspect`].
pub fn misplaced_line(file: &File, line_one: u64, size: u64) -> io::Result<Option<u64>> {
    match burst::first_separator(file, line_one, size) {
        Err(e) if e.kind() == io::ErrorKind::InvalidData => {
            burst::after_blank_lines(file, line_one, size).map(|(_, line)| Some(line))
        }
        other => other.map(|_| None),
    }
}

fn sidecar_lies(files: &ControlFiles, file: &File, line_one: u64, stamp: &Stamp) -> io::Result<bool> {
    let Some(sidecar) = Sidecar::open(files)? else { return Ok(false) };
    if sidecar.judge(file, stamp)? != Verdict::Believed {
        return Ok(false);
    }
    let Some(listing) = sidecar.listing(0) else { return Ok(true) };
    let first = burst::first_separator(file, line_one, stamp.size)?;
    let mut noted = listing.messages.iter().map(|message| message.span);
    let mut same = true;
    burst::burst(file, first, stamp.size, |span| same &= noted.next() == Some(span))?;
    Ok(!same || noted.next().is_some())
}

fn odd_lines(file: &File, line_one: u64, size: u64) -> io::Result<Vec<OddLines>> {
    let mut found: Vec<OddLines> = Vec::new();
    from_lines(vec![0; limits::FILE_BUFFER], file, line_one, size, |line, after_empty, text| {
        let oddity = match (after_empty, says_when(text)) {
            (true, true) => return,
            (true, false) => Oddity::NoDate,
            (false, true) => Oddity::NoEmptyLine,
            (false, false) => Oddity::NotQuoted,
        };
        match found.iter_mut().find(|odd| odd.oddity == oddity) {
            Some(odd) => odd.count += 1,
            None => found.push(OddLines { oddity, line, count: 1 }),
        }
    })?;
    found.sort_by_key(|odd| odd.line);
    Ok(found)
}

/// Octets of a line that are looked at; what comes after the date does not matter.
const LOOK: usize = 256;

/// Octets before a line: an empty line and the end of the line before it.
const CONTEXT: usize = 3;

/// Hands out each line that begins with `From `, through this window: its number,
/// whether it separates, and its first octets. Line two starts at `line_one`.
fn from_lines(
    mut window: Vec<u8>,
    file: &File,
    line_one: u64,
    size: u64,
    mut take: impl FnMut(u64, bool, &[u8]),
) -> io::Result<()> {
    let from_line = Finder::new(SEPARATOR);
    // The window begins `seen` octets before what was not looked at yet.
    let (mut at, mut filled, mut seen, mut line) = (line_one, 0, 0, 2);
    let mut first = true;
    while at < size {
        let wanted = (size - at).min((window.len() - filled) as u64) as usize;
        file.read_exact_at(&mut window[filled..filled + wanted], at)?;
        (at, filled) = (at + wanted as u64, filled + wanted);
        let end = if at == size { filled } else { filled - LOOK };
        let mut counted = seen;
        for hit in from_line.find_iter(&window[seen..filled.min(end + SEPARATOR.len() - 1)]) {
            let start = seen + hit;
            let before = &window[..start];
            let starts_line = before.ends_with(b"\n") || (before.is_empty() && first);
            if !starts_line {
                continue;
            }
            line += memchr_iter(b'\n', &window[counted..start]).count() as u64;
            counted = start;
            let in_front = first && before.iter().all(|o| matches!(o, b'\r' | b'\n'));
            let separates = in_front || before.ends_with(b"\n\n") || before.ends_with(b"\n\r\n");
            let look = &window[start..filled.min(start + LOOK)];
            take(line, separates, look.split(|o| *o == b'\n').next().unwrap_or(look));
        }
        line += memchr_iter(b'\n', &window[counted..end]).count() as u64;
        let kept = end.saturating_sub(CONTEXT);
        window.copy_within(kept..filled, 0);
        (filled, seen) = (filled - kept, end - kept);
        first &= kept == 0;
    }
    Ok(())
}

/// Whether there is a day of the week and a time of day after `From ` and whoever
/// sent it, as in all separator lines that mail programs write.
fn says_when(line: &[u8]) -> bool {
    const DAYS: [&[u8]; 7] = [b"Sun", b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat"];
    let mut words = line.split(u8::is_ascii_whitespace).skip(2);
    let is_day = |word: &[u8]| DAYS.contains(&word.strip_suffix(b",").unwrap_or(word));
    let is_time = |word: &[u8]| word.windows(3).any(|w| matches!(w, [b'0'..=b'9', b':', b'0'..=b'9']));
    words.any(is_day) && words.any(is_time)
}

#[cfg(test)]
#[path = "../../tests/unit/maildrop/inspect.rs"]
mod tests;
