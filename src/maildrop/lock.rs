//! The two locks of a maildrop, both flock(2) through `fs2`.
//!
//! - The **session lock** on `NAME.lock` is the memo's exclusive-access lock
//!   (RFC 1081, p. 3): from a login to the end of its session.
//! - The **write lock** on the maildrop itself is held for moments: while it
//!   is burst, changed by UPDATE or appended to by a delivery.
//!
//! Both end with the descriptor, so no death of a process leaves one behind.

use super::notes::Notes;
use crate::limits;
use fs2::FileExt;
use std::fs::File;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

/// Held as long as it lives.
#[derive(Debug)]
pub struct SessionLock {
    _file: File,
}

impl SessionLock {
    /// Takes the lock; `None` if another session has it.
    pub fn take(notes: &Notes) -> io::Result<Option<Self>> {
        let file = notes.open_lock()?;
        Ok(try_lock(&file)?.then_some(SessionLock { _file: file }))
    }
}

/// Held as long as it lives.
#[derive(Debug)]
pub struct WriteLock<'f>(&'f File);

impl<'f> WriteLock<'f> {
    /// Takes the lock of a maildrop, waiting for whoever has it; `None` when
    /// the time is over.
    pub fn take(maildrop: &'f File, wait: Duration) -> io::Result<Option<Self>> {
        let begun = Instant::now();
        while !try_lock(maildrop)? {
            if begun.elapsed() >= wait {
                return Ok(None);
            }
            thread::sleep(limits::LOCK_PAUSE);
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
