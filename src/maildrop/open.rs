//! Opening a maildrop (RFC 1081, pp. 3 and 4): it is locked, what a crash has left is
//! finished, and it is burst; or why it is not opened.

use super::change::IntentFile;
use super::change::recovery::{self, Recovered};
use super::contents::Contents;
use super::files::control_files::{ControlFile, ControlFiles};
use super::files::{Stamp, sentence};
use super::lock::{SessionLock, WriteLock};
use super::locked::Maildrop;
use crate::limits;
use crate::users::{Access, Account, Identified};
use std::fmt;
use std::io;
use std::sync::Arc;

/// Why a maildrop was not opened, although the client may have it.
#[derive(Debug)]
pub enum Refusal {
    /// Another session has it (RFC 1081, p. 5).
    InUse,
    /// Somebody has been writing to it for longer than a login waits.
    BeingWritten,
    /// Another file has taken its place, or another password; to be opened again
    /// from the start.
    Replaced,
    /// It can't be parsed, or a person must decide what to do with it.
    Unparsable(io::Error),
    /// The disk or the system refuses.
    Disk(io::Error),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::InUse => f.write_str("the maildrop is in use"),
            Refusal::BeingWritten => f.write_str("the maildrop is being written to"),
            Refusal::Replaced => f.write_str("the maildrop is replaced again and again"),
            Refusal::Unparsable(e) => write!(f, "the maildrop can't be parsed: {e}"),
            Refusal::Disk(e) => write!(f, "the maildrop can't be opened: {}", sentence(e)),
        }
    }
}

impl From<io::Error> for Refusal {
    fn from(e: io::Error) -> Self {
        if e.kind() == io::ErrorKind::InvalidData { Refusal::Unparsable(e) } else { Refusal::Disk(e) }
    }
}

impl Maildrop {
    /// Locks and bursts the maildrop of a user (RFC 1081, pp. 3 and 4).
    ///
    /// # Errors
    /// The [`Refusal`]; nothing stays locked.
    pub fn open(identified: Identified) -> Result<Self, Refusal> {
        let account = identified.into_account();
        let files = ControlFiles::new(&account.directory, account.owner());
        let access = match &account.access {
            Access::Practice(with) => Access::Practice(with.clone()),
            Access::Exclusive(()) => Access::Exclusive(SessionLock::take(&files)?.ok_or(Refusal::InUse)?),
        };
        let writing =
            WriteLock::take(&account.file, limits::LOGIN_LOCK_WAIT)?.ok_or(Refusal::BeingWritten)?;
        let mut stamp = Stamp::of(&account.file)?;
        if !stamp.stands_at(&account.path)? {
            return Err(Refusal::Replaced);
        }
        match finish_unfinished(&access, &files, &account)? {
            Recovered::Nothing => {}
            Recovered::Finished => {
                log::warn!("{}: a crash had left a change of the maildrop unfinished", account.name);
                stamp = Stamp::of(&account.file)?;
            }
            Recovered::Replaced => return Err(Refusal::Replaced),
        }
        if !account.line_one_stands(stamp.size)? {
            return Err(Refusal::Replaced);
        }
        let contents = match Contents::determine(&files, &account.file, account.line_one, &stamp) {
            Err(e) if is_rest(&e, &access, &account)? => return Err(Refusal::Replaced),
            other => other?,
        };
        drop(writing);
        Ok(Maildrop::opened(account, files, access, (stamp, contents)))
    }

    fn opened(
        account: Account,
        files: ControlFiles,
        access: Access<SessionLock>,
        (stamp, contents): (Stamp, Contents),
    ) -> Self {
        let (remaining, highest) = (contents.drop_listing(), contents.highest_marked());
        Maildrop {
            name: account.name,
            path: account.path,
            file: Arc::new(account.file),
            line_one: account.line_one,
            files,
            access,
            stamp,
            contents,
            listing: None,
            dirty: false,
            stale: false,
            messages: remaining.messages,
            remaining,
            referenced: Vec::new(),
            highest,
            highest_before: highest,
        }
    }
}

/// Finishes what a crash has left. For practice it may not be finished, and then the
/// maildrop not be served.
fn finish_unfinished(
    access: &Access<SessionLock>,
    files: &ControlFiles,
    account: &Account,
) -> io::Result<Recovered> {
    match access {
        Access::Exclusive(lock) => recovery::recover(lock.target(&account.file, &account.path)),
        Access::Practice(_) => {
            if let Some((lock, _)) = files.open(ControlFile::Lock)? {
                recovery::find_nothing_unfinished(&IntentFile(lock), &account.file)?;
            }
            Ok(Recovered::Nothing)
        }
    }
}

/// Whether it can't be parsed because of what a paused writer has left, and now can be.
fn is_rest(e: &io::Error, access: &Access<SessionLock>, account: &Account) -> io::Result<bool> {
    match access {
        Access::Exclusive(lock) if e.kind() == io::ErrorKind::InvalidData => {
            recovery::give_separator(lock.target(&account.file, &account.path), account.line_one)
        }
        Access::Exclusive(_) | Access::Practice(_) => Ok(false),
    }
}
