//! Carrying out a redo file that removes messages: steps 5 to 7 of UPDATE.
//!
//! The inode of a maildrop is never replaced, so whoever waits to append to it
//! appends to the right file. What was decided before step 5 is the affair of
//! `update`, what to do after a crash of `recovery`.

use super::Redo;
use crate::maildrop::change;
use crate::maildrop::files::checksum::each_part;
use crate::maildrop::files::control_files::{Note, Notes};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Makes the maildrop what the redo file says, and durable. Mail that writers
/// without a lock append meanwhile ends up behind it. Returns the redo file, for
/// it takes a large one a while to be gone after [`forget`] and its last close.
///
/// # Errors
/// What the system says. The redo file stays; the next open carries it out.
pub fn carry_out(notes: &Notes, maildrop: &File, mut redo: Redo) -> io::Result<Redo> {
    loop {
        // 5. The payload in its place, durable.
        if redo.payload() > 0 {
            redo.each_part(|at, part| maildrop.write_all_at(part, redo.from + at))?;
            maildrop.sync_all()?;
        }
        // 6. Unless somebody appended meanwhile, cut off the rest as the very next call.
        let size = maildrop.metadata()?.len();
        if size <= redo.size {
            maildrop.set_len(redo.to)?;
            break;
        }
        redo = take_in_tail(notes, maildrop, &redo, size)?;
    }
    maildrop.sync_all()?;
    Ok(redo)
}

/// A new redo file, for the octets that were appended while the payload of the
/// last one was written.
fn take_in_tail(notes: &Notes, maildrop: &File, redo: &Redo, size: u64) -> io::Result<Redo> {
    let tail = change::commit(notes, maildrop, (redo.to, size), |payload| {
        each_part(maildrop, redo.size, size, |part| payload.push(part))
    })?;
    Ok(tail)
}

/// 7. The change is made: forgets the redo file, durable after [`Notes::sync`].
pub fn forget(notes: &Notes) -> io::Result<()> {
    notes.remove(Note::Redo)
}
