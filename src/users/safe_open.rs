//! Opens a file only if it is a regular file that no link leads to, and never blocks:
//! anything may be in a Users directory.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Opens an existing regular file with these options; returns its metadata too.
///
/// The file is examined before it is opened, as opening a device may have effects,
/// and again once it is open: another one may have taken its place.
///
/// # Errors
/// `NotFound` when nothing is there; `InvalidInput` when something is there
/// that is not a regular file or has a second name; else what the system says.
pub fn open(path: &Path, options: &mut OpenOptions) -> io::Result<(File, Metadata)> {
    admit(&fs::symlink_metadata(path)?)?;
    open_own(path, options)
}

/// Opens an existing regular file of a directory in which only the server creates
/// files, so that it need not be examined before.
///
/// # Errors
/// As [`open`].
pub fn open_own(path: &Path, options: &mut OpenOptions) -> io::Result<(File, Metadata)> {
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY;
    let opened = options.custom_flags(flags).open(path).and_then(|file| {
        let metadata = file.metadata()?;
        admit(&metadata)?;
        Ok((file, metadata))
    });
    opened.map_err(|e| match e.raw_os_error() {
        // FreeBSD has a number of its own for it.
        Some(libc::ELOOP | libc::EMLINK) => not_regular("it is a symbolic link"),
        _ => e,
    })
}

/// Makes sure that this is a directory and no link to one, which could lead anywhere.
///
/// # Errors
/// `NotADirectory`; else what the system says.
pub fn directory(path: &Path) -> io::Result<()> {
    let own = fs::symlink_metadata(path)?.is_dir();
    own.then_some(()).ok_or(io::ErrorKind::NotADirectory.into())
}

/// Whether both describe the same file, whatever its name is now.
pub fn same_file(a: &Metadata, b: &Metadata) -> bool {
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

fn admit(found: &Metadata) -> io::Result<()> {
    match (found.is_file(), found.nlink()) {
        (false, _) => Err(not_regular("it is not a regular file")),
        (true, 0 | 1) => Ok(()),
        (true, _) => Err(not_regular("it has more than one name")),
    }
}

fn not_regular(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}
