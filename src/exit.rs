//! Exit codes: those of sysexits(3), 1, and 130. And what a server that ends lets finish.

use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A statement failed (`grade`).
pub const NOT_ALL_RIGHT: u8 = 1;
/// Command line usage error.
pub const USAGE: u8 = 64;
/// The message, a password or a maildrop can't be accepted.
pub const BAD_DATA: u8 = 65;
/// There is no Users directory or input file.
pub const NO_INPUT: u8 = 66;
/// There is no such user.
pub const NO_USER: u8 = 67;
/// An address can't be listened on, or nothing answers there.
pub const UNAVAILABLE: u8 = 69;
/// The system refuses something that should always work.
pub const SYSTEM: u8 = 71;
/// A file can't be created.
pub const CANNOT_CREATE: u8 = 73;
/// Something can't be written.
pub const CANNOT_WRITE: u8 = 74;
/// It may work later.
pub const TRY_AGAIN: u8 = 75;
/// Ctrl-C was pressed; the code that a shell reports for it.
pub const INTERRUPTED: u8 = 130;
/// The port is for the superuser only, or the Users directory for somebody else.
pub const NO_PERMISSION: u8 = 77;

/// What comes of printing something. A reader that has closed its end, as head(1)
/// does, has what it wanted.
///
/// # Errors
/// Exit code 74.
pub fn printed(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
            Err((CANNOT_WRITE, format!("standard output: {e}")))
        }
        _ => Ok(()),
    }
}

/// An exit code and the sentence for standard error.
pub type Failure = (u8, String);

/// The sessions in UPDATE: a server that ends lets them finish, and no other begin.
#[derive(Debug, Default)]
pub struct Updates {
    state: Mutex<UpdatesState>,
    one_less: Condvar,
}

#[derive(Debug, Default)]
struct UpdatesState {
    running: usize,
    closed: bool,
}

/// A session is in UPDATE until this is dropped.
pub struct Updating<'u>(&'u Updates);

impl Updates {
    /// Lets a session enter UPDATE; `None` when the server ends.
    pub fn begin(&self) -> Option<Updating<'_>> {
        let mut state = self.state();
        if state.closed {
            return None;
        }
        state.running += 1;
        Some(Updating(self))
    }

    /// Lets no further session enter; returns how many are in UPDATE.
    pub fn close(&self) -> usize {
        let mut state = self.state();
        state.closed = true;
        state.running
    }

    /// Waits for them; returns how many are not finished after this time.
    pub fn wait(&self, at_most: Duration) -> usize {
        let waited = self.one_less.wait_timeout_while(self.state(), at_most, |state| state.running > 0);
        waited.unwrap_or_else(PoisonError::into_inner).0.running
    }

    fn state(&self) -> MutexGuard<'_, UpdatesState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Updating<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.running -= 1;
        // Nobody waits before, and telling nobody would cost each session a system call.
        if state.closed {
            self.0.one_less.notify_all();
        }
    }
}
