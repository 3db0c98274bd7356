//! `pop1081 check`: looks a Users directory over and says what is wrong.
//!
//! It reads and never writes, opens nothing but regular files that are reached by
//! no link, and waits for nobody longer than a login does, so that it may run on
//! the directory of a server at any time. What it finds in a user's file is said
//! by `account`, in the maildrop by `mail`, beside it by `notes` and `rpop`.

mod account;
mod files;
mod finding;
mod mail;
mod notes;
mod rpop;

pub use finding::Finding;

use crate::exit::{self, Failure};
use crate::protocol::credentials::UserName;
use crate::users::{NOTES, RHOSTS, Users};
use files::{names, still_there};
use finding::{About, Depth};
use std::fs;
use std::io::{self, BufWriter, Write};
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
    let looked = look_over(users.directory(), Depth::Whole, &mut |finding| {
        count += 1;
        if printed.is_ok() {
            printed = writeln!(out, "{finding}");
        }
    });
    printed.and_then(|()| out.flush()).map_err(|e| (exit::CANNOT_WRITE, e.to_string()))?;
    looked.map_err(|e| {
        (exit::TRY_AGAIN, format!("the Users directory {}: {e}", users.directory().display()))
    })?;
    if count == 0 { Ok(()) } else { Err((exit::BAD_DATA, counted(count))) }
}

/// Logs how many findings there are, if any, and what shows them. It looks only
/// at what can be seen at a glance, so that a server starts at once whatever lies
/// there: it reads no messages and compares no sidecar.
pub fn warn(users: &Users) {
    let mut count = 0;
    let looked = look_over(users.directory(), Depth::Quick, &mut |_| count += 1);
    let directory = users.directory().display();
    match looked {
        Err(e) => log::warn!("the Users directory {directory} can't be looked over: {e}"),
        Ok(()) if count > 0 => {
            log::warn!("{} in the Users directory; run: pop1081 check --users {directory}", counted(count));
        }
        Ok(()) => {}
    }
}

fn counted(findings: u64) -> String {
    if findings == 1 { "1 finding".to_owned() } else { format!("{findings} findings") }
}

fn look_over(users: &Path, depth: Depth, found: &mut dyn FnMut(Finding)) -> io::Result<()> {
    let writable = fs::metadata(users)?.mode() & 0o002 != 0;
    if writable {
        About::new(users, found).whole("others may put files there: chmod o-w");
    }
    for entry in names(users)? {
        let path = users.join(&entry);
        let Some(metadata) = still_there(&path)? else { continue };
        let about = &mut About::new(&path, found);
        if entry == RHOSTS {
            rpop::look(users, &path, &metadata, found)?;
        } else if entry == NOTES {
            notes::look(users, &path, &metadata, found)?;
        } else if let Some(name) = UserName::new(entry.as_bytes()) {
            account::look(users, &name, &path, &metadata, depth, about);
        } else {
            about.whole("no user can be called so");
        }
    }
    Ok(())
}
