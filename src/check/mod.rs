//! `pop1081 check`: looks a Users directory over and says what is wrong.
//!
//! It reads and never writes, opens nothing but regular files that are reached by
//! no link, and waits for nobody longer than a login does, so that it may run on
//! the directory of a server at any time. What it finds in a user's file is said
//! by `account`, in the maildrop by `mail`, beside it by `notes` and `rpop`.

mod account;
mod finding;
mod mail;
mod notes;
mod rpop;

pub use finding::Finding;

use crate::credentials::UserName;
use crate::exit::{self, Failure};
use crate::options::Checking;
use crate::users::{NOTES, RHOSTS, Users};
use finding::{About, Depth};
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io::{self, BufWriter, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

/// Prints what is wrong with the directory, a line for each finding.
///
/// # Errors
/// Exit code 65 when there is anything, 74 when it can't be printed, 75 when the
/// directory can't be read.
pub fn check(users: &Users, checking: &Checking) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    let (mut count, mut printed) = (0, Ok(()));
    let looked = look_over(users.directory(), Depth::Whole, &mut |finding| {
        count += 1;
        if printed.is_ok() {
            printed = writeln!(out, "{finding}");
        }
    });
    printed.and_then(|()| out.flush()).map_err(|e| (exit::CANNOT_WRITE, e.to_string()))?;
    looked
        .map_err(|e| (exit::TRY_AGAIN, format!("the Users directory {}: {e}", checking.users.display())))?;
    if count == 0 { Ok(()) } else { Err((exit::BAD_DATA, counted(count))) }
}

/// Logs how many findings there are, if any, and what shows them. It looks only
/// at what can be seen at a glance, so that a server starts at once whatever lies
/// there: it reads no messages and compares no sidecar.
pub fn warn(users: &Users) {
    let mut count = 0;
    let looked = look_over(users.directory(), Depth::Quick, &mut |_| count += 1);
    let directory = users.directory().display();
    match looked {
        Err(e) => log::warn!("the Users directory {directory} can't be looked over: {e}"),
        Ok(()) if count > 0 => {
            log::warn!("{} in the Users directory; run: pop1081 check --users {directory}", counted(count));
        }
        Ok(()) => {}
    }
}

fn counted(findings: u64) -> String {
    if findings == 1 { "1 finding".to_owned() } else { format!("{findings} findings") }
}

fn look_over(users: &Path, depth: Depth, found: &mut dyn FnMut(Finding)) -> io::Result<()> {
    let writable = fs::metadata(users)?.mode() & 0o002 != 0;
    if writable {
        About::new(users, found).whole("others may put files there: chmod o-w");
    }
    for entry in names(users)? {
        let path = users.join(&entry);
        let Some(metadata) = still_there(&path)? else { continue };
        let about = &mut About::new(&path, found);
        if entry == RHOSTS {
            rpop::look(users, &path, &metadata, found)?;
        } else if entry == NOTES {
            notes::look(users, &path, &metadata, found)?;
        } else if let Some(name) = UserName::new(entry.as_bytes()) {
            account::look(users, &name, &path, &metadata, depth, about);
        } else {
            about.whole("no user can be called so");
        }
    }
    Ok(())
}

/// What is in a directory, in the order of the names.
fn names(directory: &Path) -> io::Result<Vec<OsString>> {
    let entries = fs::read_dir(directory)?.map(|entry| entry.map(|e| e.file_name()));
    let mut names = entries.collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

/// What stands there, unless it was removed since the directory was read.
fn still_there(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

/// Whether it is a regular file with one name; says so if not.
fn is_own_file(metadata: &Metadata, about: &mut About<'_>) -> bool {
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

/// Whether the path leads to a directory without a link; says so if not.
fn is_directory(metadata: &Metadata, about: &mut About<'_>) -> bool {
    if !metadata.is_dir() {
        about.whole("it is no directory");
    }
    metadata.is_dir()
}

/// Says when others than the owner may read or write a file or directory.
fn look_at_mode(metadata: &Metadata, forbidden: u32, about: &mut About<'_>) {
    let mode = metadata.mode() & 0o777;
    let may = match (mode & forbidden & 0o044 != 0, mode & forbidden & 0o022 != 0) {
        (_, true) => "others may write to it",
        (true, false) => "others may read it",
        (false, false) => return,
    };
    about.whole(format!("{may} (mode {mode:04o}): chmod go="));
}
