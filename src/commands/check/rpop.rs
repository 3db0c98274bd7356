//! `.rhosts/`: who may use RPOP.

use super::files::{each_file, is_own_file, look_at_mode};
use super::finding::{About, Finding};
use crate::limits;
use crate::protocol::credentials::UserName;
use crate::users::{self, rhosts, safe_open};
use std::fs::{Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Says what is wrong with the directory and its files.
pub fn look(
    users: &Path,
    directory: &Path,
    metadata: &Metadata,
    found: &mut dyn FnMut(Finding),
) -> io::Result<()> {
    each_file(directory, (metadata, 0o022), found, |entry, path, metadata, about| {
        let user = UserName::new(entry.as_bytes());
        if !user.is_some_and(|name| users::exists(users, &name)) {
            about.whole("no user is called so");
        }
        if is_own_file(metadata, about) {
            look_at_mode(metadata, 0o077, about);
            if let Err(e) = look_at_lines(path, about) {
                about.whole(format!("it can't be read: {e}"));
            }
        }
    })
}

fn look_at_lines(path: &Path, about: &mut About<'_>) -> io::Result<()> {
    let (file, metadata) = safe_open::open(path, OpenOptions::new().read(true))?;
    if metadata.len() > limits::RHOSTS_FILE {
        about.whole(format!("only its first {} octets count", limits::RHOSTS_FILE));
    }
    let mut octets = Vec::new();
    file.take(limits::RHOSTS_FILE).read_to_end(&mut octets)?;
    let text = String::from_utf8_lossy(&octets);
    for (number, line) in (1..).zip(text.lines()) {
        if let Err(why) = rhosts::entry(line) {
            about.line(number, format!("the line admits nobody: {why}"));
        }
    }
    Ok(())
}
