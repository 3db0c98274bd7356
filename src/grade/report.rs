//! From the outcomes of dialogues to a verdict on each statement, and the report
//! for a person: a line per statement, for a failure what was sent, what came
//! and what the memo says, and a summary by chapter.

use super::catalogue::{Library, Rfc, Statement};
use super::dialogue::Dialogue;
use super::examiner::{FailedDialogue, Outcome};
use super::selection::{stage_of, stages};
use std::collections::BTreeSet;
use std::env;
use std::fmt::Write;

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
        let mut sums = Sums::default();
        for one in judged {
            let sum = match one.verdict() {
                Verdict::Pass => &mut sums.passed,
                Verdict::Fail => &mut sums.failed,
                Verdict::Noted => &mut sums.noted,
                Verdict::NotTried => &mut sums.not_tried,
            };
            sum.statements += 1;
            sum.points += one.statement.points.unwrap_or(0);
        }
        sums
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

/// Columns of a line where `$COLUMNS` does not say, and the fewest that are used.
const WIDTH: usize = 100;
const NARROW: usize = 60;

/// Lines of what was said before that a failure shows.
const SAID_BEFORE: usize = 6;

/// Chapter by chapter: everything, or only what failed.
pub fn report(judged: &[Judged], rfc: Rfc, points: bool, failed: bool) -> String {
    let mut text = String::new();
    for chapter in chapters(judged) {
        let shown = |one: &&Judged| !failed || one.verdict() == Verdict::Fail;
        for (at, one) in chapter.iter().filter(shown).enumerate() {
            if at == 0 {
                let _ = writeln!(text, "\n{}", one.statement.chapter);
            }
            statement(&mut text, one, rfc, points);
        }
    }
    summary(&mut text, judged, rfc, points);
    text
}

/// What is to be mended now: the first statement, in the order of the stages, that failed.
pub fn next(judged: &[Judged], rfc: Rfc, points: bool) -> String {
    let stages = stages();
    let stage = |one: &&Judged| stage_of(&stages, &one.statement.id).unwrap_or(0);
    let Some(one) = judged.iter().filter(|one| one.verdict() == Verdict::Fail).min_by_key(stage) else {
        let untried = Sums::of(judged).not_tried.statements;
        return format!("\nno statement failed; {untried} of {} were not tried\n", judged.len());
    };
    let number = stage(&one);
    let title = stages.get(number.saturating_sub(1)).map_or("", |stage| stage.title);
    let mut text = format!("\nstage {number} of {}: {title}\n", stages.len());
    statement(&mut text, one, rfc, points);
    text
}

/// The chapters and statements, with their pages, points and stages.
pub fn list(library: &Library, rfc: Rfc, ids: &BTreeSet<String>) -> String {
    let stages = stages();
    let mut text = String::from("stages\n");
    for (number, stage) in (1..).zip(&stages) {
        let _ = writeln!(text, "  {number:>2}  {}", stage.title);
    }
    let listed: Vec<&Statement> = library.statements(rfc).filter(|one| ids.contains(&one.id)).collect();
    for chapter in listed.chunk_by(|one, next| one.chapter == next.chapter) {
        let _ = writeln!(text, "\n{}", chapter[0].chapter);
        for one in chapter {
            let page = one.page(rfc).unwrap_or_default();
            let points = one.points.map_or_else(String::new, |points| format!(" [{points}]"));
            let stage = stage_of(&stages, &one.id).unwrap_or(0);
            let head = format!("  {} (p. {page}){points} stage {stage}: ", one.id);
            let _ = writeln!(text, "{}", wrapped(&head, &one.rule, 12));
        }
    }
    text
}

fn chapters<'a, 'b>(judged: &'a [Judged<'b>]) -> impl Iterator<Item = &'a [Judged<'b>]> {
    judged.chunk_by(|one, next| one.statement.chapter == next.statement.chapter)
}

fn statement(text: &mut String, one: &Judged, rfc: Rfc, points: bool) {
    let verdict = one.verdict();
    let worth = points.then_some(one.statement.points).flatten();
    let worth = worth.map_or_else(String::new, |points| format!(" [{points}]"));
    let head = format!("  {:<9}{worth} {} (p. {}): ", verdict.word(), one.statement.id, one.page);
    let _ = writeln!(text, "{}", wrapped(&head, &one.statement.rule, 12));
    match verdict {
        Verdict::Pass => {}
        Verdict::NotTried => {
            let _ = writeln!(text, "{}", wrapped(&indent(12), one.reason().unwrap_or("no reason"), 12));
        }
        Verdict::Fail | Verdict::Noted => {
            for (dialogue, outcome) in &one.dialogues {
                if let Outcome::Failed(failure) = outcome {
                    failed(text, &dialogue.title, failure, dialogue.hint.as_deref());
                }
            }
            if let Some(memo) = &one.statement.memo {
                let _ = writeln!(text, "{}", wrapped(&format!("{}the memo: ", indent(12)), memo, 22));
            }
            if let Some(later) = one.statement.later.as_deref().filter(|_| rfc == Rfc::Rfc1081) {
                let _ = writeln!(text, "{}", wrapped(&format!("{}later:    ", indent(12)), later, 22));
            }
        }
    }
}

fn failed(text: &mut String, title: &str, failure: &FailedDialogue, hint: Option<&str>) {
    let _ = writeln!(text, "{}", wrapped(&format!("{}tried:    ", indent(12)), title, 22));
    for line in said_before(&failure.transcript) {
        let _ = writeln!(text, "{}{line}", indent(22));
    }
    for (word, what) in [
        ("sent:     ", Some(failure.failure.sent.as_str())),
        ("expected: ", Some(failure.failure.expected.as_str())),
        ("came:     ", Some(failure.failure.came.as_str())),
        ("perhaps:  ", hint),
    ] {
        if let Some(what) = what {
            let _ = writeln!(text, "{}", wrapped(&format!("{}{word}", indent(12)), what, 22));
        }
    }
    let typed = failure.to_type();
    if !typed.is_empty() {
        let _ = writeln!(text, "{}yourself: in telnet, type {}", indent(12), typed.join(", "));
    }
}

fn said_before(transcript: &str) -> impl Iterator<Item = String> {
    let lines: Vec<&str> = transcript.lines().collect();
    let left_out = lines.len().saturating_sub(SAID_BEFORE);
    let dots = (left_out > 0).then(|| "...".to_owned());
    let cut = |line: &str| line.chars().take(width() - 22).collect();
    dots.into_iter().chain(lines[left_out..].iter().map(|line| cut(line)).collect::<Vec<_>>())
}

fn summary(text: &mut String, judged: &[Judged], rfc: Rfc, points: bool) {
    let _ = writeln!(text, "\nRFC {}, by chapter{:27}  passed  failed  noted  not tried", rfc.number(), "");
    for chapter in chapters(judged) {
        row(text, &chapter[0].statement.chapter, Sums::of(chapter));
    }
    let sums = Sums::of(judged);
    row(text, "all", sums);
    if points {
        let _ = writeln!(
            text,
            "\n{} of {} points, {} untried",
            sums.passed.points,
            sums.passed.points + sums.failed.points + sums.not_tried.points,
            sums.not_tried.points
        );
    }
}

fn row(text: &mut String, name: &str, sums: Sums) {
    let sums = [sums.passed, sums.failed, sums.noted, sums.not_tried];
    let [passed, failed, noted, not_tried] = sums.map(|sum| sum.statements);
    let _ = writeln!(text, "  {name:<42}  {passed:>6}  {failed:>6}  {noted:>5}  {not_tried:>9}");
}

fn width() -> usize {
    let columns = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    columns.map_or(WIDTH, |columns: usize| columns.max(NARROW))
}

fn indent(columns: usize) -> String {
    " ".repeat(columns)
}

/// The words after the head, on as many lines as they need.
fn wrapped(head: &str, words: &str, columns: usize) -> String {
    let mut text = head.to_owned();
    let (most, mut width) = (self::width(), head.len());
    for word in words.split(' ') {
        if width + word.len() > most && width > columns {
            text.truncate(text.trim_end().len());
            text.push('\n');
            text.push_str(&indent(columns));
            width = columns;
        }
        text.push_str(word);
        text.push(' ');
        width += word.len() + 1;
    }
    text.truncate(text.trim_end().len());
    text
}
