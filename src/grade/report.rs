//! The report for a person: a line per statement, for a failure what was sent, what
//! came and what the memo says, and a summary by chapter.

use super::by_hand;
use super::catalogue::{Library, Rfc, Statement};
use super::examiner::{FailedDialogue, Outcome};
use super::screen::{Screen, indent};
use super::selection::{stage_of, stages};
use super::verdicts::{Judged, Sums, Verdict};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Lines of what was said before that a failure shows.
const SAID_BEFORE: usize = 6;

/// Chapters for which a screen has lines; beyond, those that passed are one.
const CHAPTERS: usize = 20;

/// Columns before what is told under a statement, and before its further lines.
const UNDER: usize = 12;
const FURTHER: usize = 22;

/// How the report is to look.
pub struct Layout<'a> {
    pub rfc: Rfc,
    pub points: bool,
    /// Only what failed is shown.
    pub failed: bool,
    /// What telnet is given: host and port.
    pub place: &'a str,
    pub screen: Screen,
}

/// Chapter by chapter: everything, or only what failed.
pub fn report(judged: &[Judged], layout: &Layout) -> String {
    let mut text = String::new();
    for chapter in chapters(judged) {
        let shown = |one: &&Judged| !layout.failed || one.verdict() == Verdict::Fail;
        for (at, one) in chapter.iter().filter(shown).enumerate() {
            if at == 0 {
                let _ = writeln!(text, "\n{}", layout.screen.heading(&one.statement.chapter));
            }
            statement(&mut text, one, layout);
        }
    }
    summary(&mut text, judged, layout);
    text
}

/// The first statement, in the order of the stages, that failed, and its stage.
pub fn first_failed<'a, 'b>(judged: &'a [Judged<'b>]) -> Option<(&'a Judged<'b>, usize)> {
    let stages = stages();
    let failed = judged.iter().filter(|one| one.verdict() == Verdict::Fail);
    failed.map(|one| (one, stage_of(&stages, &one.statement.id).unwrap_or(0))).min_by_key(|(_, stage)| *stage)
}

/// What is to be mended now.
pub fn next(judged: &[Judged], layout: &Layout) -> String {
    let stages = stages();
    let Some((one, number)) = first_failed(judged) else {
        let untried = Sums::of(judged).not_tried.statements;
        return format!("\nno statement failed; {untried} of {} were not tried\n", judged.len());
    };
    let title = stages.get(number.saturating_sub(1)).map_or("", |stage| stage.title);
    let mut text = format!("\nstage {number} of {}: {title}\n", stages.len());
    statement(&mut text, one, layout);
    text
}

/// The chapters and statements, with their pages, points and stages.
pub fn list(library: &Library, rfc: Rfc, ids: &BTreeSet<String>, screen: &Screen) -> String {
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
            let _ = writeln!(text, "{}", screen.wrapped(&head, &one.rule, 12));
        }
    }
    text
}

fn chapters<'a, 'b>(judged: &'a [Judged<'b>]) -> impl Iterator<Item = &'a [Judged<'b>]> {
    judged.chunk_by(|one, next| one.statement.chapter == next.statement.chapter)
}

fn statement(text: &mut String, one: &Judged, layout: &Layout) {
    let (verdict, screen) = (one.verdict(), &layout.screen);
    let worth = layout.points.then_some(one.statement.points).flatten();
    let worth = worth.map_or_else(String::new, |points| format!(" [{points}]"));
    let head = format!("  {:<9}{worth} {} (p. {}): ", verdict.word(), one.statement.id, one.page);
    let line = screen.wrapped(&head, &one.statement.rule, 12);
    let _ = writeln!(text, "{}", line.replacen(verdict.word(), &screen.verdict(verdict), 1));
    match verdict {
        Verdict::Pass => {}
        Verdict::NotTried => told(text, screen, "", one.reason().unwrap_or("no reason")),
        Verdict::Fail | Verdict::Noted => {
            for (dialogue, outcome) in &one.dialogues {
                if let Outcome::Failed(failure) = outcome {
                    failed(text, &dialogue.title, failure, dialogue.hint.as_deref(), layout);
                }
            }
            if let Some(memo) = &one.statement.memo {
                told(text, screen, "the memo: ", memo);
            }
            if let Some(later) = one.statement.later.as_deref().filter(|_| layout.rfc == Rfc::Rfc1081) {
                told(text, screen, "later:    ", later);
            }
        }
    }
}

/// Words under the statement, after a word of what they are.
fn told(text: &mut String, screen: &Screen, word: &str, words: &str) {
    let head = format!("{}{word}", indent(UNDER));
    let _ = writeln!(text, "{}", screen.wrapped(&head, words, UNDER + word.len()));
}

fn failed(text: &mut String, title: &str, failed: &FailedDialogue, hint: Option<&str>, layout: &Layout) {
    let (screen, failure) = (&layout.screen, &failed.failure);
    told(text, screen, "tried:    ", title);
    for line in said_before(&failed.transcript) {
        let _ = writeln!(text, "{}{}", indent(FURTHER), screen.cut(line, FURTHER));
    }
    told(text, screen, "sent:     ", &failure.sent);
    told(text, screen, "expected: ", &failure.expected);
    told(text, screen, "came:     ", &failure.came);
    if let Some(hint) = hint {
        told(text, screen, "perhaps:  ", hint);
    }
    for (at, line) in by_hand::lines(&failed.transcript, layout.place).iter().enumerate() {
        if at == 0 {
            told(text, screen, "yourself: ", "with the maildrop filled anew, type");
        }
        let _ = writeln!(text, "{}{line}", indent(FURTHER));
    }
}

fn said_before(transcript: &str) -> impl Iterator<Item = &str> {
    let left_out = transcript.lines().count().saturating_sub(SAID_BEFORE);
    (left_out > 0).then_some("...").into_iter().chain(transcript.lines().skip(left_out))
}

/// No longer than a screen of 24 lines.
fn summary(text: &mut String, judged: &[Judged], layout: &Layout) {
    let sums = Sums::of(judged);
    let memo = format!("RFC {}", layout.rfc.number());
    let head = match layout.points {
        true => format!("{memo}: {}", sums.points()),
        false => format!("{memo}, by chapter"),
    };
    let names = names(&layout.screen);
    let _ = writeln!(text, "\n{head:<width$}  passed  failed  noted  not tried", width = names + 2);
    let whole = |chapter: &&[Judged]| chapter.iter().all(|one| one.verdict() == Verdict::Pass);
    let merged = chapters(judged).count() > CHAPTERS;
    let (passed, others): (Vec<_>, Vec<_>) = chapters(judged).partition(|chapter| merged && whole(chapter));
    for chapter in others {
        row(text, &chapter[0].statement.chapter, Sums::of(chapter), layout);
    }
    if !passed.is_empty() {
        let name = format!("the other {} chapters", passed.len());
        row(text, &name, Sums::of(passed.into_iter().flatten()), layout);
    }
    row(text, "all", sums, layout);
}

fn row(text: &mut String, name: &str, sums: Sums, layout: &Layout) {
    let counts = [sums.passed, sums.failed, sums.noted, sums.not_tried].map(|sum| sum.statements);
    let [passed, failed, noted, not_tried] = counts;
    let failed = layout.screen.failures(failed, 6);
    let names = names(&layout.screen);
    let _ = writeln!(text, "  {name:<names$}  {passed:>6}  {failed}  {noted:>5}  {not_tried:>9}");
}

/// Columns of the names of chapters: the counts need 36 more.
fn names(screen: &Screen) -> usize {
    (screen.width - 38).min(42)
}
