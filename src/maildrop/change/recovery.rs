//! Recovery: what the next who opens a maildrop does about a change that a crash has
//! left unfinished, under the write lock.
//!
//! | intent | what stands in the maildrop | what is done |
//! |---|---|---|
//! | none, or torn | as it was | nothing |
//! | *Append* | nothing of the message | nothing: it was never delivered |
//! | *Append* | all of it, also with mail of others before or behind | it stays |
//! | *Append* | a part of it | the part is taken out; mail of others stays |
//! | *Move* | old mail, or any part of the payload in its place | payload, the parts after it, cut |
//! | *Cut* | a zero octet at the place of the cut, the old octets behind it | mail of others moves down, cut |
//! | *Cut* | any other octet or none: not begun, or made | nothing |
//! | *LineOne* | the first octets in any mixture, or room behind the old end | the payload is written |
//! | *LineOne* | no room behind the old end | nothing: the old line stands |
//! | *Move*, *LineOne* | anything else, in the same file | refused: somebody has edited it, a person decides |
//! | *Move*, *LineOne* | anything else, in another file of that name | nothing: the other file is whole |
//!
//! Mail that others have appended is never taken for the server's own.

use super::{Intent, IntentFile, Kind, Target};
use super::{append, line_one, remove};
use crate::maildrop::mbox::burst;
use crate::maildrop::mbox::separator_line;
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::time::SystemTime;

/// What has come of a recovery.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Recovered {
    /// There was nothing to be finished.
    Nothing,
    Finished,
    /// Another file has taken the maildrop's place meanwhile; the intent stands for it.
    Replaced,
}

/// Finishes a change that was committed and not finished. The caller has seen that the
/// path leads to this maildrop.
///
/// # Errors
/// `InvalidData` when a person must decide; else what the system says. The intent
/// stands in either case.
pub fn recover(target: Target<'_>) -> io::Result<Recovered> {
    let Some(intent) = target.intents.pending()? else { return Ok(Recovered::Nothing) };
    // Who wrote it may have died before it was durable; a power cut must not take it back
    // when the maildrop is half changed.
    target.intents.0.sync_data()?;
    finish(target, intent)?;
    // Also what was found to be made: its maker may have died before the flush.
    target.maildrop.sync_all()?;
    Ok(if target.finish()? { Recovered::Finished } else { Recovered::Replaced })
}

fn finish(target: Target<'_>, intent: Intent) -> io::Result<()> {
    let same_file = target.maildrop.metadata()?.ino() == intent.inode;
    let finished = match intent.kind {
        Kind::Append => append::resume(target, &intent),
        Kind::Move => remove::resume_move(target, intent),
        Kind::Cut => remove::resume_cut(target, &intent),
        Kind::LineOne => line_one::resume(target, &intent),
    };
    match finished {
        Err(e) if e.kind() == io::ErrorKind::InvalidData && !same_file => {
            log::error!("a change of a maildrop is given up: another file has taken its place");
            Ok(())
        }
        other => other,
    }
}

/// Makes sure that nothing is half changed, for a session that may write nothing.
///
/// # Errors
/// `InvalidData` when something is; else what the system says.
pub fn find_nothing_unfinished(intents: &IntentFile, maildrop: &File) -> io::Result<()> {
    let half = match intents.pending()? {
        None => false,
        Some(intent) => match intent.kind {
            Kind::Append => false,
            Kind::Cut => remove::is_dead(maildrop, intent.from, maildrop.metadata()?.len())?,
            Kind::Move | Kind::LineOne => true,
        },
    };
    if half {
        let why = "a change is unfinished, and practice may not finish it";
        return Err(io::Error::new(io::ErrorKind::InvalidData, why));
    }
    Ok(())
}

/// Gives a separator line to text that stands right behind line one, where the last change
/// has cut: it is the rest of a message whose writer paused while the message was removed.
/// Returns whether that is what keeps the maildrop from being parsed.
///
/// # Errors
/// What the system says.
pub fn give_separator(target: Target<'_>, line_one: u64) -> io::Result<bool> {
    let Target { intents, maildrop, .. } = target;
    let (at, _) = burst::after_blank_lines(maildrop, line_one, maildrop.metadata()?.len())?;
    let cut = intents.last()?.filter(|last| last.kind == Kind::Cut && (line_one..=at).contains(&last.from));
    if cut.is_none() {
        return Ok(false);
    }
    let mut start = vec![0; at as usize];
    maildrop.read_exact_at(&mut start, 0)?;
    start.extend_from_slice(separator_line("", SystemTime::now()).as_bytes());
    line_one::replace(target, (line_one, at), &start)?;
    target.finish()
}
