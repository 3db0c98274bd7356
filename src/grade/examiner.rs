//! The examiner: plays the dialogues of a memo against a server, in the order
//! that changes the maildrop last, and records what the maildrop holds.

use super::catalogue::{Library, Rfc};
use super::client::{Failure, Stop};
use super::compare::Strictness;
use super::dialogue::{Act, Dialogue, Optional, Removed, Wanted};
use super::fixture::{Message, mbox};
use super::player::{Environment, Player};
use super::refill::Refill;
use super::target::{self, Examinee, Patience};
use std::time::{Duration, Instant};

/// The outcome of one dialogue.
#[derive(Clone, Debug)]
pub enum Outcome {
    Passed,
    Failed(FailedDialogue),
    NotTried(String),
}

#[derive(Clone, Debug)]
pub struct FailedDialogue {
    pub failure: Failure,
    /// What was said, in the notation of the dialogues.
    pub transcript: String,
}

pub struct Examiner<'a> {
    library: &'a Library,
    examinee: &'a Examinee,
    /// What puts the messages back, if anything does.
    refill: Option<&'a dyn Refill>,
    patience: Patience,
    /// The messages that the server should hold, by their place in the standard maildrop.
    present: Vec<usize>,
    /// No message has been accessed since the maildrop was filled.
    fresh: bool,
    /// Why it is not known what the server holds.
    unknown: Option<String>,
    /// The maildrop may no longer be what it should be.
    doubtful: bool,
    optional: Vec<(Optional, Result<(), String>)>,
}

/// The maildrop as a dialogue sees it.
struct CurrentMaildrop<'a> {
    examinee: &'a Examinee,
    messages: Vec<Message>,
}

impl Environment for CurrentMaildrop<'_> {
    fn pair(&self) -> (&str, &str) {
        (&self.examinee.name, &self.examinee.password)
    }

    fn messages(&self, _user: &str) -> Vec<Message> {
        self.messages.clone()
    }

    fn write(&self, _path: &str, _octets: &[u8]) -> Result<(), String> {
        Err("another server's files are not ours to write".to_owned())
    }
}

impl<'a> Examiner<'a> {
    pub fn new(
        library: &'a Library,
        examinee: &'a Examinee,
        refill: Option<&'a dyn Refill>,
        patience: Duration,
    ) -> Examiner<'a> {
        Examiner {
            library,
            examinee,
            refill,
            patience: Patience::new(patience),
            present: (0..library.maildrop.len()).collect(),
            // Without a refill it is the user's word that the maildrop is as printed.
            fresh: refill.is_none(),
            unknown: None,
            doubtful: refill.is_some(),
            optional: Vec::new(),
        }
    }

    /// Plays the dialogues that are `wanted`, those that change the maildrop last;
    /// `progress` is called before each.
    pub fn examine(
        &mut self,
        rfc: Rfc,
        wanted: impl Fn(&Dialogue) -> bool,
        progress: &mut dyn FnMut(usize, usize, &Dialogue),
    ) -> Vec<(&'a Dialogue, Outcome)> {
        let mut dialogues: Vec<&Dialogue> = self.library.dialogues(rfc).filter(|d| wanted(d)).collect();
        sort(&mut dialogues);
        let count = dialogues.len();
        if self.refill.is_none() {
            self.look_first();
        }
        let played = (1..).zip(dialogues).map(|(number, dialogue)| {
            progress(number, count, dialogue);
            (dialogue, self.outcome(dialogue))
        });
        played.collect()
    }

    fn outcome(&mut self, dialogue: &Dialogue) -> Outcome {
        if let Err(reason) = self.prepare(dialogue) {
            return Outcome::NotTried(reason);
        }
        let maildrop = CurrentMaildrop { examinee: self.examinee, messages: self.messages() };
        let started = Instant::now();
        let patience = self.patience.now();
        let mut player = Player::new(self.examinee.address, &maildrop, Strictness::Memo, patience);
        let played = player.play(dialogue);
        // A QUIT after DELE removes mail, which is only right if it can be put back.
        let quit = self.refill.is_some() || !says(dialogue, b"DELE");
        let quick = player.leave_all(quit, self.patience.goodbye());
        if !quick || started.elapsed() > patience {
            self.patience.waited_in_vain();
        }
        let transcript = std::mem::take(&mut player.transcript);
        self.record(dialogue, played.is_ok());
        match played {
            Ok(()) => Outcome::Passed,
            Err((_, Stop::Skip(reason))) => Outcome::NotTried(format!("the way there is barred: {reason}")),
            Err((_, Stop::Failed(failure))) => Outcome::Failed(FailedDialogue { failure, transcript }),
        }
    }

    /// Provides what the dialogue needs.
    ///
    /// # Errors
    /// Why it cannot be tried.
    fn prepare(&mut self, dialogue: &Dialogue) -> Result<(), String> {
        if let Some(reason) = &dialogue.not_tried {
            return Err(reason.clone());
        }
        if self.patience.is_over() {
            return Err("the server has kept its client waiting too often".to_owned());
        }
        match self.refill {
            Some(refill) => self.fill_up(refill, dialogue.maildrop)?,
            None => self.make_do(dialogue.maildrop)?,
        }
        dialogue.needs.map_or(Ok(()), |needed| self.have(needed))
    }

    fn fill_up(&mut self, refill: &dyn Refill, wanted: Wanted) -> Result<(), String> {
        let all = self.library.maildrop.len();
        let count = if wanted == Wanted::Empty { 0 } else { all };
        let fresh = self.fresh || !matches!(wanted, Wanted::Fresh);
        if self.present.len() == count && fresh && !self.doubtful {
            return Ok(());
        }
        refill.refill(&mbox(&self.library.maildrop[..count]))?;
        self.present = (0..count).collect();
        (self.fresh, self.doubtful) = (true, false);
        Ok(())
    }

    /// Without a refill: is what is left enough?
    fn make_do(&mut self, wanted: Wanted) -> Result<(), String> {
        if self.doubtful {
            self.look()?;
        }
        if let Some(reason) = &self.unknown {
            return Err(reason.clone());
        }
        let whole = self.present.len() == self.library.maildrop.len();
        match wanted {
            Wanted::Standard if whole => Ok(()),
            Wanted::Fresh if whole && self.fresh => Ok(()),
            Wanted::Fresh => Err("wants a maildrop of which nothing was accessed; give --reset".to_owned()),
            Wanted::Empty if self.present.is_empty() => Ok(()),
            Wanted::AtLeast(count) if self.present.len() >= count => Ok(()),
            _ => Err("wants other messages than are left; give --reset".to_owned()),
        }
    }

    /// Has somebody filled the maildrop? A server that can't tell is examined all the same.
    fn look_first(&mut self) {
        let all = self.library.maildrop.len();
        if let Ok(count) = target::count(self.examinee, self.patience.now())
            && count != all
        {
            let reason = format!("the maildrop has {count} messages, not the {all} of --print-maildrop");
            self.unknown = Some(reason);
        }
    }

    /// Has the server kept what it should have kept?
    fn look(&mut self) -> Result<(), String> {
        let (left, all) = (self.present.len(), self.library.maildrop.len());
        let count = target::count(self.examinee, self.patience.now())?;
        self.doubtful = false;
        if count == all {
            // Nothing was removed that should have been; so all of it is there.
            self.present = (0..all).collect();
        } else if count != left {
            self.unknown = Some(format!("the maildrop has {count} messages, not {left}; give --reset"));
        }
        Ok(())
    }

    fn record(&mut self, dialogue: &Dialogue, passed: bool) {
        let (retr, dele) = (says(dialogue, b"RETR"), says(dialogue, b"DELE"));
        self.fresh &= !retr && !dele;
        self.doubtful |= dele;
        match &dialogue.removes {
            _ if !passed => {}
            Removed::Nothing => {}
            Removed::Everything => self.present.clear(),
            Removed::These(numbers) => {
                let gone: Vec<usize> =
                    numbers.iter().filter_map(|n| self.present.get(n - 1).copied()).collect();
                self.present.retain(|message| !gone.contains(message));
            }
        }
    }

    fn messages(&self) -> Vec<Message> {
        self.present.iter().filter_map(|&place| self.library.maildrop.get(place).cloned()).collect()
    }

    /// Whether the server has an optional command; asked once.
    fn have(&mut self, needed: Optional) -> Result<(), String> {
        if let Some((_, known)) = self.optional.iter().find(|(command, _)| *command == needed) {
            return known.clone();
        }
        let found = target::has(needed, self.examinee, self.patience.now());
        self.optional.push((needed, found.clone()));
        found
    }
}

/// How much a dialogue changes; dialogues are played in this order.
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
}

pub fn phase(dialogue: &Dialogue) -> Phase {
    if dialogue.maildrop == Wanted::Empty {
        Phase::Empty
    } else if dialogue.removes == Removed::Everything {
        Phase::Emptied
    } else if dialogue.removes != Removed::Nothing {
        let all = matches!(dialogue.maildrop, Wanted::Standard | Wanted::Fresh);
        if all { Phase::RemovedFromAll } else { Phase::Removed }
    } else if dialogue.steps.iter().any(|step| matches!(step.act, Act::Close { .. } | Act::Abort { .. })) {
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
    dialogue.steps.iter().any(|step| match &step.act {
        Act::DeleteAll { .. } => keyword == b"DELE",
        Act::Send { octets, .. } => {
            octets.windows(keyword.len()).any(|window| window.eq_ignore_ascii_case(keyword))
        }
        _ => false,
    })
}
