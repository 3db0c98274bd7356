//! The stamp of a file: what the file system says of it, by which one sees that
//! it was changed.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::SystemTime;

/// What a file system says of a file: if nothing of it has changed, the file
/// has not, but for changes within one tick of the clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stamp {
    pub device: u64,
    pub inode: u64,
    pub size: u64,
    pub modified: (u64, u64),
    pub changed: (u64, u64),
}

impl Stamp {
    /// The stamp of a file.
    pub fn of(file: &File) -> io::Result<Self> {
        Ok(Stamp::from(&file.metadata()?))
    }

    /// Whether this is the same file, whatever was done to it.
    pub fn is_of(&self, found: &Metadata) -> bool {
        (found.dev(), found.ino()) == (self.device, self.inode)
    }

    /// Whether the file of this stamp stands at this path.
    pub fn stands_at(&self, path: &Path) -> io::Result<bool> {
        match fs::symlink_metadata(path) {
            Ok(found) => Ok(self.is_of(&found)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(e) => Err(e),
        }
    }

    /// Nanoseconds of the clock at its latest change.
    pub fn latest(&self) -> u128 {
        nanoseconds(self.modified).max(nanoseconds(self.changed))
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

fn nanoseconds((seconds, rest): (u64, u64)) -> u128 {
    u128::from(seconds) * 1_000_000_000 + u128::from(rest)
}

/// Sets the time of the last change to one that the coarse clock of the file
/// system does not show, so that a change in the same tick is seen. Where that
/// is not possible, the sidecar is not believed within that tick.
pub fn seal(maildrop: &File) -> io::Result<(Stamp, bool)> {
    let now = SystemTime::now();
    let set = maildrop.set_modified(now).is_ok();
    let metadata = maildrop.metadata()?;
    Ok((Stamp::from(&metadata), set && metadata.modified()? == now))
}
