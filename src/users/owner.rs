//! What is made in a Users directory belongs to the owner of that directory, whoever
//! makes it: a control file that belonged to root would lock every user out.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, fchown};
use std::path::Path;

/// Makes a file that was not there, for the eyes of the owner of the Users directory
/// only. No link is followed, and what has that name already is not touched.
///
/// # Errors
/// `AlreadyExists` when anything has that name; `PermissionDenied` when the file can't be
/// given to that owner, and is not left behind; else what the system says.
pub fn create(path: &Path, users: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let options = options.read(true).write(true).create_new(true).mode(0o600);
    let file = options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)?;
    give(&file, users).inspect_err(|_| drop(fs::remove_file(path)))?;
    Ok(file)
}

/// Makes a directory in the same way.
///
/// # Errors
/// As [`create`].
pub fn create_directory(path: &Path, users: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)?;
    let given =
        OpenOptions::new().read(true).custom_flags(libc::O_DIRECTORY | libc::O_NOFOLLOW).open(path).and_then(
            |directory| match directory.metadata()?.mode() & 0o077 {
                0 => give(&directory, users),
                // It is another one, and not to be given away.
                _ => Err(io::ErrorKind::AlreadyExists.into()),
            },
        );
    given.inspect_err(|_| drop(fs::remove_dir(path)))
}

/// Gives what was just made, by its descriptor, to the owner of the Users directory. In a
/// directory of root it stays with its maker: root is locked out of nothing.
fn give(made: &File, users: &Path) -> io::Result<()> {
    let (maker, owner) = (made.metadata()?.uid(), fs::metadata(users)?);
    if maker == owner.uid() || owner.uid() == 0 {
        return Ok(());
    }
    fchown(made, Some(owner.uid()), Some(owner.gid())).map_err(|_| {
        let owner = owner.uid();
        let why = format!("the Users directory belongs to user {owner}, and this runs as user {maker}");
        io::Error::new(io::ErrorKind::PermissionDenied, format!("{why}; run it as user {owner}"))
    })
}

/// The error that a directory is closed to us, it or one above it, with whom it is open to.
pub fn whom_to_run_as(directory: &Path, e: io::Error) -> io::Error {
    let closed = directory.ancestors().find_map(|path| Some((path, fs::metadata(path).ok()?)));
    match closed {
        Some((path, metadata)) if e.kind() == io::ErrorKind::PermissionDenied => {
            let which = if path == directory { "it".to_owned() } else { path.display().to_string() };
            let (mode, owner) = (metadata.mode() & 0o7777, metadata.uid());
            let helps = format!(
                "{which} belongs to user {owner}, mode {mode:04o}: chown it, or run this as its owner"
            );
            io::Error::new(e.kind(), format!("{e}; {helps}"))
        }
        _ => e,
    }
}
