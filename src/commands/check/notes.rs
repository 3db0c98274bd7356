//! `.pop1081/`: the server's own notes. What stands in those of a user is looked
//! at together with the maildrop.

use super::files::{each_file, is_own_file};
use super::finding::Finding;
use crate::maildrop::user_of_note;
use crate::users;
use std::fs::Metadata;
use std::io;
use std::path::Path;

/// Says what is wrong with the directory and its files.
pub fn look(
    users: &Path,
    directory: &Path,
    metadata: &Metadata,
    found: &mut dyn FnMut(Finding),
) -> io::Result<()> {
    each_file(directory, (metadata, 0o077), found, |entry, _, metadata, about| match user_of_note(entry) {
        None => about.whole("it is none of the server's notes"),
        Some(name) if !users::exists(users, &name) => {
            about.whole(format!("a note about {name}, and there is no such user"));
        }
        Some(_) => {
            is_own_file(metadata, about);
        }
    })
}
