//! In which order dialogues are played, so that as many as possible can be
//! played on one filling of the maildrop: what changes nothing first, what
//! removes mail last.

use super::dialogue::{Act, Dialogue, Removed, Wanted};

/// How much a dialogue changes, and so when its turn comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// No message is accessed.
    Untouched,
    /// Wants a maildrop of which nothing was accessed, and accesses something.
    Fresh,
    /// Messages are accessed.
    Accessed,
    /// Messages are marked as deleted.
    Marked,
    /// Messages are removed; first from the whole maildrop.
    RemovedFromAll,
    Removed,
    /// A session ends otherwise than by QUIT. Many a server takes no more logins after it.
    Broken,
    /// Nothing is left.
    Emptied,
    Empty,
}

pub fn turn(dialogue: &Dialogue) -> Turn {
    if dialogue.maildrop == Wanted::Empty {
        Turn::Empty
    } else if dialogue.removes == Removed::Everything {
        Turn::Emptied
    } else if dialogue.removes != Removed::Nothing {
        let all = matches!(dialogue.maildrop, Wanted::Standard | Wanted::Fresh);
        if all { Turn::RemovedFromAll } else { Turn::Removed }
    } else if dialogue.steps.iter().any(|step| matches!(step.act, Act::Close { .. } | Act::Abort { .. })) {
        Turn::Broken
    } else if says(dialogue, b"DELE") {
        Turn::Marked
    } else if !says(dialogue, b"RETR") {
        Turn::Untouched
    } else if dialogue.maildrop == Wanted::Fresh {
        Turn::Fresh
    } else {
        Turn::Accessed
    }
}

/// Dialogues in the order of their turns, and within a turn in that of the memo.
pub fn sort(dialogues: &mut [&Dialogue]) {
    dialogues.sort_by_key(|dialogue| turn(dialogue));
}

/// Whether a client says that keyword.
pub fn says(dialogue: &Dialogue, keyword: &[u8]) -> bool {
    dialogue.steps.iter().any(|step| match &step.act {
        Act::DeleteAll { .. } => keyword == b"DELE",
        Act::Send { octets, .. } => {
            octets.windows(keyword.len()).any(|window| window.eq_ignore_ascii_case(keyword))
        }
        _ => false,
    })
}
