//! Putting a maildrop back to a master copy: its mail becomes that of another file, and
//! nobody has retrieved anything. Line one stays, and so does the inode.
//!
//! It is one change: mail that is shorter than before is a removal that brings it in,
//! other mail comes with line one into the place of the first octets. So a crash at
//! any moment leaves the mail of before, or that of the master copy.

use super::change::remove::{Removal, Removed};
use super::change::{ChangeError, Target, line_one};
use super::contents;
use super::files::control_files::{ControlFile, ControlFiles};
use super::files::each_part;
use super::lock::{SessionLock, WriteLock};
use super::mbox::burst;
use super::open::Refusal;
use super::user::{AccountError, begin, end};
use crate::limits;
use crate::users::Account;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

/// Gives a user the mail of a master copy in place of all there is, and forgets the marks of
/// RETR. Once it returns, that is durable.
///
/// # Errors
/// The [`AccountError`]. The marks may be gone although the mail is as it was.
pub fn reset(account: &Account, master: &Account) -> Result<(), AccountError> {
    let files = ControlFiles::new(&account.directory, &account.name);
    let session = SessionLock::take(&files)?.ok_or(Refusal::InUse)?;
    let target = session.target(&account.file, &account.path);
    let _writing = WriteLock::take(&account.file, limits::UPDATE_LOCK_WAIT)?.ok_or(Refusal::BeingWritten)?;
    let _reading = WriteLock::take(&master.file, limits::LOGIN_LOCK_WAIT)?.ok_or(Refusal::BeingWritten)?;
    let mail = mail_of(master)?;
    // First, and durable: else a message that comes back would bring its mark with it.
    files.remove_durably(&[ControlFile::State])?;
    for _ in 0..limits::REOPENINGS {
        let size = begin(target, account)?.ok_or(Refusal::Replaced)?;
        match put(target, account, size, (master, &mail))? {
            Removed::Made => return end(target),
            Removed::Replaced => return Err(Refusal::Replaced.into()),
            Removed::TooLate => {}
        }
    }
    Err(io::Error::other("others write to the maildrop again and again").into())
}

/// Where the messages of a master copy lie.
fn mail_of(master: &Account) -> io::Result<Range<u64>> {
    let size = master.file.metadata()?.len();
    contents::burst(&master.file, master.line_one, size)?;
    Ok(burst::first_separator(&master.file, master.line_one, size)?..size)
}

/// Puts the mail behind line one of a maildrop of this size, in place of all that is there.
fn put(
    target: Target<'_>,
    account: &Account,
    size: u64,
    (master, mail): (&Account, &Range<u64>),
) -> Result<Removed, ChangeError> {
    let (line, octets) = (account.line_one, mail.end - mail.start);
    if line + octets < size {
        return Removal::new(target, (line, size), Vec::new())
            .replaced_by(&master.file, mail.clone())
            .carry_out();
    }
    if octets == 0 {
        return Ok(Removed::Made);
    }
    let written = line_one::put(target, size, |payload| {
        each_part(target.maildrop, 0, line, |part| payload.push(part))?;
        if !is_ended(target.maildrop, line)? {
            payload.push(b"\n")?;
        }
        each_part(&master.file, mail.start, mail.end, |part| payload.push(part))
    })?;
    Ok(if written { Removed::Made } else { Removed::TooLate })
}

/// Whether line one, of so many octets, has a line end.
fn is_ended(maildrop: &File, line_one: u64) -> io::Result<bool> {
    let mut last = [0];
    if let Some(at) = line_one.checked_sub(1) {
        maildrop.read_exact_at(&mut last, at)?;
    }
    Ok(last == [b'\n'])
}
