//! The end of a maildrop: its user is removed, with everything that the server
//! knows about them.

use super::change::recovery;
use super::contents;
use super::files::control_files::{Note, Notes};
use super::files::stamp::Stamp;
use super::lock::{SessionLock, WriteLock};
use super::locked::Refusal;
use crate::limits;
use crate::protocol::credentials::UserName;
use crate::users::{Account, Users};
use std::io;
use std::path::Path;

/// Removes a user: the RPOP file, the maildrop, the notes, in this order, durable.
/// Returns how many messages kept it from that: none, or unless `with_mail`.
///
/// # Errors
/// The [`Refusal`]. `Unparsable`, `with_mail` left out, says that there may be mail
/// in it.
pub fn remove(users: &Users, account: &Account, with_mail: bool) -> Result<u64, Refusal> {
    let notes = Notes::new(users.directory(), &account.name);
    let _session = SessionLock::take(&notes)?.ok_or(Refusal::InUse)?;
    let _writing = WriteLock::take(&account.file, limits::UPDATE_LOCK_WAIT)?.ok_or(Refusal::BeingWritten)?;
    if !Stamp::of(&account.file)?.stands_at(&account.path)? {
        return Err(Refusal::Replaced);
    }
    if !with_mail {
        recovery::recover(&notes, &account.file)?;
        let size = account.file.metadata()?.len();
        if !account.line_one_stands(size)? {
            return Err(Refusal::Replaced);
        }
        let left = contents::burst(&account.file, account.line_one, size)?.messages.len() as u64;
        if left > 0 {
            return Ok(left);
        }
    }
    users.remove(&account.name)?;
    notes.remove(Note::Redo)?;
    forget(users.directory(), &account.name)?;
    Ok(0)
}

/// Forgets what the notes say about a user who does not exist any more, or not
/// yet. If there are no notes nothing is done.
///
/// # Errors
/// `AlreadyExists` when a redo file is among them, which holds mail; else what the
/// system says.
pub fn forget(users: &Path, name: &UserName) -> io::Result<()> {
    let notes = Notes::new(users, name);
    if notes.open(Note::Redo)?.is_some() {
        let why = "a change of a maildrop of that name was left unfinished; its .redo file holds mail";
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, why));
    }
    for note in [Note::State, Note::New, Note::Tmp, Note::Lock] {
        notes.remove(note)?;
    }
    match notes.sync() {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}
