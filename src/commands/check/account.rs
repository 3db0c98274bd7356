//! A user's file: what kind of file it is, and its password.

use super::files::{is_own_file, look_at_mode};
use super::finding::{About, Depth};
use super::mail;
use crate::limits;
use crate::protocol::credentials::{PasswordFault, UserName};
use crate::users::safe_open;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// Says what is wrong with a user's file.
pub fn look(
    users: &Path,
    name: &UserName,
    path: &Path,
    metadata: &Metadata,
    depth: Depth,
    about: &mut About<'_>,
) {
    if !is_own_file(metadata, about) {
        return;
    }
    look_at_mode(metadata, 0o077, about);
    let looked = safe_open::open(path, OpenOptions::new().read(true)).and_then(|(file, metadata)| {
        match look_at_line_one(&file, about)? {
            Some(line_one) => mail::look(users, name, (&file, metadata.len()), line_one, depth, about),
            None => Ok(()),
        }
    });
    match looked {
        // It was removed or became shorter since: a session or a person is at work.
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof) => {}
        Err(e) => about.whole(format!("it can't be read: {e}")),
        Ok(()) => {}
    }
}

/// Says what is wrong with the password, and how many octets its line has; `None`
/// if it has no end that can be found.
fn look_at_line_one(file: &File, about: &mut About<'_>) -> io::Result<Option<u64>> {
    let mut start = Vec::new();
    file.take(limits::PASSWORD_LINE as u64).read_to_end(&mut start)?;
    let end = memchr::memchr(b'\n', &start);
    if end.is_none() && start.len() == limits::PASSWORD_LINE {
        about.line(1, PasswordFault::TooLong.to_string());
        return Ok(None);
    }
    let line = &start[..end.unwrap_or(start.len())];
    let password = line.strip_suffix(b"\r").unwrap_or(line);
    if let Some(fault) = PasswordFault::of(password) {
        about.line(1, fault.to_string());
    }
    if password.len() < line.len() {
        about.line(1, "line one ends in CRLF; LF alone is what other programs expect");
    }
    if password.starts_with(b"From ") {
        about.line(1, "line one is the password and looks like a separator line: is the password missing?");
    }
    Ok(Some(end.map_or(start.len(), |end| end + 1) as u64))
}
