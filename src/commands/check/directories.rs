//! The two directories beside the users: `.pop1081/`, the server's own files, and
//! `.rhosts/`, who may use RPOP. What is in the files of `.pop1081/` is checked
//! together with the maildrop.

use super::reporter::{Finding, Reporter, entries};
use crate::limits;
use crate::maildrop::{SPARE, user_of_control_file};
use crate::protocol::credentials::UserName;
use crate::users::{Users, rhosts, safe_open};
use std::ffi::OsStr;
use std::fs::{Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Reports what is wrong with `.pop1081/` and its files.
pub fn check_control_files(
    users: &Users,
    directory: &Path,
    metadata: &Metadata,
    found: &mut dyn FnMut(Finding),
) -> io::Result<()> {
    each_file(directory, (metadata, 0o077), found, |entry, _, metadata, reporter| match user_of_control_file(
        entry,
    ) {
        None if entry == SPARE => {}
        None => reporter.whole("not one of the server's files"),
        Some(name) if !users.knows(&name) => {
            reporter.whole(format!("it belongs to {name}, and there is no such user"));
        }
        Some(_) => {
            reporter.check_kind(metadata);
        }
    })
}

/// Reports what is wrong with `.rhosts/` and its files.
pub fn check_rhosts(
    users: &Users,
    directory: &Path,
    metadata: &Metadata,
    found: &mut dyn FnMut(Finding),
) -> io::Result<()> {
    each_file(directory, (metadata, 0o022), found, |entry, path, metadata, reporter| {
        let user = UserName::new(entry.as_bytes());
        if !user.is_some_and(|name| users.knows(&name)) {
            reporter.whole("there is no user of this name");
        }
        if reporter.check_kind(metadata) {
            reporter.check_mode(metadata, 0o077);
            if let Err(e) = check_rhosts_lines(path, reporter) {
                reporter.whole(format!("it can't be read: {e}"));
            }
        }
    })
}

fn check_rhosts_lines(path: &Path, reporter: &mut Reporter<'_>) -> io::Result<()> {
    let (file, metadata) = safe_open::open(path, OpenOptions::new().read(true))?;
    if metadata.len() > limits::RHOSTS_FILE {
        reporter.whole(format!("only its first {} octets count", limits::RHOSTS_FILE));
    }
    let mut octets = Vec::new();
    file.take(limits::RHOSTS_FILE).read_to_end(&mut octets)?;
    for (number, line) in (1..).zip(String::from_utf8_lossy(&octets).lines()) {
        if let Err(why) = rhosts::entry(line) {
            reporter.line(number, format!("the line admits nobody: {why}"));
        }
    }
    Ok(())
}

/// Checks a directory, of which others may not have what `forbidden` says, and each
/// file in it.
fn each_file(
    directory: &Path,
    (metadata, forbidden): (&Metadata, u32),
    found: &mut dyn FnMut(Finding),
    mut check: impl FnMut(&OsStr, &Path, &Metadata, &mut Reporter<'_>),
) -> io::Result<()> {
    let reporter = &mut Reporter::new(directory, found);
    if !metadata.is_dir() {
        reporter.whole("not a directory");
        return Ok(());
    }
    reporter.check_mode(metadata, forbidden);
    for entry in entries(directory)? {
        let (name, path, metadata) = entry?;
        check(&name, &path, &metadata, &mut Reporter::new(&path, found));
    }
    Ok(())
}
