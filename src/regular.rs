//! Opening a file only if it is a regular one, reached by no link, without
//! ever waiting for anybody: the Users directory is full of what people put there.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Opens an existing regular file with these options.
///
/// # Errors
/// `NotFound` when nothing is there; `InvalidInput` when something is there
/// that is no regular file or has a second name; else what the system says.
pub fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let before = fs::symlink_metadata(path)?;
    admit(&before)?;
    let file = options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY).open(path)?;
    let opened = file.metadata()?;
    admit(&opened)?;
    if same_file(&before, &opened) { Ok(file) } else { Err(odd("it was replaced meanwhile")) }
}

/// Whether both describe the same file, whatever its name is now.
pub fn same_file(a: &Metadata, b: &Metadata) -> bool {
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

/// Whether the path still leads to this file.
pub fn leads_to(path: &Path, file: &File) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(same_file(&found, &file.metadata()?)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(e),
    }
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
