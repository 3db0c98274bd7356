//! What is wrong with a Users directory, as one line each: `FILE:LINE: what`; and what
//! may be wrong with any file, whatever it is for. `check --explain` says what each means.

use crate::logging::one_line;
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// Something that is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    pub path: PathBuf,
    /// Counted from 1; `None`: the file as a whole.
    pub line: Option<u64>,
    pub what: String,
}

/// A file may have any name: it must not look like another line, nor steer the
/// terminal of whoever reads it.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.path.as_os_str().as_encoded_bytes().utf8_chunks() {
            f.write_str(&one_line(part.valid()))?;
            part.invalid().iter().try_for_each(|octet| write!(f, "\\x{octet:02x}"))?;
        }
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.what)
    }
}

/// How much is checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Depth {
    /// What costs the same for every file, however large it is; no lock is taken.
    Quick,
    /// Everything.
    Whole,
}

/// Takes the findings about one file.
pub struct Reporter<'f> {
    path: &'f Path,
    found: &'f mut dyn FnMut(Finding),
}

impl<'f> Reporter<'f> {
    /// Findings about the file at this path go to `found`.
    pub fn new(path: &'f Path, found: &'f mut dyn FnMut(Finding)) -> Self {
        Reporter { path, found }
    }

    /// Reports the file as a whole.
    pub fn whole(&mut self, what: impl Into<String>) {
        self.report(None, what.into());
    }

    /// Reports a line of it.
    pub fn line(&mut self, line: u64, what: impl Into<String>) {
        self.report(Some(line), what.into());
    }

    fn report(&mut self, line: Option<u64>, what: String) {
        (self.found)(Finding { path: self.path.to_owned(), line, what });
    }

    /// Whether it is a regular file with one name; reports it if not.
    pub fn check_kind(&mut self, metadata: &Metadata) -> bool {
        let kind = metadata.file_type();
        let what = match () {
            () if kind.is_symlink() => "it is a symbolic link, which is never followed",
            () if kind.is_dir() => "it is a directory, not a regular file",
            () if kind.is_fifo() => "it is a FIFO, not a regular file",
            () if kind.is_socket() => "it is a socket, not a regular file",
            () if kind.is_file() && metadata.nlink() <= 1 => return true,
            () if kind.is_file() => "it has another name (a hard link), so it is never opened",
            () => "it is a device, not a regular file",
        };
        self.whole(what);
        false
    }

    /// Whether it belongs to the owner of the Users directory, who may do with it what
    /// `needed` says; reports it if not. Root may do everything.
    pub fn check_owner(&mut self, metadata: &Metadata, directory: &Metadata, needed: u32) -> bool {
        let (owner, mode) = (directory.uid(), metadata.mode() & 0o777);
        if owner != 0 && metadata.uid() != owner {
            let uid = metadata.uid();
            self.whole(format!(
                "it belongs to user {uid}, and the Users directory to user {owner}: chown {owner}"
            ));
            return false;
        }
        if mode & needed != needed {
            let rights = if metadata.is_dir() { "rwx" } else { "rw" };
            self.whole(format!(
                "no session can use it, its owner may not (mode {mode:04o}): chmod u+{rights}"
            ));
            return false;
        }
        true
    }

    /// Reports a file or directory that others than the owner may read or write, as
    /// far as `forbidden` says.
    pub fn check_mode(&mut self, metadata: &Metadata, forbidden: u32) {
        let mode = metadata.mode() & 0o777;
        let may = match (mode & forbidden & 0o044 != 0, mode & forbidden & 0o022 != 0) {
            (_, true) => "others may write to it",
            (true, false) => "others may read it",
            (false, false) => return,
        };
        self.whole(format!("{may} (mode {mode:04o}): chmod go="));
    }
}

/// What is in a directory, in the order of the names: name, path and metadata. What
/// was removed since the directory was read is left out.
pub fn entries(
    directory: &Path,
) -> io::Result<impl Iterator<Item = io::Result<(OsString, PathBuf, Metadata)>>> {
    let names = fs::read_dir(directory)?.map(|entry| entry.map(|e| e.file_name()));
    let mut names = names.collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names.into_iter().filter_map(move |name| {
        let path = directory.join(&name);
        match fs::symlink_metadata(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            looked => Some(looked.map(|metadata| (name, path, metadata))),
        }
    }))
}

#[cfg(test)]
#[path = "../../../tests/unit/commands/check/reporter.rs"]
mod tests;
