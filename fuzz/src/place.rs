//! A Users directory that is made once and used for every input: files are
//! written over, not made anew, for that is most of what an input costs.
//!
//! It lies in the directory for temporary files, which had better be memory.
//! Whoever started the fuzzing removes it.

use pop1081::protocol::credentials::UserName;
use pop1081::users::Users;
use std::fs::{self, File, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use std::{env, process};

/// A Users directory.
pub struct Place {
    pub directory: PathBuf,
    pub users: Users,
}

/// A note beside a maildrop, in the server's directory for them.
#[derive(Clone, Copy, Debug)]
pub enum Note {
    Sidecar,
    Redo,
}

impl Place {
    /// An empty directory of this process.
    pub fn new() -> Self {
        let directory = env::temp_dir().join(format!("pop1081-fuzz-{}", process::id()));
        fs::create_dir_all(directory.join(".pop1081")).expect("a directory in memory");
        let users = Users::new(&directory).expect("a Users directory");
        Place { directory, users }
    }

    /// Makes the file of a user these octets, and gives it back open.
    pub fn write(&self, name: &UserName, octets: &[u8]) -> File {
        let mut options = File::options();
        let path = self.directory.join(name.as_str());
        let file = options.read(true).write(true).create(true).truncate(false).open(path);
        let file = file.expect("the file of a user");
        file.set_len(octets.len() as u64).expect("its length");
        file.write_all_at(octets, 0).expect("its octets");
        file
    }

    /// The octets of a user's file.
    pub fn read(&self, name: &UserName) -> Vec<u8> {
        fs::read(self.directory.join(name.as_str())).expect("the file of a user")
    }

    /// What the file system says of a user's file.
    pub fn metadata(&self, name: &UserName) -> Metadata {
        fs::metadata(self.directory.join(name.as_str())).expect("the file of a user")
    }

    /// The octets of a note, if there is one.
    pub fn note(&self, name: &UserName, note: Note) -> Option<Vec<u8>> {
        match fs::read(self.path(name, note)) {
            Err(e) if e.kind() == ErrorKind::NotFound => None,
            other => Some(other.expect("a note")),
        }
    }

    /// Makes a note these octets, written long after the last change of the
    /// maildrop: a younger sidecar is not believed, and hardly looked at.
    pub fn write_note(&self, name: &UserName, note: Note, octets: &[u8]) {
        let path = self.path(name, note);
        fs::write(&path, octets).expect("a note");
        let later = SystemTime::now() + Duration::from_secs(60);
        let file = File::options().write(true).open(path).expect("a note");
        file.set_modified(later).expect("the time of a note");
    }

    /// Removes a note, which may be missing.
    pub fn remove(&self, name: &UserName, note: Note) {
        match fs::remove_file(self.path(name, note)) {
            Err(e) if e.kind() != ErrorKind::NotFound => panic!("a note stays: {e}"),
            _ => {}
        }
    }

    fn path(&self, name: &UserName, note: Note) -> PathBuf {
        let suffix = match note {
            Note::Sidecar => "state",
            Note::Redo => "redo",
        };
        self.directory.join(".pop1081").join(format!("{name}.{suffix}"))
    }
}

impl Default for Place {
    fn default() -> Self {
        Place::new()
    }
}

/// A user's name.
pub fn name(text: &str) -> UserName {
    UserName::new(text.as_bytes()).expect("a user's name")
}
