//! `.pop1081/`: the server's own notes. What stands in those of a user is looked
//! at together with the maildrop.

use super::files::{is_directory, is_own_file, look_at_mode, names, still_there};
use super::finding::{About, Finding};
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
    let about = &mut About::new(directory, found);
    if !is_directory(metadata, about) {
        return Ok(());
    }
    look_at_mode(metadata, 0o077, about);
    for entry in names(directory)? {
        let path = directory.join(&entry);
        let Some(metadata) = still_there(&path)? else { continue };
        let about = &mut About::new(&path, found);
        match user_of_note(&entry) {
            None => about.whole("it is none of the server's notes"),
            Some(name) if !users::exists(users, &name) => {
                about.whole(format!("a note about {name}, and there is no such user"));
            }
            Some(_) => {
                is_own_file(&metadata, about);
            }
        }
    }
    Ok(())
}
