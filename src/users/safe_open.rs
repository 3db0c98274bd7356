//! Opening a file only if it is a regular one, reached by no link, without
//! ever waiting for anybody: the Users directory is full of what people put there.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Opens an existing regular file with these options, and says what it is like.
///
/// # Errors
/// `NotFound` when nothing is there; `InvalidInput` when something is there
/// that is no regular file or has a second name; else what the system says.
pub fn open(path: &Path, options: &mut OpenOptions) -> io::Result<(File, Metadata)> {
    let before = fs::symlink_metadata(path)?;
    admit(&before)?;
    let (file, opened) = open_own(path, options)?;
    if same_file(&before, &opened) { Ok((file, opened)) } else { Err(odd("it was replaced meanwhile")) }
}

/// Opens an existing regular file of a directory in which nobody else can put
/// anything, so that it need not be looked at before.
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
        Some(libc::ELOOP) => odd("it is a symbolic link"),
        _ => e,
    })
}

/// Whether both describe the same file, whatever its name is now.
pub fn same_file(a: &Metadata, b: &Metadata) -> bool {
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

fn admit(found: &Metadata) -> io::Result<()> {
    match (found.is_file(), found.nlink()) {
        (false, _) => Err(odd("it is no regular file")),
        (true, 0 | 1) => Ok(()),
        (true, _) => Err(odd("it has more than one name")),
    }
}

fn odd(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}
