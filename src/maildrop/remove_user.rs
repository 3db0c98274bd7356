//! The end of a maildrop: its user is removed, with everything that the server
//! knows about them.

use super::change::recovery::{self, Recovered};
use super::contents;
use super::files::Stamp;
use super::files::control_files::ControlFiles;
use super::lock::{SessionLock, WriteLock};
use super::open::Refusal;
use crate::limits;
use crate::protocol::credentials::UserName;
use crate::users::{Account, Users};
use std::io;
use std::path::Path;

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
    if !Stamp::of(&account.file)?.stands_at(&account.path)? {
        return Err(Refusal::Replaced);
    }
    if !with_mail {
        if recovery::recover(session.target(&account.file, &account.path))? == Recovered::Replaced {
            return Err(Refusal::Replaced);
        }
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
    files.remove_all()?;
    Ok(0)
}

/// Forgets what the control files say about a user who does not exist any more, or not
/// yet. If there are none nothing is done.
///
/// # Errors
/// What the system says.
pub fn forget(users: &Path, name: &UserName) -> io::Result<()> {
    ControlFiles::new(users, name).remove_all()
}
