//! The report for scripts: one JSON object (RFC 8259).

use super::catalogue::Rfc;
use super::dialogue::Dialogue;
use super::examiner::Outcome;
use super::report::{Judged, Sum, Sums};

/// A value of JSON, as its text.
struct Json(String);

/// Raised when a member changes its meaning or goes away.
const FORMAT: u32 = 1;

/// What was examined, and the verdicts.
pub fn report(judged: &[Judged], rfc: Rfc, server: &str, user: &str, seconds: f64) -> String {
    let sums = Sums::of(judged);
    let report = object([
        ("format", number(FORMAT)),
        ("version", string(env!("CARGO_PKG_VERSION"))),
        ("server", string(server)),
        ("user", string(user)),
        ("rfc", number(rfc.number())),
        ("seconds", Json(format!("{seconds:.3}"))),
        ("passed", sum(sums.passed)),
        ("failed", sum(sums.failed)),
        ("noted", sum(sums.noted)),
        ("not_tried", sum(sums.not_tried)),
        ("statements", array(judged.iter().map(|one| statement(one)))),
    ]);
    report.0 + "\n"
}

fn sum(sum: Sum) -> Json {
    object([("statements", number(sum.statements)), ("points", number(sum.points))])
}

fn statement(one: &Judged) -> Json {
    object([
        ("id", string(&one.statement.id)),
        ("chapter", string(&one.statement.chapter)),
        ("page", number(one.page)),
        ("points", one.statement.points.map_or(null(), number)),
        ("rule", string(&one.statement.rule)),
        ("later", one.statement.later.as_deref().map_or(null(), string)),
        ("memo", one.statement.memo.as_deref().map_or(null(), string)),
        ("verdict", string(&one.verdict().word().to_lowercase())),
        ("dialogues", array(one.dialogues.iter().map(|(dialogue, outcome)| played(dialogue, outcome)))),
    ])
}

fn played(dialogue: &Dialogue, outcome: &Outcome) -> Json {
    let (id, title) = (string(&dialogue.id), string(&dialogue.title));
    match outcome {
        Outcome::Passed => object([("id", id), ("title", title), ("outcome", string("pass"))]),
        Outcome::NotTried(reason) => object([
            ("id", id),
            ("title", title),
            ("outcome", string("not tried")),
            ("reason", string(reason)),
        ]),
        Outcome::Failed(failure) => object([
            ("id", id),
            ("title", title),
            ("outcome", string("fail")),
            ("sent", string(&failure.failure.sent)),
            ("expected", string(&failure.failure.expected)),
            ("came", string(&failure.failure.came)),
            ("said", array(failure.transcript.lines().map(string))),
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
mod tests {
    use super::*;

    #[test]
    fn what_must_be_escaped() {
        assert_eq!(string("a\"b\\c\n\u{1}\u{e9}").0, "\"a\\\"b\\\\c\\u000a\\u0001\u{e9}\"");
        assert_eq!(object([("n", number(3_u32)), ("x", null())]).0, r#"{"n": 3, "x": null}"#);
    }
}
