//! The examiner: plays the dialogues of a memo against a server, those that
//! change its maildrop last.

use super::catalogue::{Library, Rfc};
use super::client::{Failure, Stop};
use super::compare::Strictness;
use super::dialogue::{Act, Dialogue, Optional, Part, Removed, Wanted};
use super::fixture::Message;
use super::patience::Patience;
use super::player::{Environment, Player, WAIT_FOR_LOCK};
use super::refill::{ExpectedMaildrop, Refill};
use super::target::{self, Examinee, LoginError};
use std::time::Duration;

/// Refills in a row that did not help a refused login, after which it is not tried again.
const REFILLS_IN_VAIN: u32 = 10;

/// Lines that a person may be asked to type.
const TYPED: usize = 10;

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

impl FailedDialogue {
    /// What a person types in telnet to see the same: none where it cannot be typed.
    pub fn to_type(&self) -> Vec<String> {
        let said = self.transcript.lines().filter(|line| line.starts_with('C'));
        let mut lines: Vec<String> =
            said.map(|line| line.strip_prefix("C: ").unwrap_or(line).trim().to_owned()).collect();
        lines.retain(|line| line != "<open connection>");
        let typed = lines.iter().all(|line| !line.contains(['\\', '<']) && !line.starts_with("C2:"));
        if typed && lines.len() <= TYPED { lines } else { Vec::new() }
    }
}

pub struct Examiner<'a> {
    library: &'a Library,
    examinee: &'a Examinee,
    maildrop: ExpectedMaildrop<'a>,
    patience: Patience,
    optional: Vec<(Optional, Result<(), String>)>,
    /// The server greets no second client before the first has gone.
    one_at_a_time: bool,
    refills_in_vain: u32,
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
        Err("the examiner writes no files of a server".to_owned())
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
            maildrop: ExpectedMaildrop::new(&library.maildrop, refill),
            patience: Patience::new(patience),
            optional: Vec::new(),
            one_at_a_time: false,
            refills_in_vain: 0,
        }
    }

    /// Logs in once, before anything is judged: is this a POP3 server, is the
    /// password right, and is the maildrop as it should be?
    ///
    /// # Errors
    /// Why an examination would say nothing about the server.
    pub fn check_first(&mut self) -> Result<(), LoginError> {
        self.maildrop.check_first(self.examinee, self.patience.now())
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
        let played = (1..).zip(dialogues).map(|(number, dialogue)| {
            progress(number, count, dialogue);
            (dialogue, self.outcome(dialogue))
        });
        played.collect()
    }

    fn outcome(&mut self, dialogue: &Dialogue) -> Outcome {
        let mut played = self.prepare_and_play(dialogue);
        if matches!(&played, Err((Stop::Barred(failure), _)) if failure.bars_login()) && self.refill_helps() {
            played = self.prepare_and_play(dialogue);
            let still = matches!(&played, Err((Stop::Barred(failure), _)) if failure.bars_login());
            self.refills_in_vain = if still { self.refills_in_vain + 1 } else { 0 };
        }
        match played {
            Ok(()) => Outcome::Passed,
            Err((Stop::Skip(reason), _)) => Outcome::NotTried(reason),
            Err((Stop::Barred(failure), _)) => {
                Outcome::NotTried(format!("the set-up fails: {}", failure.sentence()))
            }
            Err((Stop::Failed(failure), _)) if failure.hang && dialogue.may_wait => {
                let seconds = WAIT_FOR_LOCK.as_secs();
                Outcome::NotTried(format!("{}: {seconds} s", failure.sentence()))
            }
            Err((Stop::Failed(failure), transcript)) => {
                Outcome::Failed(FailedDialogue { failure, transcript })
            }
        }
    }

    /// A server that an earlier dialogue has left locked or dead may be restarted by a refill.
    fn refill_helps(&mut self) -> bool {
        self.refills_in_vain < REFILLS_IN_VAIN && self.maildrop.force_refill()
    }

    /// # Errors
    /// What stopped the dialogue, and what was said up to there.
    fn prepare_and_play(&mut self, dialogue: &Dialogue) -> Result<(), (Stop, String)> {
        self.prepare(dialogue).map_err(|reason| (Stop::Skip(reason), String::new()))?;
        let maildrop = CurrentMaildrop { examinee: self.examinee, messages: self.maildrop.messages() };
        let Examinee { address, unused, .. } = self.maildrop.at(self.examinee);
        let mut player = Player::new(address, &maildrop, Strictness::Memo, self.patience.now());
        player.unused = unused.take();
        player.one_at_a_time = self.one_at_a_time;
        player.lock_patience = self.patience.lock();
        let played = player.play(dialogue).map_err(|(_, stop)| stop);
        self.learn(&player, &played);
        let (retr, dele) = (says(dialogue, b"RETR"), says(dialogue, b"DELE"));
        let commands: &[&str] = match (dele, self.maildrop.can_refill()) {
            (false, _) => &["QUIT"],
            (true, true) => &["RSET", "QUIT"],
            // A QUIT after DELE may remove mail that cannot be put back.
            (true, false) => &[],
        };
        if !player.leave_all(commands, self.patience.goodbye()) {
            self.patience.not_closed();
        }
        let removed = if played.is_ok() { dialogue.removes.clone() } else { Removed::Nothing };
        self.maildrop.record(retr, dele, &removed);
        if played.is_err() {
            self.maildrop.force_refill();
        }
        played.map_err(|stop| (self.with_end(stop), std::mem::take(&mut player.transcript)))
    }

    /// A server that has crashed says so by its end.
    fn with_end(&self, stop: Stop) -> Stop {
        match stop {
            Stop::Failed(mut failure) if failure.closed() => {
                if let Some(how) = self.maildrop.server_ended() {
                    failure.came = format!("{}; {how}", failure.came);
                }
                Stop::Failed(failure)
            }
            stop => stop,
        }
    }

    /// What the next dialogues had better know about the server.
    fn learn(&mut self, player: &Player, played: &Result<(), Stop>) {
        self.one_at_a_time = player.one_at_a_time;
        self.patience.answered(player.slowest);
        let hang = matches!(played, Err(Stop::Failed(failure) | Stop::Barred(failure)) if failure.hang);
        match hang {
            true => self.patience.waited_in_vain(),
            false => self.patience.restore(),
        }
        if player.locked_out {
            self.patience.locked_out();
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
            return Err("too many commands in a row got no answer".to_owned());
        }
        self.maildrop.provide(dialogue.maildrop, self.examinee, self.patience.now())?;
        dialogue.needs.map_or(Ok(()), |needed| self.have(needed))
    }

    /// Whether the server has an optional command; asked once.
    fn have(&mut self, needed: Optional) -> Result<(), String> {
        if let Some((_, known)) = self.optional.iter().find(|(command, _)| *command == needed) {
            return known.clone();
        }
        let found = target::has(needed, &self.maildrop.at(self.examinee), self.patience.now());
        self.optional.push((needed, found.clone()));
        found
    }
}

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
fn sort(dialogues: &mut [&Dialogue]) {
    dialogues.sort_by_key(|dialogue| phase(dialogue));
}

/// Whether a client says that keyword.
fn says(dialogue: &Dialogue, keyword: &[u8]) -> bool {
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
