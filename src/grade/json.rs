//! The report for scripts: one JSON object (RFC 8259).

use super::by_hand;
use super::catalogue::Rfc;
use super::dialogue::Dialogue;
use super::examiner::Outcome;
use super::selection::{Stage, stage_of, stages};
use super::verdicts::{Judged, Sum, Sums};
use crate::calendar::Moment;
use std::time::{Duration, SystemTime};

/// A value of JSON, as its text.
struct Json(String);

/// Raised when a member changes its meaning or goes away.
pub const FORMAT: u32 = 1;

/// What was examined.
pub struct Head<'a> {
    /// Its address, or the command that started it.
    pub server: &'a str,
    /// What telnet is given: host and port.
    pub place: &'a str,
    pub user: &'a str,
    pub rfc: Rfc,
    pub began: SystemTime,
    pub took: Duration,
}

/// What was examined, and the verdicts.
pub fn report(judged: &[Judged], head: &Head) -> String {
    let Head { server, place, user, rfc, began, took } = head;
    let (sums, stages) = (Sums::of(judged), stages());
    let milliseconds = u32::try_from(took.as_millis()).unwrap_or(u32::MAX);
    let report = object([
        ("format", number(FORMAT)),
        ("version", string(env!("CARGO_PKG_VERSION"))),
        ("server", string(server)),
        ("user", string(user)),
        ("rfc", number(rfc.number())),
        ("date", string(&date(Moment::of(*began)))),
        ("milliseconds", number(milliseconds)),
        ("passed", sum(sums.passed)),
        ("failed", sum(sums.failed)),
        ("noted", sum(sums.noted)),
        ("not_tried", sum(sums.not_tried)),
        ("statements", array(judged.iter().map(|one| statement(one, &stages, place)))),
    ]);
    report.0 + "\n"
}

fn sum(sum: Sum) -> Json {
    object([("statements", number(sum.statements)), ("points", number(sum.points))])
}

/// As RFC 3339 has it.
fn date(moment: Moment) -> String {
    let Moment { year, month, day, hour, minute, second, .. } = moment;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

fn statement(one: &Judged, stages: &[Stage], place: &str) -> Json {
    let stage = stage_of(stages, &one.statement.id).and_then(|stage| u32::try_from(stage).ok());
    let dialogues = one.dialogues.iter().map(|(dialogue, outcome)| played(dialogue, outcome, place));
    object([
        ("id", string(&one.statement.id)),
        ("chapter", string(&one.statement.chapter)),
        ("stage", stage.map_or(null(), number)),
        ("page", number(one.page)),
        ("points", one.statement.points.map_or(null(), number)),
        ("rule", string(&one.statement.rule)),
        ("later", one.statement.later.as_deref().map_or(null(), string)),
        ("memo", one.statement.memo.as_deref().map_or(null(), string)),
        ("verdict", string(&one.verdict().word().to_lowercase())),
        ("dialogues", array(dialogues)),
    ])
}

fn played(dialogue: &Dialogue, outcome: &Outcome, place: &str) -> Json {
    let (id, title) = (("id", string(&dialogue.id)), ("title", string(&dialogue.title)));
    let word = |word: &str| ("outcome", string(word));
    match outcome {
        Outcome::Passed => object([id, title, word("pass")]),
        Outcome::NotTried(reason) => object([id, title, word("not tried"), ("reason", string(reason))]),
        Outcome::Failed(failure) => object([
            id,
            title,
            word("fail"),
            ("sent", string(&failure.failure.sent)),
            ("expected", string(&failure.failure.expected)),
            ("came", string(&failure.failure.came)),
            ("hint", dialogue.hint.as_deref().map_or(null(), string)),
            ("said", array(failure.transcript.lines().map(string))),
            ("type", array(by_hand::lines(&failure.transcript, place).iter().map(|line| string(line)))),
        ]),
    }
}

fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
    let members = members.map(|(name, value)| format!("{}: {}", string(name).0, value.0));
    Json(format!("{{{}}}", members.join(", ")))
}

fn array(values: impl Iterator<Item = Json>) -> Json {
    let values: Vec<String> = values.map(|value| value.0).collect();
    Json(format!("[{}]", values.join(", ")))
}

fn number(value: impl Into<u32>) -> Json {
    Json(value.into().to_string())
}

fn null() -> Json {
    Json("null".to_owned())
}

/// Quotation mark, backslash and control characters are escaped.
fn string(text: &str) -> Json {
    let mut json = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            control if control < ' ' => json.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => json.push(other),
        }
    }
    json.push('"');
    Json(json)
}

#[cfg(test)]
#[path = "../../tests/unit/grade/json.rs"]
mod tests;
