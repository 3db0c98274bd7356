//! From the outcomes of dialogues to a verdict on each statement, and the sums
//! of it. How that is told is the affair of `report` and `json`.

use super::catalogue::Library;
use super::dialogue::Dialogue;
use super::examiner::Outcome;
use super::statement::{Rfc, Statement};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Pass,
    Fail,
    NotTried,
}

impl Verdict {
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "FAIL",
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
            Verdict::Fail
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
    pub not_tried: Sum,
}

impl Sums {
    pub fn of<'a, 'b: 'a>(judged: impl IntoIterator<Item = &'a Judged<'b>>) -> Sums {
        let mut sums = Sums::default();
        for one in judged {
            let sum = match one.verdict() {
                Verdict::Pass => &mut sums.passed,
                Verdict::Fail => &mut sums.failed,
                Verdict::NotTried => &mut sums.not_tried,
            };
            sum.statements += 1;
            sum.points += one.statement.points;
        }
        sums
    }

    /// Nothing failed, and something was shown.
    pub fn all_passed(&self) -> bool {
        self.failed.statements == 0 && self.passed.statements > 0
    }
}
