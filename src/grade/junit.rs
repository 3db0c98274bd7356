//! The report for programs that read the test results of JUnit: a suite per
//! chapter, a case per statement.

use super::client::Failure;
use super::examiner::Outcome;
use super::markup::escaped;
use super::verdicts::{Judged, Sums, Verdict};
use std::fmt::Write;

/// The XML document.
pub fn report(judged: &[Judged], server: &str, seconds: f64) -> String {
    let sums = Sums::of(judged);
    let (failed, skipped) = (sums.failed.statements, sums.not_tried.statements);
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let counts = format!("tests=\"{}\" failures=\"{failed}\" skipped=\"{skipped}\"", judged.len());
    let _ = writeln!(xml, "<testsuites name=\"{}\" {counts} time=\"{seconds:.3}\">", escaped(server));
    for chapter in judged.chunk_by(|one, next| one.statement.chapter == next.statement.chapter) {
        suite(&mut xml, chapter);
    }
    xml + "</testsuites>\n"
}

fn suite(xml: &mut String, chapter: &[Judged]) {
    let (name, count, sums) = (escaped(&chapter[0].statement.chapter), chapter.len(), Sums::of(chapter));
    let (failed, skipped) = (sums.failed.statements, sums.not_tried.statements);
    let counts = format!("tests=\"{count}\" failures=\"{failed}\" skipped=\"{skipped}\"");
    let _ = writeln!(xml, "  <testsuite name=\"{name}\" {counts}>");
    for one in chapter {
        case(xml, one);
    }
    xml.push_str("  </testsuite>\n");
}

fn case(xml: &mut String, one: &Judged) {
    let (id, chapter) = (escaped(&one.statement.id), escaped(&one.statement.chapter));
    let _ = write!(xml, "    <testcase classname=\"{chapter}\" name=\"{id}\">");
    match one.verdict() {
        Verdict::Pass => {}
        Verdict::NotTried => {
            let _ = write!(xml, "<skipped message=\"{}\"/>", escaped(one.reason().unwrap_or_default()));
        }
        Verdict::Fail => {
            let rule = format!("{} (p. {})", one.statement.rule, one.page);
            let (rule, failures) = (escaped(&rule), escaped(&failures(one)));
            let _ = write!(xml, "<failure message=\"{rule}\">{failures}</failure>");
        }
        Verdict::Noted => {
            let _ = write!(xml, "<system-out>noted: {}</system-out>", escaped(&failures(one)));
        }
    }
    xml.push_str("</testcase>\n");
}

/// What was sent, expected and came, and all that was said before.
fn failures(one: &Judged) -> String {
    let mut text = String::new();
    for (dialogue, outcome) in &one.dialogues {
        if let Outcome::Failed(failed) = outcome {
            let Failure { sent, expected, came, .. } = &failed.failure;
            let _ = writeln!(text, "{}: sent {sent}\nexpected {expected}\ncame {came}", dialogue.title);
            let _ = writeln!(text, "{}", failed.transcript);
        }
    }
    text
}
