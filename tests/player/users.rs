//! A private copy of the shipped Users directory, gone again when it is dropped.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// The server's own notes; a copy starts without any.
const NOTES: &str = ".pop1081";

pub struct TestUsers {
    place: PathBuf,
}

impl TestUsers {
    pub fn copy_of_shipped() -> io::Result<TestUsers> {
        let users = TestUsers { place: fresh_place() };
        create_directory(&users.place)?;
        copy_directory(&Path::new(env!("CARGO_MANIFEST_DIR")).join("Users"), &users.directory())?;
        Ok(users)
    }

    pub fn directory(&self) -> PathBuf {
        self.place.join("Users")
    }

    /// Where the server's log goes: beside the users, never among them.
    pub fn log(&self) -> PathBuf {
        self.place.join("log")
    }
}

impl Drop for TestUsers {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.place);
    }
}

fn fresh_place() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("users-{}-{count}", std::process::id()))
}

fn copy_directory(from: &Path, to: &Path) -> io::Result<()> {
    create_directory(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_name() == NOTES {
            continue;
        } else if entry.file_type()?.is_dir() {
            copy_directory(&entry.path(), &target)?;
        } else {
            write_in_place(&target, &fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

fn create_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// Writes a file as an editor that keeps the inode would; a new one is private (0600).
pub fn write_in_place(path: &Path, octets: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(octets)
}
