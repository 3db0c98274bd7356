//! New users, all of them or none, whatever stops the program.
//!
//! Their files are made in a directory of the control files and flushed. Giving that
//! directory another name commits: from then on they are users, and what is left to be done
//! is finished by the next start of the program if need be. Each file gets its name in the
//! Users directory as a link, which never replaces another file, and then loses the first
//! one; while it has both it is not opened.

use super::change::ChangeError;
use super::files::control_files::{ControlFiles, make_directory};
use super::files::found;
use super::lock::WriteLock;
use crate::limits;
use crate::protocol::credentials::UserName;
use crate::users::{CONTROL_FILES, Users, owner, safe_open};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::thread;

/// Where the files of new users are made, beside the control files.
pub const ADDING: &str = ".adding";

/// The name of that directory once they are users.
pub const ADDED: &str = ".added";

/// Adds users with these passwords, without mail. Nothing may have their names. Once it
/// returns, they are durable.
///
/// # Errors
/// `Untouched`: nobody was added. `Unfinished`: all are, once a start of the program finishes it.
pub fn add_users(users: &Users, new: &[(UserName, Vec<u8>)]) -> Result<(), ChangeError> {
    let directory = make_directory(users.directory()).map_err(ChangeError::Untouched)?;
    let adding = prepare(users, &directory, new).map_err(ChangeError::Untouched)?;
    let committed = directory.sync_all().and_then(|()| finish(users, &directory)); // The first commits.
    drop(adding);
    committed.map_err(ChangeError::Unfinished)
}

/// Makes the files of new users, finishes what was committed before, and gives the directory
/// its other name.
fn prepare<'d>(users: &Users, directory: &'d File, new: &[(UserName, Vec<u8>)]) -> io::Result<WriteLock<'d>> {
    let lock = WriteLock::take(directory, limits::UPDATE_LOCK_WAIT)?
        .ok_or_else(|| io::Error::other("somebody else is adding users"))?;
    finish(users, directory)?;
    if let Some((name, _)) = new.iter().find(|(name, _)| users.entry(name).is_ok_and(|entry| entry.is_some()))
    {
        let why = format!("{name} exists already");
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, why));
    }
    let control_files = users.directory().join(CONTROL_FILES);
    let adding = control_files.join(ADDING);
    let made = make_files(users, &adding, new);
    // What is forgotten must not come back to users who are there.
    made.and_then(|()| directory.sync_all())
        .and_then(|()| fs::rename(&adding, control_files.join(ADDED)))
        .inspect_err(|_| drop(fs::remove_dir_all(&adding)))?;
    Ok(lock)
}

/// Finishes adding users if it was committed and not finished.
///
/// # Errors
/// What the system says; some of the users may be there.
pub fn finish_adding(users: &Users) -> io::Result<()> {
    let control_files = users.directory().join(CONTROL_FILES);
    if fs::symlink_metadata(control_files.join(ADDED)).is_err() {
        return Ok(());
    }
    safe_open::directory(&control_files)?;
    let directory = File::open(&control_files)?;
    match WriteLock::take(&directory, limits::LOGIN_LOCK_WAIT)? {
        Some(_adding) => finish(users, &directory),
        // Who is adding users finishes it.
        None => Ok(()),
    }
}

/// Makes the files of these users in a new directory, durable. What the control files say of
/// earlier users of these names is forgotten.
fn make_files(users: &Users, adding: &Path, new: &[(UserName, Vec<u8>)]) -> io::Result<()> {
    found(fs::remove_dir_all(adding))?;
    owner::create_directory(adding, users.directory())?;
    for (name, password) in new {
        ControlFiles::new(users.directory(), name).remove_each()?;
        let mut file = owner::create(&adding.join(name.as_str()), users.directory())?;
        file.write_all(&[password, &b"\n"[..]].concat())?;
    }
    flush(adding, new)?;
    File::open(adding)?.sync_all()
}

/// Makes the files durable. A thousand flushes one after the other take seconds; those that
/// a file system is asked for at once it makes in one go.
fn flush(adding: &Path, new: &[(UserName, Vec<u8>)]) -> io::Result<()> {
    let flush = &|part: &[(UserName, Vec<u8>)]| {
        part.iter().try_for_each(|(name, _)| File::open(adding.join(name.as_str()))?.sync_all())
    };
    let mut parts = new.chunks(limits::FLUSHED_BY_ONE.max(new.len().div_ceil(limits::FLUSHING)));
    let first = parts.next().unwrap_or_default();
    thread::scope(|scope| {
        let spawn = |part| thread::Builder::new().spawn_scoped(scope, move || flush(part));
        let others = parts.map(spawn).collect::<io::Result<Vec<_>>>()?;
        let flushed = flush(first);
        others
            .into_iter()
            .try_for_each(|other| other.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into())))?;
        flushed
    })
}

/// Gives the files that are made their names. The caller holds the lock on the directory of
/// the control files.
fn finish(users: &Users, directory: &File) -> io::Result<()> {
    let added = users.directory().join(CONTROL_FILES).join(ADDED);
    let Some(files) = found(safe_open::directory(&added).and_then(|()| fs::read_dir(&added)))? else {
        return Ok(());
    };
    let names = files.map(|file| Ok(file?.file_name())).collect::<io::Result<Vec<_>>>()?;
    for name in &names {
        give_name(&added.join(name), &users.directory().join(name))?;
    }
    File::open(users.directory())?.sync_all()?;
    for name in &names {
        // It is not there any more where it could only be renamed.
        found(fs::remove_file(added.join(name)))?;
    }
    fs::remove_dir(&added)?;
    directory.sync_all()
}

fn give_name(made: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(made, path) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            if !safe_open::same_file(&fs::symlink_metadata(made)?, &fs::symlink_metadata(path)?) {
                log::error!("{} was made by somebody else meanwhile, and stays", path.display());
            }
            Ok(())
        }
        // A file system without links.
        Err(_) if found(fs::symlink_metadata(path))?.is_none() => fs::rename(made, path),
        linked => linked,
    }
}
