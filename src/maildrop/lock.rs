//! The two locks of a maildrop, both flock(2) through `fs2`.
//!
//! - The **session lock** on `NAME.lock` is the memo's exclusive-access lock
//!   (RFC 1081, p. 3): from a login to the end of its session.
//! - The **write lock** on the maildrop itself is held for moments: while it
//!   is burst, changed by UPDATE or appended to by a delivery.
//!
//! Both end with the descriptor, so no death of a process leaves one behind.

use super::change::{IntentFile, Target};
use super::files::control_files::{ControlFile, ControlFiles};
use crate::limits;
use crate::protocol::credentials::UserName;
use crate::system::HeldLocks;
use fs2::FileExt;
use std::fs::File;
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// Held as long as it lives.
#[derive(Debug)]
pub struct SessionLock {
    /// The file that is locked also has the intents of changes.
    pub intents: IntentFile,
}

impl SessionLock {
    /// Takes the lock; `None` if another session has it.
    pub fn take(files: &ControlFiles) -> io::Result<Option<Self>> {
        let file = files.open_lock()?;
        Ok(try_lock(&file)?.then_some(SessionLock { intents: IntentFile(file) }))
    }

    /// The maildrop of the session, to be changed.
    pub fn target<'f>(&'f self, maildrop: &'f File, path: &'f Path) -> Target<'f> {
        Target { intents: &self.intents, maildrop, path }
    }
}

impl Drop for SessionLock {
    fn drop(&mut self) {
        // Not left to closing: a process that is just being started may have a copy of the descriptor.
        let _ = FileExt::unlock(&self.intents.0);
    }
}

/// Whether a session has the maildrop of a user. The session lock is not tried: it would
/// be taken, and whoever logs in at that moment refused.
///
/// # Errors
/// When there is something that can't be a session lock.
pub fn in_use(locks: &HeldLocks, users: &Path, name: &UserName) -> io::Result<bool> {
    let lock = ControlFiles::new(users, name).open(ControlFile::Lock)?;
    Ok(lock.is_some_and(|(_, lock)| locks.has(&lock)))
}

/// Held as long as it lives.
#[derive(Debug)]
pub struct WriteLock<'f>(&'f File);

impl<'f> WriteLock<'f> {
    /// Takes the lock of a maildrop, waiting for whoever has it; `None` when
    /// the time is over.
    pub fn take(maildrop: &'f File, wait: Duration) -> io::Result<Option<Self>> {
        let (begun, mut pause) = (Instant::now(), limits::FIRST_LOCK_PAUSE);
        while !try_lock(maildrop)? {
            if begun.elapsed() >= wait {
                return Ok(None);
            }
            thread::sleep(pause);
            pause = (2 * pause).min(limits::LOCK_PAUSE);
        }
        Ok(Some(WriteLock(maildrop)))
    }
}

impl Drop for WriteLock<'_> {
    fn drop(&mut self) {
        // It fails only for a descriptor that is no file; closing unlocks as well.
        let _ = FileExt::unlock(self.0);
    }
}

fn try_lock(file: &File) -> io::Result<bool> {
    loop {
        match fs2::FileExt::try_lock_exclusive(file) {
            Ok(()) => return Ok(true),
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}
