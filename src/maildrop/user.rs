//! What `pop1081 user` does to a maildrop: it gets another password, or its user is
//! removed with everything that the server knows about them.
//!
//! With another password line one becomes another, and the messages stay what they are.
//! The stamp in the sidecar then disagrees, so the next login bursts the maildrop once,
//! and marks follow their messages by what they are.

use super::change::recovery::{self, Recovered};
use super::change::{ChangeError, IntentFile, Kind, Target, line_one};
use super::contents;
use super::files::control_files::{ControlFile, ControlFiles};
use super::files::sentence;
use super::lock::{SessionLock, WriteLock};
use super::mbox::burst;
use super::open::Refusal;
use crate::limits;
use crate::protocol::credentials::UserName;
use crate::users::{Account, Users};
use std::fmt;
use std::io;
use std::os::unix::fs::FileExt;

/// Why a user's file was not changed, or perhaps.
#[derive(Debug)]
pub enum AccountError {
    /// It is as it was.
    Refused(Refusal),
    /// It is begun and not finished; the next login or delivery does that.
    Unfinished(io::Error),
}

impl fmt::Display for AccountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AccountError::Refused(refusal) => refusal.fmt(f),
            AccountError::Unfinished(e) => {
                write!(f, "the change is not finished and will be at the next login: {}", sentence(e))
            }
        }
    }
}

impl From<Refusal> for AccountError {
    fn from(refusal: Refusal) -> Self {
        AccountError::Refused(refusal)
    }
}

impl From<io::Error> for AccountError {
    fn from(e: io::Error) -> Self {
        AccountError::Refused(e.into())
    }
}

impl From<ChangeError> for AccountError {
    fn from(e: ChangeError) -> Self {
        match e {
            ChangeError::Untouched(e) => e.into(),
            ChangeError::Unfinished(e) => AccountError::Unfinished(e),
        }
    }
}

/// Finishes a change of the password that a crash has left unfinished; whether there was
/// one. Of a line one that was half written when the power failed, nobody knows the
/// password.
///
/// # Errors
/// What the system says.
pub fn finish_password_change(users: &Users, name: &UserName) -> io::Result<bool> {
    let files = ControlFiles::new(users.directory(), name);
    if users.are_for_practice() {
        return Ok(false);
    }
    let Some(intents) = files.open_to_write(ControlFile::Lock)?.map(IntentFile) else { return Ok(false) };
    if intents.pending()?.is_none_or(|intent| intent.kind != Kind::LineOne) {
        return Ok(false);
    }
    let account = users.find(name)?;
    let target = Target { intents: &intents, maildrop: &account.file, path: &account.path };
    let writing = WriteLock::take(&account.file, limits::LOGIN_LOCK_WAIT)?;
    if writing.is_none() || !target.is_here()? {
        return Ok(false);
    }
    let recovered = recovery::recover(target)?;
    log::warn!("{name}: a crash had left a change of the password unfinished");
    Ok(recovered != Recovered::Nothing)
}

/// Gives a user's file this password, which must have no line end in it. Once it
/// returns, that is durable. A line that needs less room than there is up to the
/// first message leaves empty lines, which mean nothing; so messages move only
/// when it needs more.
///
/// # Errors
/// The [`AccountError`].
pub fn change_password(account: &Account, password: &[u8]) -> Result<(), AccountError> {
    let files = ControlFiles::new(&account.directory, &account.name);
    let maildrop = &account.file;
    let session = SessionLock::take(&files)?.ok_or(Refusal::InUse)?;
    let target = session.target(maildrop, &account.path);
    let _writing = WriteLock::take(maildrop, limits::UPDATE_LOCK_WAIT)?.ok_or(Refusal::BeingWritten)?;
    let size = begin(target, account)?.ok_or(Refusal::Replaced)?;
    if size == 0 {
        // Without line one as with an empty one nobody is let in; and it can be replaced.
        maildrop.write_all_at(b"\n", 0)?;
        return Err(Refusal::Replaced.into());
    }
    let first = burst::first_separator(maildrop, account.line_one, size)?;
    line_one::replace(target, (account.line_one, first), &[password, b"\n"].concat())?;
    end(target)
}

/// Removes a user: the RPOP file, the maildrop, the control files, in this order,
/// durable. Returns how many messages kept it from that: none, or unless `with_mail`.
///
/// # Errors
/// The [`Refusal`]. `Unparsable`, `with_mail` left out, says that there may be mail
/// in it.
pub fn remove(users: &Users, account: &Account, with_mail: bool) -> Result<u64, Refusal> {
    let files = ControlFiles::new(users.directory(), &account.name);
    let session = SessionLock::take(&files)?.ok_or(Refusal::InUse)?;
    let _writing = WriteLock::take(&account.file, limits::UPDATE_LOCK_WAIT)?.ok_or(Refusal::BeingWritten)?;
    let target = session.target(&account.file, &account.path);
    if with_mail {
        if !target.is_here()? {
            return Err(Refusal::Replaced);
        }
    } else {
        let size = begin(target, account)?.ok_or(Refusal::Replaced)?;
        let left = contents::burst(&account.file, account.line_one, size)?.messages.len() as u64;
        if left > 0 {
            return Ok(left);
        }
    }
    users.remove(&account.name)?;
    files.remove_all()?;
    Ok(0)
}

/// Makes sure that a change has been made to the file that others find, and that no power
/// cut carries it out a second time over what somebody edits later.
pub(super) fn end(target: Target<'_>) -> Result<(), AccountError> {
    if !target.finish().map_err(AccountError::Unfinished)? {
        return Err(Refusal::Replaced.into());
    }
    target.intents.0.sync_data().map_err(AccountError::Unfinished)
}

/// Steps 1 and 2 of a change; returns the size of the maildrop, or `None` if another file
/// or another line one has taken its place.
pub(super) fn begin(target: Target<'_>, account: &Account) -> io::Result<Option<u64>> {
    if !target.is_here()? || recovery::recover(target)? == Recovered::Replaced {
        return Ok(None);
    }
    let size = account.file.metadata()?.len();
    Ok(account.line_one_stands(size)?.then_some(size))
}
