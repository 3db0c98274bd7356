//! What systems differ in: all that asks Linux stands here, with the answer of the
//! others beside it. What Linux alone tells is "not known" elsewhere.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// Whether accept(2) heeds the timeout of a listening socket: BSDs and macOS wait for ever.
pub const ACCEPT_HAS_TIMEOUT: bool = cfg!(target_os = "linux");

/// Where each process has a directory that tells of it, proc(5); elsewhere nowhere.
pub const PROCESSES: &str = if cfg!(target_os = "linux") { "/proc" } else { "" };

/// What helps somebody who may not bind a port below 1024.
pub const ANY_PORT: &str = if cfg!(target_os = "macos") {
    "try --listen 127.0.0.1:1110; macOS lets any user have a port below 1024 on 0.0.0.0, \
     which other machines reach, but not on 127.0.0.1"
} else {
    "try --listen 127.0.0.1:1110, or give it the right to that port: LAUNCHERS in pop1081(8)"
};

/// This program with the arguments that it was started with, to be executed once more.
///
/// # Errors
/// When the system does not tell where the program is.
pub fn this_program() -> io::Result<Command> {
    let mut program = Command::new(env::current_exe()?);
    program.arg0(env::args_os().next().unwrap_or_default()).args(env::args_os().skip(1));
    Ok(program)
}

/// The name of this machine, if the system tells it: Linux in a file, which costs little.
pub fn host_name() -> Option<String> {
    let file = if cfg!(target_os = "linux") { "/proc/sys/kernel/hostname" } else { "" };
    let name = fs::read_to_string(file).or_else(|_| uname()).ok()?;
    Some(name.trim().to_owned())
}

fn uname() -> io::Result<String> {
    let uname = Command::new("uname").arg("-n").stdin(Stdio::null()).stderr(Stdio::null()).output();
    uname.map(|uname| String::from_utf8_lossy(&uname.stdout).into_owned())
}

/// The locks of flock(2) that are held on this machine.
#[derive(Debug)]
pub struct HeldLocks(String);

impl HeldLocks {
    /// Those that are held now; an error where the system does not tell.
    pub fn now() -> io::Result<Self> {
        if cfg!(target_os = "linux") {
            return fs::read_to_string("/proc/locks").map(HeldLocks);
        }
        Err(io::Error::new(io::ErrorKind::Unsupported, "this system does not tell who holds a lock"))
    }

    /// Whether somebody has locked this file.
    pub fn has(&self, file: &Metadata) -> bool {
        #[cfg(target_os = "linux")]
        let (major, minor) = (libc::major(file.dev()), libc::minor(file.dev()));
        #[cfg(not(target_os = "linux"))]
        let (major, minor) = (0, 0);
        let file = format!("{major:02x}:{minor:02x}:{}", file.ino());
        // A line for each, proc_locks(5); those that are waited for as well.
        let is_on_it = |line: &str| line.contains(" FLOCK ") && line.split_whitespace().any(|w| w == file);
        self.0.lines().any(is_on_it)
    }
}

/// Sends a datagram to a Unix socket; on Linux, `@` begins a name without a file.
///
/// # Errors
/// What the system says.
pub fn send_datagram(name: &OsStr, message: &[u8]) -> io::Result<()> {
    let socket = UnixDatagram::unbound()?;
    #[cfg(target_os = "linux")]
    if let Some(name) = name.as_encoded_bytes().strip_prefix(b"@") {
        use std::os::linux::net::SocketAddrExt;
        let address = std::os::unix::net::SocketAddr::from_abstract_name(name)?;
        return socket.send_to_addr(message, &address).map(drop);
    }
    socket.send_to(message, name).map(drop)
}

#[cfg(test)]
#[path = "../tests/unit/system.rs"]
mod tests;
