//! Signals whose default would end the program.

use signal_hook::consts::SIGXFSZ;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Has a write beyond a limit of a file's size (`ulimit -f`, `LimitFSIZE=`) fail as
/// on a full disk. By default it ends the program, and with it every session.
///
/// # Errors
/// When the system refuses.
pub fn survive_file_size_limit() -> io::Result<()> {
    // Nobody reads the flag: that the signal is caught is enough.
    signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false))).map(drop)
}
