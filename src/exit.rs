//! Exit codes: those of sysexits(3), 1, and 130.

use std::io;

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
/// The port is for the superuser only.
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
