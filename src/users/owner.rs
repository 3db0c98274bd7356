//! Who works in a Users directory: its owner, also when root has started the program. A
//! control file that belonged to root would lock every user out, and whoever owns the
//! directory could lead root anywhere.

use crate::system;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;

/// Executes the program anew as the owner of the Users directory, with the same arguments,
/// if it runs as root and the directory is there and somebody else's. Else it does nothing.
///
/// # Errors
/// When root can't do that. The program may be that owner by now, and should end.
pub fn go_on_as_owner(users: &Path) -> io::Result<()> {
    let Ok(users) = fs::metadata(users) else { return Ok(()) };
    // A pipe belongs to whoever makes it.
    let pipe = io::pipe().and_then(|(pipe, _)| File::from(OwnedFd::from(pipe)).metadata());
    let owner = users.uid();
    if owner == 0 || !pipe.is_ok_and(|pipe| pipe.uid() == 0) {
        return Ok(());
    }
    // This drops the groups of root, too. Only an error comes back.
    let e = system::this_program()?.uid(owner).gid(users.gid()).exec();
    Err(io::Error::new(e.kind(), format!("its owner, user {owner}, can't execute this program: {e}")))
}

/// Makes a file that was not there, for the eyes of the owner of the Users directory
/// only. No link is followed, and what has that name already is not touched.
///
/// # Errors
/// `AlreadyExists` when anything has that name; `PermissionDenied` when the file would not
/// be that owner's, and is not left behind; else what the system says.
pub fn create(path: &Path, users: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create_new(true).mode(0o600).open(path)?;
    let made = file.metadata().and_then(|made| check_maker(made.uid(), users));
    made.inspect_err(|_| drop(fs::remove_file(path)))?;
    Ok(file)
}

/// Makes a directory in the same way.
///
/// # Errors
/// As [`create`].
pub fn create_directory(path: &Path, users: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)?;
    let made = fs::symlink_metadata(path).and_then(|made| check_maker(made.uid(), users));
    made.inspect_err(|_| drop(fs::remove_dir(path)))
}

/// Refuses what anybody else than the owner of the Users directory has made. In a directory
/// of root it may stay: root is locked out of nothing.
fn check_maker(maker: u32, users: &Path) -> io::Result<()> {
    let owner = fs::metadata(users)?.uid();
    if maker == owner || owner == 0 {
        return Ok(());
    }
    let why = format!("the Users directory belongs to user {owner}, and this runs as user {maker}");
    Err(io::Error::new(io::ErrorKind::PermissionDenied, format!("{why}; run it as user {owner}")))
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
