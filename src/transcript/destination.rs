//! Where one transcript goes: a file of its own, the terminal, or both.
//!
//! A file is new, for its owner's eyes only unless it comes into a directory of the
//! user's own, and never replaces another one: several servers may share a directory.

use crate::limits;
use crate::terminal::Terminal;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The mode of a transcript in a directory of its user's own, which keeps others out.
const READABLE: u32 = 0o644;

/// Where a transcript goes.
pub struct Destination {
    /// When the session began, as it stands in the file's name.
    stamp: String,
    number: u64,
    file: Option<(File, PathBuf)>,
    terminal: Option<Arc<Terminal>>,
    /// Shared by all transcripts: a disk that is full is full for all of them.
    failure_logged: Arc<AtomicBool>,
}

impl Destination {
    /// A destination without a file.
    pub fn new(stamp: String, terminal: Option<Arc<Terminal>>, failure_logged: Arc<AtomicBool>) -> Self {
        Destination { stamp, number: 0, file: None, terminal, failure_logged }
    }

    /// A new file.
    ///
    /// # Errors
    /// `AlreadyExists` when there is one; else what the system says.
    pub fn file(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        let file = Some((file, path.to_owned()));
        Ok(Destination { file, ..Destination::new(String::new(), None, Arc::default()) })
    }

    /// Gives it the next number, and a file in the directory if there is one.
    pub fn open(&mut self, directory: Option<&Path>, numbers: &AtomicU64) {
        let next = || numbers.fetch_add(1, Ordering::Relaxed) + 1;
        self.number = next();
        let Some(directory) = directory else { return };
        let last = self.number + limits::TRANSCRIPT_NAMES;
        loop {
            let path = directory.join(format!("{}-{:04}.txt", self.stamp, self.number));
            match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
                Ok(file) => return self.file = Some((file, path)),
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists && self.number < last => {
                    self.number = next();
                }
                Err(e) => return self.log_failure(&path, &e),
            }
        }
    }

    /// Has the user's name become part of the file's. A link is made first, for
    /// renaming would replace a file that has the new name. If the user has a directory
    /// there, the file comes into it, and is for those who may enter that.
    pub fn add_user(&mut self, user: &str) {
        let Some((file, path)) = &mut self.file else { return };
        let own = path.with_file_name(user);
        let has_own = fs::symlink_metadata(&own).is_ok_and(|metadata| metadata.is_dir());
        for number in self.number..=self.number + limits::TRANSCRIPT_NAMES {
            let name = format!("{}-{number:04}-{user}.txt", self.stamp);
            let named = if has_own { own.join(&name) } else { path.with_file_name(&name) };
            match fs::hard_link(&*path, &named) {
                Ok(()) => {
                    let _ = fs::remove_file(&*path);
                    if has_own {
                        let _ = file.set_permissions(Permissions::from_mode(READABLE));
                    }
                    return *path = named;
                }
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                // A file system without links: the name tells less.
                Err(e) => return log::info!("{}: can't be named after {user}: {e}", path.display()),
            }
        }
    }

    /// Writes whole lines there.
    pub fn write(&mut self, lines: &str) {
        if let Some((mut file, path)) = self.file.take() {
            match file.write_all(lines.as_bytes()) {
                Ok(()) => self.file = Some((file, path)),
                Err(e) => self.log_failure(&path, &e),
            }
        }
        if let Some(terminal) = &self.terminal {
            terminal.show(lines.lines().map(|line| format!("{:04} {line}\n", self.number)).collect());
        }
    }

    fn log_failure(&self, path: &Path, e: &io::Error) {
        if !self.failure_logged.swap(true, Ordering::Relaxed) {
            log::error!("{}: the transcript can't be written, nor perhaps others: {e}", path.display());
        }
    }
}

#[cfg(test)]
#[path = "../../tests/unit/transcript/destination.rs"]
mod tests;
