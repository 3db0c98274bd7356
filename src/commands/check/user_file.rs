//! A user's file: what kind of file it is, its password, its messages, and whether
//! the server's files about it agree with it.

use super::reporter::{Depth, Reporter};
use crate::limits;
use crate::maildrop::{Inspection, Oddity, inspect, misplaced_line};
use crate::protocol::credentials::{PasswordFault, UserName};
use crate::users::{Users, line_one, safe_open, without_end};
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

/// Reports what is wrong with a user's file.
pub fn check_user(
    users: &Users,
    name: &UserName,
    (path, metadata, of_users): (&Path, &Metadata, &Metadata),
    depth: Depth,
    reporter: &mut Reporter<'_>,
) {
    if !reporter.check_kind(metadata) {
        return;
    }
    if is_copy(users, name) {
        reporter.whole("it looks like a copy that an editor has left, and is a user: remove it");
    }
    let usable = reporter.check_owner(metadata, of_users, 0o600);
    reporter.check_mode(metadata, 0o077);
    // What has just been reported is not reported again.
    let to_write = usable && !users.are_for_practice();
    let checked = open(path, to_write, reporter).and_then(|(file, metadata)| {
        let Some(start) = check_line_one(&file, metadata.len(), reporter)? else { return Ok(()) };
        match depth {
            Depth::Quick => {
                let size = metadata.len().min(start + limits::CHECKED_AT_START);
                report_misplaced(misplaced_line(&file, start, size)?, reporter);
            }
            Depth::Whole => match inspect(users.directory(), name, &file, start)? {
                None => reporter.whole("not checked: another program is writing to it"),
                Some(inspection) => report(&inspection, reporter),
            },
        }
        Ok(())
    });
    match checked {
        // It was removed or became shorter since: a session or a person is at work.
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof) => {}
        Err(e) => reporter.whole(format!("it can't be read: {e}")),
        Ok(()) => {}
    }
}

/// Opens it as a session does, or if it can't be written, as practice does.
fn open(path: &Path, to_write: bool, reporter: &mut Reporter<'_>) -> io::Result<(File, Metadata)> {
    safe_open::open(path, OpenOptions::new().read(true).write(to_write)).or_else(|e| {
        let opened = safe_open::open(path, OpenOptions::new().read(true))?;
        reporter.whole(format!("it can't be written: {e}"));
        Ok(opened)
    })
}

/// Whether a name is that of a user with what editors and other programs add to the names
/// of their copies and locks. Who knows the password in such a copy can log in.
fn is_copy(users: &Users, name: &UserName) -> bool {
    const ENDS: [&str; 8] = [".bak", ".lock", ".old", ".orig", ".save", ".swo", ".swp", ".tmp"];
    let name = name.as_str();
    let of = ENDS.iter().find_map(|end| UserName::new(name.strip_suffix(end)?.as_bytes()));
    name.ends_with('~')
        || name.len() > 1 && name.starts_with('#') && name.ends_with('#')
        || of.is_some_and(|user| matches!(users.entry(&user), Ok(Some(_))))
}

/// Reports what is wrong with the password; returns the octets of its line, or
/// `None` if the line is too long.
fn check_line_one(file: &File, size: u64, reporter: &mut Reporter<'_>) -> io::Result<Option<u64>> {
    let Some(line) = line_one(file, size)? else {
        reporter.line(1, PasswordFault::TooLong.to_string());
        return Ok(None);
    };
    if let Some(fault) = PasswordFault::of(without_end(&line)) {
        reporter.line(1, fault.to_string());
    }
    if line.ends_with(b"\r\n") {
        reporter.line(1, "line one ends in CRLF; LF alone is what other programs expect");
    }
    if line.starts_with(b"From ") {
        reporter
            .line(1, "line one is the password and looks like a separator line: is the password missing?");
    }
    Ok(Some(line.len() as u64))
}

fn report_misplaced(line: Option<u64>, reporter: &mut Reporter<'_>) {
    if let Some(line) = line {
        reporter.line(line, "text before the first separator line: the maildrop can't be opened");
    }
}

fn report(inspection: &Inspection, reporter: &mut Reporter<'_>) {
    if inspection.unfinished {
        reporter.whole(
            "a change of it was left unfinished: the next login or delivery sees to it; \
             don't remove its .lock file",
        );
    }
    report_misplaced(inspection.misplaced, reporter);
    for odd in &inspection.odd_lines {
        let what = match odd.oddity {
            Oddity::NoDate => "a separator line without a date: mail that was not quoted, cut in two?",
            Oddity::NoEmptyLine => "a separator line without an empty line before it: two messages in one?",
            Oddity::NotQuoted => "a line 'From ' inside a message is not quoted",
        };
        let more = if odd.count > 1 { format!(" (and {} more)", odd.count - 1) } else { String::new() };
        reporter.line(odd.line, format!("{what}{more}"));
    }
    if inspection.sidecar_lies {
        reporter.whole(
            "the sidecar (its .state file) claims to describe it and does not: remove the .state file",
        );
    }
}
