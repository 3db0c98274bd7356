//! The report on one server as a page that needs nothing else: no script, no font, no
//! picture. Whatever a server has sent is text in it.

use super::markup::{escaped, html};
use super::reports::{Failure, Report, Statement};
use super::verdicts::{Sums, Verdict};
use std::fmt::Write;

/// What stands before the content, with the style.
const HEAD: &str = include_str!("page.html");

/// Octets of a page after which no dialogue is added.
const LARGE: usize = 2_000_000;

/// The last lines of what was said in a dialogue.
const SAID: usize = 40;

/// The heads of the columns that `counts` fills.
pub const COUNTS: &str = "<th scope=\"col\">passed</th><th scope=\"col\">failed</th>\
                          <th scope=\"col\">noted</th><th scope=\"col\">not tried</th>";

/// The beginning of a page of that title.
pub fn head(title: &str) -> String {
    HEAD.replace("{title}", &escaped(title)) + &format!("<h1>{}</h1>\n", html(title))
}

/// The class of a verdict, which has its colours.
pub fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Noted => "noted",
        Verdict::NotTried => "untried",
    }
}

/// When and by what it was examined.
pub fn circumstances(report: &Report) -> String {
    let seconds = f64::from(report.milliseconds) / 1000.0;
    format!("{}, {seconds:.1} s, pop1081 {}", html(&report.date), html(&report.version))
}

/// What a link may name: a hostile file has no say in it.
pub fn anchor(id: &str) -> String {
    id.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect()
}

/// Cells of a table.
pub fn counts(sums: &Sums) -> String {
    let Sums { passed, failed, noted, not_tried } = sums;
    let cells = [("pass", passed), ("fail", failed), ("noted", noted), ("untried", not_tried)];
    let cells = cells.map(|(class, sum)| match sum.statements {
        0 => "<td class=\"soft\">0</td>".to_owned(),
        count => format!("<td class=\"{class} some\">{count}</td>"),
    });
    cells.concat()
}

/// What was sent, expected and came.
pub fn exchange(failure: &Failure) -> String {
    let rows = [("sent", &failure.sent), ("expected", &failure.expected), ("came", &failure.came)];
    rows.map(|(word, text)| format!("<dt>{word}</dt><dd><code>{}</code></dd>", html(text))).concat()
}

/// The whole page.
pub fn page(report: &Report) -> String {
    let mut page = head(&format!("{} by RFC {}", report.server, report.rfc));
    let sums = report.sums();
    let _ = writeln!(page, "<p class=\"soft\">User {}, {}</p>", html(&report.user), circumstances(report));
    let points = sums.points();
    let (points, rest) = points.split_once(' ').unwrap_or_default();
    let _ = writeln!(page, "<p class=\"score\"><b>{points}</b> {rest}</p>");
    let chapters: Vec<_> = report.statements.chunk_by(|one, next| one.chapter == next.chapter).collect();
    summary(&mut page, &chapters, &sums);
    failed(&mut page, report);
    for (number, chapter) in chapters.iter().enumerate() {
        let name = html(&chapter[0].chapter);
        let _ = writeln!(page, "<h2 id=\"c{number}\">{name}</h2>\n<ul class=\"list\">");
        for one in *chapter {
            statement(&mut page, one, report.rfc);
        }
        page.push_str("</ul>\n");
    }
    page + "</body>\n</html>\n"
}

fn summary(page: &mut String, chapters: &[&[Statement]], all: &Sums) {
    let _ =
        writeln!(page, "<table>\n<thead><tr><th scope=\"col\">Chapter</th>{COUNTS}</tr></thead>\n<tbody>");
    for (number, chapter) in chapters.iter().enumerate() {
        let name = format!("<a href=\"#c{number}\">{}</a>", html(&chapter[0].chapter));
        let sums = Sums::add(chapter.iter().map(|one| (one.verdict, one.points)));
        let _ = writeln!(page, "<tr><th scope=\"row\">{name}</th>{}</tr>", counts(&sums));
    }
    let _ = writeln!(page, "<tr class=\"all\"><th scope=\"row\">All</th>{}</tr>", counts(all));
    page.push_str("</tbody>\n</table>\n");
}

/// Where to look first.
fn failed(page: &mut String, report: &Report) {
    let failed = report.statements.iter().filter(|one| one.verdict == Verdict::Fail);
    let link =
        |one: &Statement| format!("<a href=\"#{}\"><code>{}</code></a>", anchor(&one.id), html(&one.id));
    let links: Vec<String> = failed.map(link).collect();
    if !links.is_empty() {
        let _ = writeln!(page, "<p>Failed: {}</p>", links.join(", "));
    }
}

fn statement(page: &mut String, one: &Statement, rfc: u32) {
    let Statement { id, page: number, verdict, .. } = one;
    let points = match one.points {
        Some(1) => ", 1 point".to_owned(),
        points => points.map_or_else(String::new, |points| format!(", {points} points")),
    };
    let _ = write!(page, "<li class=\"{}\" id=\"{}\">", class(*verdict), anchor(id));
    let _ = write!(page, "<span class=\"verdict\">{}</span><code>{}</code> ", verdict.word(), html(id));
    let _ = write!(page, "<span class=\"soft\">p. {number}{points}</span> {}", html(&one.rule));
    if *verdict == Verdict::NotTried {
        let reason = html(one.reason.as_deref().unwrap_or("no reason"));
        let _ = write!(page, " <span class=\"soft\">({reason})</span>");
    }
    for failure in &one.failures {
        dialogue(page, failure);
    }
    let later = one.later.as_ref().filter(|_| rfc == 1081);
    for (word, text) in [("The memo", one.memo.as_ref()), ("Later", later)] {
        if let Some(text) = text.filter(|_| !one.failures.is_empty()) {
            let _ = write!(page, "<p class=\"soft\">{word}: {}</p>", html(text));
        }
    }
    page.push_str("</li>\n");
}

fn dialogue(page: &mut String, failure: &Failure) {
    if page.len() > LARGE {
        page.push_str("<p>The page is large enough; the JSON report has this dialogue.</p>");
        return;
    }
    let _ = write!(page, "<details class=\"tried\" open><summary>{}</summary>\n<pre>", html(&failure.title));
    let left_out = failure.said.len().saturating_sub(SAID);
    if left_out > 0 {
        let _ = writeln!(page, "({left_out} lines before)");
    }
    for line in &failure.said[left_out..] {
        let (start, end) = if line.starts_with('C') { ("<b>", "</b>") } else { ("", "") };
        let _ = writeln!(page, "{start}{}{end}", html(line));
    }
    let hint = failure.hint.as_deref().map(|hint| format!("<dt>perhaps</dt><dd>{}</dd>", html(hint)));
    let _ = write!(page, "</pre>\n<dl>{}{}</dl>", exchange(failure), hint.unwrap_or_default());
    let typed: Vec<String> = failure.typed.iter().take(SAID).map(|line| escaped(line)).collect();
    if !typed.is_empty() {
        let typed = typed.join("\n");
        let _ = write!(page, "\n<p>Type it yourself, with the maildrop filled anew:</p>\n<pre>{typed}</pre>");
    }
    page.push_str("</details>");
}
