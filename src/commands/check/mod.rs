//! `pop1081 check`: reads a Users directory and reports what is wrong.
//!
//! It never writes, opens nothing but regular files that are reached by no link, and
//! waits for a lock no longer than a login does, so that it may run on the directory
//! of a server at any time. Here are the directories: the one with the users, and beside
//! them `.pop1081/`, the server's own files, and `.rhosts/`, who may use RPOP. What is in
//! the files of `.pop1081/` is checked together with the maildrop.

mod reporter;
mod user_file;

pub use reporter::Finding;

use crate::exit::{self, Failure};
use crate::limits;
use crate::maildrop::{ADDED, ADDING, SPARE, user_of_control_file};
use crate::protocol::credentials::UserName;
use crate::users::{CONTROL_FILES, RHOSTS, Users, rhosts, safe_open};
use reporter::{Depth, Reporter, entries};
use std::ffi::OsStr;
use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Prints what is wrong with the directory, a line for each finding.
///
/// # Errors
/// Exit code 65 when there is anything, 74 when it can't be printed, 75 when the
/// directory can't be read.
pub fn check(users: &Users) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    let (mut count, mut printed) = (0, Ok(()));
    let checked = check_directory(users, Depth::Whole, &mut |finding| {
        count += 1;
        if printed.is_ok() {
            printed = writeln!(out, "{finding}");
        }
    });
    exit::printed(printed.and_then(|()| out.flush()))?;
    let directory = users.directory().display();
    checked.map_err(|e| (exit::TRY_AGAIN, format!("the Users directory {directory}: {e}")))?;
    if count == 0 { Ok(()) } else { Err((exit::BAD_DATA, counted(count))) }
}

/// Logs how many findings there are, if any, and the command that prints them. It
/// reads no messages and compares no sidecar, so that a server starts at once.
pub fn warn(users: &Users) {
    let mut count = 0;
    let checked = check_directory(users, Depth::Quick, &mut |_| count += 1);
    let directory = users.directory().display();
    match checked {
        Err(e) => log::warn!("the Users directory {directory} can't be checked: {e}"),
        Ok(()) if count > 0 => {
            log::warn!("{} in the Users directory; run: pop1081 check --users {directory}", counted(count));
        }
        Ok(()) => {}
    }
}

fn counted(findings: u64) -> String {
    if findings == 1 { "1 finding".to_owned() } else { format!("{findings} findings") }
}

fn check_directory(users: &Users, depth: Depth, found: &mut dyn FnMut(Finding)) -> io::Result<()> {
    let directory = users.directory();
    let of_users = &fs::metadata(directory)?;
    let reporter = &mut Reporter::new(directory, found);
    if of_users.mode() & 0o002 != 0 {
        reporter.whole("others may put files there: chmod o-w");
    }
    reporter.check_owner(of_users, of_users, if users.are_for_practice() { 0o500 } else { 0o700 });
    for entry in entries(directory)? {
        let (entry, path, metadata) = entry?;
        if entry == RHOSTS {
            check_rhosts(users, (&path, &metadata, of_users), found);
        } else if entry == CONTROL_FILES {
            check_control_files(users, (&path, &metadata, of_users), found);
        } else if let Some(name) = UserName::new(entry.as_bytes()) {
            let reporter = &mut Reporter::new(&path, found);
            user_file::check_user(users, &name, (&path, &metadata, of_users), depth, reporter);
        } else {
            Reporter::new(&path, found).whole("not a valid user name");
        }
    }
    Ok(())
}

/// A directory beside the users: its path, its metadata, and those of the Users directory.
type Beside<'d> = (&'d Path, &'d Metadata, &'d Metadata);

/// Reports what is wrong with `.pop1081/` and its files.
fn check_control_files(users: &Users, directory: Beside<'_>, found: &mut dyn FnMut(Finding)) {
    each_file(directory, 0o077, found, |entry, _, metadata, reporter| {
        if entry == ADDING {
            return reporter.whole("made for users who were not added; the next user add removes it");
        }
        if entry == ADDED {
            return reporter.whole("adding users was interrupted; the next start of the server finishes it");
        }
        let user = user_of_control_file(entry);
        if user.is_none() && entry != SPARE {
            return reporter.whole("not one of the server's files");
        }
        if let Some(name) = user.filter(|name| matches!(users.knows(name), Ok(false))) {
            return reporter.whole(format!("it belongs to {name}, and there is no such user"));
        }
        if reporter.check_kind(metadata) {
            reporter.check_owner(metadata, directory.2, 0o600);
        }
    });
}

/// Reports what is wrong with `.rhosts/` and its files.
fn check_rhosts(users: &Users, directory: Beside<'_>, found: &mut dyn FnMut(Finding)) {
    each_file(directory, 0o022, found, |entry, path, metadata, reporter| {
        let user = UserName::new(entry.as_bytes());
        if user.is_none_or(|name| matches!(users.knows(&name), Ok(false))) {
            reporter.whole("there is no user of this name");
        }
        if reporter.check_kind(metadata) {
            reporter.check_owner(metadata, directory.2, 0o400);
            reporter.check_mode(metadata, 0o077);
            if let Err(e) = check_rhosts_lines(path, reporter) {
                reporter.whole(format!("it can't be read: {e}"));
            }
        }
    });
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
    (directory, metadata, of_users): Beside<'_>,
    forbidden: u32,
    found: &mut dyn FnMut(Finding),
    mut check: impl FnMut(&OsStr, &Path, &Metadata, &mut Reporter<'_>),
) {
    let reporter = &mut Reporter::new(directory, found);
    if !metadata.is_dir() {
        return reporter.whole("not a directory");
    }
    reporter.check_owner(metadata, of_users, 0o700);
    reporter.check_mode(metadata, forbidden);
    let read = entries(directory).and_then(|mut entries| {
        entries.try_for_each(|entry| {
            let (name, path, metadata) = entry?;
            check(&name, &path, &metadata, &mut Reporter::new(&path, found));
            Ok(())
        })
    });
    if let Err(e) = read {
        Reporter::new(directory, found).whole(format!("it can't be read: {e}"));
    }
}
