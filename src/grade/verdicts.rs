//! From the outcomes of dialogues to a verdict on each statement, and their sums.

use super::catalogue::{Library, Rfc, Statement};
use super::dialogue::Dialogue;
use super::examiner::Outcome;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Pass,
    Fail,
    /// It is done otherwise, which the memo allows or only discourages.
    Noted,
    NotTried,
}

impl Verdict {
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "FAIL",
            Verdict::Noted => "noted",
            Verdict::NotTried => "not tried",
        }
    }
}

/// A statement, and the dialogues that show whether it is kept.
pub struct Judged<'a> {
    pub statement: &'a Statement,
    pub page: u32,
    pub dialogues: Vec<&'a (&'a Dialogue, Outcome)>,
}

impl Judged<'_> {
    /// Failed by one dialogue is failed; passed is what at least one has shown.
    pub fn verdict(&self) -> Verdict {
        let any = |wanted: fn(&Outcome) -> bool| self.dialogues.iter().any(|(_, outcome)| wanted(outcome));
        if any(|outcome| matches!(outcome, Outcome::Failed(_))) {
            if self.statement.points.is_some() { Verdict::Fail } else { Verdict::Noted }
        } else if any(|outcome| matches!(outcome, Outcome::Passed)) {
            Verdict::Pass
        } else {
            Verdict::NotTried
        }
    }

    /// Why it was not tried, where it was not.
    pub fn reason(&self) -> Option<&str> {
        self.dialogues.iter().find_map(|(_, outcome)| match outcome {
            Outcome::NotTried(reason) => Some(reason.as_str()),
            _ => None,
        })
    }
}

/// The statements that something was played for, in the order of the table.
pub fn judge<'a>(library: &'a Library, rfc: Rfc, played: &'a [(&'a Dialogue, Outcome)]) -> Vec<Judged<'a>> {
    let judged = library.statements(rfc).filter_map(|statement| {
        let shows = |dialogue: &Dialogue| dialogue.proves.iter().any(|proof| proof.statement == statement.id);
        let dialogues: Vec<_> = played.iter().filter(|(dialogue, _)| shows(dialogue)).collect();
        let page = statement.page(rfc)?;
        (!dialogues.is_empty()).then_some(Judged { statement, page, dialogues })
    });
    judged.collect()
}

/// How many statements, and how many points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    pub statements: u32,
    pub points: u32,
}

/// The sums of a chapter, or of everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub passed: Sum,
    pub failed: Sum,
    pub noted: Sum,
    pub not_tried: Sum,
}

impl Sums {
    pub fn of<'a, 'b: 'a>(judged: impl IntoIterator<Item = &'a Judged<'b>>) -> Sums {
        Sums::add(judged.into_iter().map(|one| (one.verdict(), one.statement.points)))
    }

    /// Of verdicts and what they are worth.
    pub fn add(verdicts: impl Iterator<Item = (Verdict, Option<u32>)>) -> Sums {
        let mut sums = Sums::default();
        for (verdict, points) in verdicts {
            let sum = match verdict {
                Verdict::Pass => &mut sums.passed,
                Verdict::Fail => &mut sums.failed,
                Verdict::Noted => &mut sums.noted,
                Verdict::NotTried => &mut sums.not_tried,
            };
            sum.statements += 1;
            sum.points = sum.points.saturating_add(points.unwrap_or(0));
        }
        sums
    }

    /// As a sentence has them: those that count, and how many of them are there to be had.
    pub fn points(&self) -> String {
        let untried = self.not_tried.points;
        let all = self.passed.points.saturating_add(self.failed.points).saturating_add(untried);
        format!("{} of {all} points, {untried} untried", self.passed.points)
    }

    /// So much was not tried that the rest says little.
    pub fn much_untried(&self) -> bool {
        let tried = self.passed.statements + self.failed.statements + self.noted.statements;
        let all = tried + self.not_tried.statements;
        self.not_tried.statements * MUCH > all
    }
}

/// One statement of so many that is not tried is much.
const MUCH: u32 = 4;
