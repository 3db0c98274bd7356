//! Files and directories as such, whatever stands in them: what kind they are and
//! who may read and write them.

use super::finding::{About, Finding};
use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

/// What is in a directory, in the order of the names.
pub fn names(directory: &Path) -> io::Result<Vec<OsString>> {
    let entries = fs::read_dir(directory)?.map(|entry| entry.map(|e| e.file_name()));
    let mut names = entries.collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

/// What stands there, unless it was removed since the directory was read.
pub fn still_there(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

/// Looks at a directory of the server's, of which others may not have what `forbidden`
/// says, and has each thing in it looked at by name.
pub fn each_file(
    directory: &Path,
    (metadata, forbidden): (&Metadata, u32),
    found: &mut dyn FnMut(Finding),
    mut look: impl FnMut(&OsStr, &Path, &Metadata, &mut About<'_>),
) -> io::Result<()> {
    let about = &mut About::new(directory, found);
    if !metadata.is_dir() {
        about.whole("it is no directory");
        return Ok(());
    }
    look_at_mode(metadata, forbidden, about);
    for entry in names(directory)? {
        let path = directory.join(&entry);
        if let Some(metadata) = still_there(&path)? {
            look(&entry, &path, &metadata, &mut About::new(&path, found));
        }
    }
    Ok(())
}

/// Whether it is a regular file with one name; says so if not.
pub fn is_own_file(metadata: &Metadata, about: &mut About<'_>) -> bool {
    let kind = metadata.file_type();
    let odd = match () {
        () if kind.is_symlink() => "it is a symbolic link, which is never followed",
        () if kind.is_dir() => "it is a directory, no regular file",
        () if kind.is_fifo() => "it is a FIFO, no regular file",
        () if kind.is_socket() => "it is a socket, no regular file",
        () if kind.is_file() && metadata.nlink() <= 1 => return true,
        () if kind.is_file() => "it has another name (a hard link), so it is never opened",
        () => "it is a device, no regular file",
    };
    about.whole(odd);
    false
}

/// Says when others than the owner may read or write a file or directory.
pub fn look_at_mode(metadata: &Metadata, forbidden: u32, about: &mut About<'_>) {
    let mode = metadata.mode() & 0o777;
    let may = match (mode & forbidden & 0o044 != 0, mode & forbidden & 0o022 != 0) {
        (_, true) => "others may write to it",
        (true, false) => "others may read it",
        (false, false) => return,
    };
    about.whole(format!("{may} (mode {mode:04o}): chmod go="));
}
