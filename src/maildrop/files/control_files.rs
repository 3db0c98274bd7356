//! The server's own files beside the maildrops, `Users/.pop1081/NAME.*`: their
//! names, how they are made, and how the directory is made durable.
//!
//! What stands in them is the affair of `lock`, `sidecar` and `redo`.

use crate::protocol::credentials::UserName;
use crate::users::CONTROL_FILES;
use crate::users::safe_open;
use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process;

/// A note's part of the name after `NAME.`. A user may have a dot in the name,
/// so no suffix may have one: then no two users share a note.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Note {
    /// The session lock; never replaced or removed.
    Lock,
    /// The sidecar.
    State,
    /// A sidecar that is being written.
    New,
    /// A redo file that is being written.
    Tmp,
    /// A redo file that is committed.
    Redo,
}

/// Whose note a file of this name in the notes directory is; `None` if it is none.
pub fn user_of_note(file: &OsStr) -> Option<UserName> {
    let (name, suffix) = file.to_str()?.rsplit_once('.')?;
    // A number is that of a process that was killed while it made a nameless file.
    let known = ["lock", "state", "new", "tmp", "redo"].contains(&suffix) || suffix.parse::<u32>().is_ok();
    UserName::new(name.as_bytes()).filter(|_| known)
}

/// The notes of one user.
#[derive(Clone, Debug)]
pub struct Notes {
    users: PathBuf,
    directory: PathBuf,
    name: UserName,
}

impl Notes {
    /// The notes of this user in this Users directory; nothing is created yet.
    pub fn new(users: &Path, name: &UserName) -> Self {
        Notes { users: users.to_owned(), directory: users.join(CONTROL_FILES), name: name.clone() }
    }

    /// Where a note lies.
    pub fn path(&self, note: Note) -> PathBuf {
        let suffix = match note {
            Note::Lock => "lock",
            Note::State => "state",
            Note::New => "new",
            Note::Tmp => "tmp",
            Note::Redo => "redo",
        };
        self.directory.join(format!("{}.{suffix}", self.name))
    }

    /// Opens the file of the session lock. That it exists means that the notes
    /// directory is durable: it is made only after that.
    pub fn open_lock(&self) -> io::Result<File> {
        let path = self.path(Note::Lock);
        match safe_open::open_own(&path, OpenOptions::new().read(true).write(true)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                self.make_directory()?;
                own(OpenOptions::new().read(true).write(true).create(true)).open(&path)
            }
            other => other.map(|(file, _)| file),
        }
    }

    fn make_directory(&self) -> io::Result<()> {
        match DirBuilder::new().mode(0o700).create(&self.directory) {
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(e),
            _ => File::open(&self.users)?.sync_all(),
        }
    }

    /// Opens a note to read it, and says what it is like; `None` if there is no
    /// such note.
    pub fn open(&self, note: Note) -> io::Result<Option<(File, Metadata)>> {
        match safe_open::open_own(&self.path(note), OpenOptions::new().read(true)) {
            Ok(opened) => Ok(Some(opened)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Makes a note, empty whatever was there.
    pub fn create(&self, note: Note) -> io::Result<File> {
        own(OpenOptions::new().read(true).write(true).create(true).truncate(true)).open(self.path(note))
    }

    /// A file without a name: it is gone with whoever has it open.
    pub fn create_nameless(&self) -> io::Result<File> {
        self.open_lock()?;
        let path = self.directory.join(format!("{}.{}", self.name, process::id()));
        let mut options = OpenOptions::new();
        let create = own(options.read(true).write(true).create_new(true));
        let file = match create.open(&path) {
            // Left over from a process of the same number that was killed right here.
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                fs::remove_file(&path)?;
                create.open(&path)
            }
            other => other,
        }?;
        fs::remove_file(&path)?;
        Ok(file)
    }

    /// Gives one note the name of another, in whose place it comes at once.
    /// Durable after [`Notes::sync`].
    pub fn rename(&self, from: Note, to: Note) -> io::Result<()> {
        fs::rename(self.path(from), self.path(to))
    }

    /// Removes a note, which may be missing. Durable after [`Notes::sync`].
    pub fn remove(&self, note: Note) -> io::Result<()> {
        match fs::remove_file(self.path(note)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }
    }

    /// Makes the names in the notes directory durable.
    pub fn sync(&self) -> io::Result<()> {
        File::open(&self.directory)?.sync_all()
    }
}

/// For the server's eyes only, and reached by no link.
fn own(options: &mut OpenOptions) -> &mut OpenOptions {
    options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
}
