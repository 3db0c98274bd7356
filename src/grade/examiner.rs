//! The examiner: plays the dialogues of a memo against a server, those that
//! change its maildrop last.

use super::catalogue::{Library, Rfc};
use super::client::{Failure, Stop};
use super::compare::Strictness;
use super::dialogue::{Dialogue, Optional, Removed};
use super::fixture::Message;
use super::patience::Patience;
use super::player::{Environment, Player, WAIT_FOR_LOCK};
use super::processes::Footprint;
use super::refill::{self, ExpectedMaildrop, MARK, Refill};
use super::selection::{phase, says};
use super::target::{self, Examinee, LoginError};
use std::time::{Duration, Instant};

/// Refills in a row that did not help a refused login, after which it is not tried again.
const REFILLS_IN_VAIN: u32 = 10;

const FILLED_AGAIN: &str = "after a new start the maildrop is as $POP_MBOX has it: the command fills it \
                            at each start, or the server keeps it in memory alone";

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
    maildrop: ExpectedMaildrop<'a>,
    patience: Patience,
    optional: Vec<(Optional, Result<(), String>)>,
    /// The server greets no second client before the first has gone.
    one_at_a_time: bool,
    refills_in_vain: u32,
    began: Instant,
    /// After this time nothing more is tried.
    pub time: Option<Duration>,
    /// Nothing more is played after a failure.
    pub to_first_failure: bool,
}

/// The maildrop as a dialogue sees it, and its server.
struct CurrentMaildrop<'a> {
    examinee: &'a Examinee,
    messages: Vec<Message>,
    server: Option<&'a dyn Refill>,
    patience: Duration,
}

impl Environment for CurrentMaildrop<'_> {
    fn pair(&self) -> (&str, &str) {
        (&self.examinee.name, &self.examinee.password)
    }

    fn messages(&self, _user: &str) -> Vec<Message> {
        self.messages.clone()
    }

    fn kill_and_start(&self, removed: bool) -> Result<Examinee, String> {
        let server = self.server.ok_or("the examiner has not started it")?;
        server.kill_and_start(removed)?;
        let examinee = refill::at(server, self.examinee);
        match removed && target::first_line(&examinee, self.patience).as_deref() == Some(MARK) {
            true => Err(FILLED_AGAIN.to_owned()),
            false => Ok(examinee),
        }
    }

    fn footprint(&self) -> Option<Footprint> {
        self.server.and_then(Refill::footprint)
    }
}

/// That may be the fault of what was played before: a lock that was left, a server that is dead.
fn nobody_gets_in(played: &Result<(), (Stop, String)>) -> bool {
    match played {
        Err((Stop::Barred(failure), _)) => failure.bars_login(),
        Err((Stop::Failed(failure), _)) => failure.bars_login() && !failure.hang,
        _ => false,
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
            began: Instant::now(),
            time: None,
            to_first_failure: false,
        }
    }

    /// Logs in once, before anything is judged: is this a POP3 server, is the
    /// password right, and is the maildrop as it should be?
    ///
    /// # Errors
    /// Why an examination would say nothing about the server.
    pub fn check_first(&mut self) -> Result<(), LoginError> {
        let checked = self.maildrop.check_first(self.examinee, self.patience.now());
        checked.map_err(|error| match (&error, self.maildrop.server_ended()) {
            (LoginError::NotReady(_), _) | (_, None) => error,
            (_, Some(how)) => LoginError::NotReady(format!("{error}; {how}")),
        })
    }

    /// Plays the dialogues that are `wanted`, those that change the maildrop last;
    /// `progress` is called before each.
    pub fn examine(
        &mut self,
        rfc: Rfc,
        wanted: impl Fn(&Dialogue) -> bool,
        progress: &mut dyn FnMut(usize, usize, &Dialogue),
    ) -> Vec<(&'a Dialogue, Outcome)> {
        let started = self.maildrop.started().is_some();
        let can_show = |dialogue: &Dialogue| started || dialogue.needs != Some(Optional::Start);
        let dialogues = self.library.dialogues(rfc).filter(|one| wanted(one) && can_show(one));
        let mut dialogues: Vec<&Dialogue> = dialogues.collect();
        dialogues.sort_by_key(|dialogue| phase(dialogue));
        let count = dialogues.len();
        let mut played = Vec::new();
        for (number, dialogue) in (1..).zip(dialogues) {
            progress(number, count, dialogue);
            let outcome = self.outcome(dialogue);
            let over =
                self.to_first_failure && matches!(outcome, Outcome::Failed(_)) && self.counts(dialogue);
            played.push((dialogue, outcome));
            if over {
                break;
            }
        }
        played
    }

    /// Whether a failure of this dialogue costs points.
    fn counts(&self, dialogue: &Dialogue) -> bool {
        let mut shown = dialogue.proves.iter().filter_map(|proof| self.library.statement(&proof.statement));
        shown.any(|statement| statement.points.is_some())
    }

    fn outcome(&mut self, dialogue: &Dialogue) -> Outcome {
        let mut played = self.prepare_and_play(dialogue);
        if nobody_gets_in(&played) && self.refill_helps() {
            played = self.prepare_and_play(dialogue);
            self.refills_in_vain = if nobody_gets_in(&played) { self.refills_in_vain + 1 } else { 0 };
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
        let maildrop = CurrentMaildrop {
            examinee: self.examinee,
            messages: self.maildrop.messages(),
            server: self.maildrop.started(),
            patience: self.patience.now(),
        };
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
            (true, false) => &[], // It may remove mail that cannot be put back.
        };
        if !player.leave_all(commands, self.patience.goodbye()) {
            self.patience.not_closed();
        }
        let removed = if played.is_ok() { dialogue.removes.clone() } else { Removed::Nothing };
        self.maildrop.record(retr, dele, &removed);
        if played.is_err() || dialogue.needs == Some(Optional::Start) {
            self.maildrop.force_refill();
        }
        played.map_err(|stop| (self.with_end(stop), std::mem::take(&mut player.transcript)))
    }

    /// A server that has crashed says so by its end.
    fn with_end(&self, mut stop: Stop) -> Stop {
        if let Stop::Failed(failure) | Stop::Barred(failure) = &mut stop
            && (failure.closed() || failure.not_connected())
            && let Some(how) = self.maildrop.server_ended()
        {
            failure.came = format!("{}; {how}", failure.came);
        }
        stop
    }

    /// What the next dialogues had better know about the server.
    fn learn(&mut self, player: &Player, played: &Result<(), Stop>) {
        self.one_at_a_time = player.one_at_a_time;
        self.patience.answered(player.slowest);
        let hang = matches!(played, Err(Stop::Failed(failure) | Stop::Barred(failure)) if failure.hang);
        self.patience.waited(hang);
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
        if let Some(time) = self.time.filter(|time| self.began.elapsed() > *time) {
            return Err(format!("the time was over: {} s (--time)", time.as_secs()));
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
