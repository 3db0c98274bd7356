//! A Users directory for every input: files are overwritten, not created again,
//! as that takes most of the time of an input.
//!
//! It is in the directory for temporary files, which should be in memory.
//! `scripts/fuzz/run` removes it.

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

/// A control file of a user.
#[derive(Clone, Copy, Debug)]
pub enum ControlFile {
    Lock,
    Sidecar,
}

impl Place {
    /// An empty directory of this process.
    pub fn new() -> Self {
        let directory = env::temp_dir().join(format!("pop1081-fuzz-{}", process::id()));
        fs::create_dir_all(directory.join(".pop1081")).expect("a directory in memory");
        let users = Users::new(&directory).expect("a Users directory");
        Place { directory, users }
    }

    /// Gives the file of a user these octets, and returns it open.
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

    /// The octets of a control file, if there is one.
    pub fn control_file(&self, name: &UserName, file: ControlFile) -> Option<Vec<u8>> {
        match fs::read(self.path(name, file)) {
            Err(e) if e.kind() == ErrorKind::NotFound => None,
            other => Some(other.expect("a control file")),
        }
    }

    /// Gives a control file these octets, written long after the last change of
    /// the maildrop: a sidecar written at the same time is not used.
    pub fn write_control_file(&self, name: &UserName, file: ControlFile, octets: &[u8]) {
        let path = self.path(name, file);
        fs::write(&path, octets).expect("a control file");
        let later = SystemTime::now() + Duration::from_secs(60);
        let file = File::options().write(true).open(path).expect("a control file");
        file.set_modified(later).expect("its time");
    }

    /// Removes a control file, if there is one.
    pub fn remove(&self, name: &UserName, file: ControlFile) {
        match fs::remove_file(self.path(name, file)) {
            Err(e) if e.kind() != ErrorKind::NotFound => panic!("a control file stays: {e}"),
            _ => {}
        }
    }

    /// Where a control file is.
    pub fn path(&self, name: &UserName, file: ControlFile) -> PathBuf {
        let suffix = match file {
            ControlFile::Lock => "lock",
            ControlFile::Sidecar => "state",
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
