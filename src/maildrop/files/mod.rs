//! The files of a user beside the maildrop, and the stamp of a file: what the file system
//! says of it, by which one sees that it was changed.

pub mod checksum;
pub mod control_files;

use crate::limits;
use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// What a file system says of a file: if nothing of it has changed, the file
/// has not, but for changes within one tick of the clock.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Stamp {
    pub device: u64,
    pub inode: u64,
    pub size: u64,
    pub modified: (u64, u64),
    pub changed: (u64, u64),
}

impl Stamp {
    /// Whether a change that came after the clock showed `now` would show in the stamp:
    /// file systems take their times from a clock that ticks slowly.
    pub fn is_settled(&self, now: SystemTime) -> bool {
        let (seconds, nanoseconds) = self.modified.max(self.changed);
        let latest = SystemTime::UNIX_EPOCH.checked_add(Duration::new(seconds, nanoseconds as u32));
        let since = latest.and_then(|latest| now.duration_since(latest).ok());
        since.is_some_and(|since| since > limits::CLOCK_GRAIN)
    }

    /// The stamp of a file.
    pub fn of(file: &File) -> io::Result<Self> {
        Ok(Stamp::from(&file.metadata()?))
    }

    /// Whether this is the same file, whatever was done to it.
    pub fn is_same_file(&self, other: &Stamp) -> bool {
        (other.device, other.inode) == (self.device, self.inode)
    }

    /// Whether the path still leads to the file of this stamp.
    pub fn stands_at(&self, path: &Path) -> io::Result<bool> {
        Ok(found(fs::symlink_metadata(path))?.is_some_and(|there| self.is_same_file(&Stamp::from(&there))))
    }
}

impl From<&Metadata> for Stamp {
    fn from(m: &Metadata) -> Self {
        Stamp {
            device: m.dev(),
            inode: m.ino(),
            size: m.size(),
            modified: (m.mtime() as u64, m.mtime_nsec() as u64),
            changed: (m.ctime() as u64, m.ctime_nsec() as u64),
        }
    }
}

/// What has come of a call; `None` if there is no such file.
fn found<T>(called: io::Result<T>) -> io::Result<Option<T>> {
    match called {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}
