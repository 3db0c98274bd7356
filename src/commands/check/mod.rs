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
    if fs::metadata(directory)?.mode() & 0o002 != 0 {
        Reporter::new(directory, found).whole("others may put files there: chmod o-w");
    }
    for entry in entries(directory)? {
        let (entry, path, metadata) = entry?;
        if entry == RHOSTS {
            check_rhosts(users, &path, &metadata, found)?;
        } else if entry == CONTROL_FILES {
            check_control_files(users, &path, &metadata, found)?;
        } else if let Some(name) = UserName::new(entry.as_bytes()) {
            let reporter = &mut Reporter::new(&path, found);
            user_file::check_user(users, &name, (&path, &metadata), depth, reporter);
        } else {
            Reporter::new(&path, found).whole("not a valid user name");
        }
    }
    Ok(())
}

/// Reports what is wrong with `.pop1081/` and its files.
fn check_control_files(
    users: &Users,
    directory: &Path,
    metadata: &Metadata,
    found: &mut dyn FnMut(Finding),
) -> io::Result<()> {
    each_file(directory, (metadata, 0o077), found, |entry, _, metadata, reporter| match user_of_control_file(
        entry,
    ) {
        None if entry == SPARE => {}
        None if entry == ADDING => {
            reporter.whole("made for users who were not added; the next user add removes it")
        }
        None if entry == ADDED => {
            reporter.whole("adding users was interrupted; the next start of the server finishes it")
        }
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
fn check_rhosts(
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
