//! Which statements are examined, the stages in which a server is written, and the
//! order in which dialogues are played: those that change the maildrop last.

use super::catalogue::{Library, Rfc, Statement};
use super::dialogue::{Act, Dialogue, Optional, Part, Removed, Wanted};
use crate::options::Selected;
use std::collections::BTreeSet;

const STAGES: &str = include_str!("stages.txt");

/// What belongs together when a server is written.
pub struct Stage {
    pub title: &'static str,
    patterns: Vec<&'static str>,
}

/// The stages in their order.
pub fn stages() -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    for line in STAGES.lines().filter(|line| !line.starts_with('#')) {
        if let Some(title) = line.strip_prefix("== ") {
            stages.push(Stage { title, patterns: Vec::new() });
        } else if let Some(stage) = stages.last_mut() {
            stage.patterns.extend(line.split_whitespace());
        }
    }
    stages
}

/// The number of a statement's stage, from 1; none belongs to two.
pub fn stage_of(stages: &[Stage], id: &str) -> Option<usize> {
    let names = |stage: &Stage| stage.patterns.iter().any(|pattern| matches(pattern, id));
    stages.iter().position(names).map(|place| place + 1)
}

/// The statements that are asked for.
///
/// # Errors
/// Names what means no statement of that memo.
pub fn select(library: &Library, rfc: Rfc, selected: &Selected) -> Result<BTreeSet<String>, String> {
    let stages = stages();
    let all: Vec<&Statement> = library.statements(rfc).collect();
    let number = rfc.number();
    for pattern in &selected.only {
        if !all.iter().any(|statement| matches(pattern, &statement.id)) {
            return Err(format!("RFC {number} has no statement '{pattern}' here; --list prints them"));
        }
    }
    for chapter in &selected.chapters {
        if !all.iter().any(|statement| is_chapter(statement, chapter)) {
            return Err(format!("RFC {number} has no chapter '{chapter}' here; --list prints them"));
        }
    }
    if let Some(stage) = selected.stage.filter(|stage| !(1..=stages.len()).contains(stage)) {
        return Err(format!("there are stages 1 to {}, not {stage}", stages.len()));
    }
    let wanted = |statement: &&Statement| {
        let named = selected.only.iter().any(|pattern| matches(pattern, &statement.id))
            || selected.chapters.iter().any(|chapter| is_chapter(statement, chapter));
        let unnamed = selected.only.is_empty() && selected.chapters.is_empty();
        let in_stage = selected.stage.is_none_or(|stage| stage_of(&stages, &statement.id) == Some(stage));
        (named || unnamed) && in_stage
    };
    Ok(all.into_iter().filter(wanted).map(|statement| statement.id.clone()).collect())
}

fn is_chapter(statement: &Statement, name: &str) -> bool {
    statement.chapter.eq_ignore_ascii_case(name)
}

/// `*` stands for anything.
fn matches(pattern: &str, id: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == id,
        Some((start, rest)) => id.strip_prefix(start).is_some_and(|tail| {
            (0..=tail.len()).any(|at| tail.is_char_boundary(at) && matches(rest, &tail[at..]))
        }),
    }
}

/// How much a dialogue changes; dialogues are played in this order, and within a phase
/// in that of the memo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
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
    /// The server is killed, or has many sessions.
    Started,
}

pub fn phase(dialogue: &Dialogue) -> Phase {
    if dialogue.needs == Some(Optional::Start) {
        Phase::Started
    } else if dialogue.maildrop == Wanted::Empty {
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
    } else if !says(dialogue, b"RETR") && (dialogue.maildrop == Wanted::Fresh || !says(dialogue, b"TOP")) {
        Phase::Untouched
    } else if dialogue.maildrop == Wanted::Fresh {
        Phase::Fresh
    } else {
        Phase::Accessed
    }
}

/// Whether a client says that keyword.
pub fn says(dialogue: &Dialogue, keyword: &[u8]) -> bool {
    steps(dialogue).any(|act| match act {
        Act::DeleteAll { .. } => keyword == b"DELE",
        Act::ManySessions => keyword == b"RETR",
        Act::Send { octets, .. } => {
            octets.windows(keyword.len()).any(|window| window.eq_ignore_ascii_case(keyword))
        }
        _ => false,
    })
}

/// Whether it can only be played with the right password.
pub fn logs_in(dialogue: &Dialogue) -> bool {
    steps(dialogue).any(|act| matches!(act, Act::LogIn { .. } | Act::ManySessions))
        || says(dialogue, b"{password}")
}

/// What is done when the dialogue is played against a server of others.
fn steps(dialogue: &Dialogue) -> impl Iterator<Item = &Act> {
    dialogue.steps.iter().filter(|step| step.part != Part::Exactly).map(|step| &step.act)
}

#[cfg(test)]
#[path = "../../tests/unit/grade/selection.rs"]
mod tests;
