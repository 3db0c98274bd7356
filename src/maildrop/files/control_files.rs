//! The server's own files beside the maildrops, `Users/.pop1081/NAME.*`: their names
//! and how they are made.
//!
//! - `NAME.lock`, the session lock (`lock`) and the change under way (`change`), is
//!   never replaced; only removing the user removes it.
//! - `NAME.state` is the sidecar (`sidecar`); `NAME.new`, one that is being written.

use super::found;
use crate::protocol::credentials::UserName;
use crate::users::CONTROL_FILES;
use crate::users::{owner, safe_open};
use std::ffi::OsStr;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// A control file's part of the name after `NAME.`. A user may have a dot in the name,
/// so no suffix may have one: then no two users share a control file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ControlFile {
    Lock,
    State,
    New,
}

impl ControlFile {
    const ALL: [ControlFile; 3] = [ControlFile::Lock, ControlFile::State, ControlFile::New];

    fn suffix(self) -> &'static str {
        match self {
            ControlFile::Lock => "lock",
            ControlFile::State => "state",
            ControlFile::New => "new",
        }
    }
}

/// Octets that a new `NAME.lock` has, so that intents find their place on a full disk.
const LOCK_FILE: usize = 1024;

/// A file of no user, whose blocks are given up when the disk is full: with them, mail can
/// still be removed.
pub const SPARE: &str = ".spare";

/// Octets of it: enough for the `NAME.lock` of some users.
const SPARE_FILE: usize = 64 * 1024;

/// Whose control file a file of this name is; `None` if it is none.
pub fn user_of_control_file(file: &OsStr) -> Option<UserName> {
    let (name, suffix) = file.to_str()?.rsplit_once('.')?;
    let known = ControlFile::ALL.iter().any(|kind| kind.suffix() == suffix);
    UserName::new(name.as_bytes()).filter(|_| known)
}

/// The control files of one user.
#[derive(Clone, Debug)]
pub struct ControlFiles {
    users: PathBuf,
    directory: PathBuf,
    name: UserName,
}

impl ControlFiles {
    /// Those of this user in this Users directory; nothing is created yet.
    pub fn new(users: &Path, name: &UserName) -> Self {
        ControlFiles { users: users.to_owned(), directory: users.join(CONTROL_FILES), name: name.clone() }
    }

    /// The path of a control file, unless the directory is a link: root must not be led away.
    fn path(&self, kind: ControlFile) -> io::Result<PathBuf> {
        safe_open::directory(&self.directory)?;
        Ok(self.directory.join(format!("{}.{}", self.name, kind.suffix())))
    }

    /// What has come of a call, with the name of the file if it has failed: it is not the
    /// maildrop, which whoever reads of it would look at first.
    fn named<T>(&self, kind: ControlFile, called: io::Result<T>) -> io::Result<T> {
        called.map_err(|e| {
            io::Error::new(e.kind(), format!("{CONTROL_FILES}/{}.{}: {e}", self.name, kind.suffix()))
        })
    }

    /// Opens `NAME.lock`. If it has to be made, it and its directory are durable when
    /// this returns.
    pub fn open_lock(&self) -> io::Result<File> {
        self.open_to_write(ControlFile::Lock)?.map_or_else(|| self.make_lock(), Ok)
    }

    fn make_lock(&self) -> io::Result<File> {
        let directory = make_directory(&self.users)?;
        let made = self.path(ControlFile::Lock).and_then(|path| owner::create(&path, &self.users));
        let file = match self.named(ControlFile::Lock, made) {
            // Somebody else was faster.
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                return self.open_to_write(ControlFile::Lock)?.ok_or(e);
            }
            other => other?,
        };
        if file.write_all_at(&[0; LOCK_FILE], 0).is_err() {
            // The disk is full: that must not keep anybody from removing mail.
            self.spare(0);
            let _ = file.write_all_at(&[0; LOCK_FILE], 0);
        } else {
            self.spare(SPARE_FILE);
        }
        directory.sync_all()?;
        Ok(file)
    }

    /// Makes the spare file so long, or gives it up for those who need its blocks. If that
    /// fails there is none.
    fn spare(&self, octets: usize) {
        let path = self.directory.join(SPARE);
        let opened = match safe_open::open_own(&path, OpenOptions::new().write(true)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound && octets > 0 => owner::create(&path, &self.users),
            other => other.map(|(spare, _)| spare),
        };
        let _ = opened.and_then(|spare| match octets {
            0 => spare.set_len(0),
            _ if spare.metadata()?.len() == octets as u64 => Ok(()),
            _ => spare.write_all_at(&vec![0; octets], 0),
        });
    }

    /// Opens a control file to read it, and says what it is like; `None` if there is
    /// none.
    pub fn open(&self, kind: ControlFile) -> io::Result<Option<(File, Metadata)>> {
        self.open_with(kind, OpenOptions::new().read(true))
    }

    /// Opens a control file to read and write it; `None` if there is none.
    pub fn open_to_write(&self, kind: ControlFile) -> io::Result<Option<File>> {
        Ok(self.open_with(kind, OpenOptions::new().read(true).write(true))?.map(|(file, _)| file))
    }

    fn open_with(
        &self,
        kind: ControlFile,
        options: &mut OpenOptions,
    ) -> io::Result<Option<(File, Metadata)>> {
        let opened = self.path(kind).and_then(|path| safe_open::open_own(&path, options));
        self.named(kind, found(opened))
    }

    /// Whether this file is the `NAME.lock` that others find.
    pub fn is_lock(&self, file: &File) -> io::Result<bool> {
        let there = found(self.path(ControlFile::Lock).and_then(fs::symlink_metadata))?;
        there.map_or(Ok(false), |there| Ok(safe_open::same_file(&there, &file.metadata()?)))
    }

    /// Makes a control file in place of what was there, which is never written to: it may be
    /// anybody's.
    pub fn create(&self, kind: ControlFile) -> io::Result<File> {
        let create = || owner::create(&self.path(kind)?, &self.users);
        let created = match create() {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => self.remove(kind).and_then(|()| create()),
            other => other,
        };
        self.named(kind, created)
    }

    /// Gives one control file the name of another, in whose place it comes at once.
    pub fn rename(&self, from: ControlFile, to: ControlFile) -> io::Result<()> {
        self.named(to, fs::rename(self.path(from)?, self.path(to)?))
    }

    /// Removes a control file, which may be missing.
    pub fn remove(&self, kind: ControlFile) -> io::Result<()> {
        found(self.path(kind).and_then(fs::remove_file)).map(drop)
    }

    /// Removes all of them, durable. If there are none nothing is done.
    pub fn remove_all(&self) -> io::Result<()> {
        self.remove_durably(&ControlFile::ALL)
    }

    /// Removes all of them; the caller makes it durable.
    pub fn remove_each(&self) -> io::Result<()> {
        ControlFile::ALL.iter().try_for_each(|kind| self.remove(*kind))
    }

    /// Removes these, each of which may be missing, durable.
    pub fn remove_durably(&self, kinds: &[ControlFile]) -> io::Result<()> {
        for kind in kinds {
            self.remove(*kind)?;
        }
        found(File::open(&self.directory).and_then(|directory| directory.sync_all())).map(drop)
    }
}

/// Opens the directory of the control files. If it has to be made, it is durable when this
/// returns.
pub fn make_directory(users: &Path) -> io::Result<File> {
    let directory = users.join(CONTROL_FILES);
    let named = |e: io::Error| io::Error::new(e.kind(), format!("{CONTROL_FILES}: {e}"));
    match owner::create_directory(&directory, users) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(named(e)),
        _ => File::open(users)?.sync_all()?,
    }
    safe_open::directory(&directory).and_then(|()| File::open(directory)).map_err(named)
}
