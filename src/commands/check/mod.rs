//! `pop1081 check`: reads a Users directory and reports what is wrong.
//!
//! It never writes, opens nothing but regular files that are reached by no link, and
//! waits for a lock no longer than a login does, so that it may run on the directory
//! of a server at any time.

mod directories;
mod reporter;
mod user_file;

pub use reporter::Finding;

use crate::exit::{self, Failure};
use crate::protocol::credentials::UserName;
use crate::users::{CONTROL_FILES, RHOSTS, Users};
use reporter::{Depth, Reporter, entries};
use std::fs;
use std::io::{self, BufWriter, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;

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
            directories::check_rhosts(users, &path, &metadata, found)?;
        } else if entry == CONTROL_FILES {
            directories::check_control_files(users, &path, &metadata, found)?;
        } else if let Some(name) = UserName::new(entry.as_bytes()) {
            let reporter = &mut Reporter::new(&path, found);
            user_file::check_user(users, &name, (&path, &metadata), depth, reporter);
        } else {
            Reporter::new(&path, found).whole("not a valid user name");
        }
    }
    Ok(())
}
