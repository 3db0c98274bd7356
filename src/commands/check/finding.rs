//! What is wrong with a Users directory, as one line each: `FILE:LINE: what`.
//!
//! What each one means is explained by `pop1081 check --help`.

use crate::logging::one_line;
use std::fmt;
use std::path::{Path, PathBuf};

/// Something that is not as it should be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    pub path: PathBuf,
    /// Counted from 1; `None`: it is the file as a whole.
    pub line: Option<u64>,
    pub what: String,
}

/// A file may have been given any name: it must not look like another line, nor
/// steer the terminal of whoever reads it.
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

/// How much is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Depth {
    /// What costs the same for every file, however large it is; no lock is taken.
    Quick,
    /// Everything.
    Whole,
}

/// Takes the findings about one file.
pub struct About<'f> {
    path: &'f Path,
    found: &'f mut dyn FnMut(Finding),
}

impl<'f> About<'f> {
    /// Findings about the file at this path go to `found`.
    pub fn new(path: &'f Path, found: &'f mut dyn FnMut(Finding)) -> Self {
        About { path, found }
    }

    /// Of the file as a whole.
    pub fn whole(&mut self, what: impl Into<String>) {
        self.found(None, what.into());
    }

    /// Of a line of it.
    pub fn line(&mut self, line: u64, what: impl Into<String>) {
        self.found(Some(line), what.into());
    }

    fn found(&mut self, line: Option<u64>, what: String) {
        (self.found)(Finding { path: self.path.to_owned(), line, what });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn a_finding_is_one_line() {
        let path = PathBuf::from(OsStr::from_bytes(b"Users/a\n\x1b[1mb\xff\xc3\xa9"));
        let finding = Finding { path, line: Some(2), what: "x".to_owned() };
        assert_eq!(finding.to_string(), "Users/a\\n\\u{1b}[1mb\\xff\u{e9}:2: x");
    }
}
