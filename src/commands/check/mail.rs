//! The messages of a user's file, and what the server keeps about them.

use super::finding::{About, Depth};
use crate::maildrop::{Inspection, Oddity, Unfinished, inspect, misplaced_line};
use crate::protocol::credentials::UserName;
use std::fs::File;
use std::io;
use std::path::Path;

/// Octets behind line one that are looked at where it must be quick.
const GLANCE: u64 = 64 * 1024;

/// Says what is wrong behind line one, which has that many octets, in a file of
/// that size.
pub fn look(
    users: &Path,
    name: &UserName,
    (file, size): (&File, u64),
    line_one: u64,
    depth: Depth,
    about: &mut About<'_>,
) -> io::Result<()> {
    if depth == Depth::Quick {
        if let Some(line) = misplaced_line(file, line_one, size.min(line_one + GLANCE))? {
            misplaced(line, about);
        }
        return Ok(());
    }
    match inspect(users, name, file, line_one)? {
        None => about.whole("not looked into: somebody has been writing to it for seconds"),
        Some(inspection) => tell(&inspection, about),
    }
    Ok(())
}

fn misplaced(line: u64, about: &mut About<'_>) {
    about.line(line, "text before the first separator line: nobody can open the maildrop");
}

fn tell(inspection: &Inspection, about: &mut About<'_>) {
    match &inspection.unfinished {
        None => {}
        Some(Unfinished::Waiting) => about.whole(
            "a change of it was left unfinished (its .redo file waits): the next login or delivery \
             finishes it; don't remove the .redo file",
        ),
        Some(Unfinished::Broken(why)) => about.whole(format!(
            "a change of it was left unfinished, and {why}: nobody can open the maildrop until its \
             .redo file is moved away"
        )),
    }
    if let Some(line) = inspection.misplaced {
        misplaced(line, about);
    }
    for odd in &inspection.odd_lines {
        let what = match odd.oddity {
            Oddity::NoDate => "a separator line without a date: mail that was not quoted, cut in two?",
            Oddity::NoEmptyLine => "a separator line without an empty line before it: two messages in one?",
            Oddity::NotQuoted => "a line 'From ' inside a message is not quoted",
        };
        let more = if odd.count > 1 { format!(" (and {} more)", odd.count - 1) } else { String::new() };
        about.line(odd.line, format!("{what}{more}"));
    }
    if inspection.sidecar_lies {
        about.whole(
            "the sidecar (its .state file) claims to describe it and does not: remove the .state file",
        );
    }
}
