//! The order in which dialogues are played, by what they do to the maildrop:
//! those that change it last.

use super::dialogue::{Act, Dialogue, Part, Removed, Wanted};

/// How much a dialogue changes; dialogues are played in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
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
    /// A session ends without QUIT, after which some servers take no more logins.
    Broken,
    /// Nothing is left.
    Emptied,
    Empty,
}

fn phase(dialogue: &Dialogue) -> Phase {
    if dialogue.maildrop == Wanted::Empty {
        Phase::Empty
    } else if dialogue.removes == Removed::Everything {
        Phase::Emptied
    } else if dialogue.removes != Removed::Nothing {
        let all = matches!(dialogue.maildrop, Wanted::Standard | Wanted::Fresh);
        if all { Phase::RemovedFromAll } else { Phase::Removed }
    } else if steps(dialogue).any(|act| matches!(act, Act::Close { .. } | Act::Abort { .. })) {
        Phase::Broken
    } else if says(dialogue, b"DELE") {
        Phase::Marked
    } else if !says(dialogue, b"RETR") {
        Phase::Untouched
    } else if dialogue.maildrop == Wanted::Fresh {
        Phase::Fresh
    } else {
        Phase::Accessed
    }
}

/// Dialogues in the order of their phases, and within a phase in that of the memo.
pub fn sort(dialogues: &mut [&Dialogue]) {
    dialogues.sort_by_key(|dialogue| phase(dialogue));
}

/// Whether a client says that keyword.
pub fn says(dialogue: &Dialogue, keyword: &[u8]) -> bool {
    steps(dialogue).any(|act| match act {
        Act::DeleteAll { .. } => keyword == b"DELE",
        Act::Send { octets, .. } => {
            octets.windows(keyword.len()).any(|window| window.eq_ignore_ascii_case(keyword))
        }
        _ => false,
    })
}

/// Whether it can only be played with the right password.
pub fn logs_in(dialogue: &Dialogue) -> bool {
    steps(dialogue).any(|act| matches!(act, Act::LogIn { .. })) || says(dialogue, b"{password}")
}

/// What is done when the dialogue is played against a server of others.
fn steps(dialogue: &Dialogue) -> impl Iterator<Item = &Act> {
    dialogue.steps.iter().filter(|step| step.part != Part::Exactly).map(|step| &step.act)
}
