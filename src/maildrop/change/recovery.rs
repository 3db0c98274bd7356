//! Recovery: what the next open or delivery does about a crash.
//!
//! Every state that a crash can leave on disk, in the order of UPDATE's steps,
//! with what is done about it under the write lock:
//!
//! | on disk | the crash was | recovery |
//! |---|---|---|
//! | no `NAME.redo`; perhaps `NAME.tmp` | before the change was committed | the maildrop is as it was; the next change overwrites `NAME.tmp` |
//! | `NAME.redo`, the old octets up to the old size still there | after step 4: committed | step 5 is done, or done again, then 6 and 7 |
//! | `NAME.redo`, the payload in its place, the rest cut off | after step 6 | step 7 |
//! | `NAME.redo` for a second change, of mail that came during the first | in step 6, which went round again | the same three rows for that one |
//! | `NAME.redo` of a delivery, nothing or a part of its payload behind the old end | in a delivery | the payload is appended, from the start of that part |
//! | `NAME.redo` of a delivery, a part of its payload and then mail of others | in a delivery, before others wrote | that part is removed, as a change of its own |
//! | `NAME.redo` of a delivery, all of its payload there | after its fsync | the redo file is removed |
//! | `NAME.redo` of another line one, any part of it done | in a change of the password | the rows in the head of `replace` |
//! | no `NAME.redo`, a sidecar of before, perhaps `NAME.new` | in step 7 | the sidecar's stamp disagrees, so it is not believed; marks follow by identity |
//! | `NAME.redo` that is not whole, or fits nothing above | somebody edited meanwhile, or the disk is failing | refused; a person decides |

use super::{Kind, Redo, edited};
use super::{append, replace, rewrite};
use crate::maildrop::files::checksum::{checksum, sampled};
use crate::maildrop::files::control_files::{Note, Notes};
use crate::maildrop::mbox;
use std::fs::File;
use std::io;

/// Finishes a change that was committed and not finished; the caller holds the
/// write lock. Returns whether there was one.
///
/// # Errors
/// `InvalidData` when a person must decide; else what the system says. The redo
/// file stays in either case.
pub fn recover(notes: &Notes, maildrop: &File) -> io::Result<bool> {
    let Some(redo) = Redo::open(notes)? else { return Ok(false) };
    // Whoever committed it may have died before its name was durable; a power
    // cut must not take the name back when the maildrop is half changed.
    notes.sync()?;
    match redo.kind() {
        Kind::Removal => finish_removal(notes, maildrop, redo)?,
        Kind::Append => append::resume(notes, maildrop, &redo)?,
        Kind::Replacement => replace::finish(notes, maildrop, redo)?,
    }
    Ok(true)
}

/// Makes sure that there is no such change, for a session that may write nothing.
///
/// # Errors
/// `InvalidData` when there is one; else what the system says.
pub fn find_nothing_unfinished(notes: &Notes) -> io::Result<()> {
    match notes.open(Note::Redo)? {
        None => Ok(()),
        Some(_) => {
            let why = "a change is unfinished, and practice may not finish it";
            Err(io::Error::new(io::ErrorKind::InvalidData, why))
        }
    }
}

fn finish_removal(notes: &Notes, maildrop: &File, redo: Redo) -> io::Result<()> {
    let size = maildrop.metadata()?.len();
    if size >= redo.size && sampled(maildrop, redo.to, redo.size)? == redo.old {
        rewrite::carry_out(notes, maildrop, redo)?;
    } else if was_cut(maildrop, &redo, size)? {
        maildrop.sync_all()?;
    } else {
        return Err(edited());
    }
    rewrite::forget(notes)?;
    notes.sync()
}

/// Whether the payload is in its place and nothing of the old octets is left
/// behind it: only mail that came since may stand there.
fn was_cut(maildrop: &File, redo: &Redo, size: u64) -> io::Result<bool> {
    let ends_well =
        size == redo.to || (size > redo.to && mbox::separator_stands_at(maildrop, redo.to, size)?);
    Ok(ends_well && checksum(maildrop, redo.from, redo.to)? == redo.new)
}
