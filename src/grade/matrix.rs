//! Servers side by side on a page: a line for each statement, a column for each server.

use super::catalogue::Library;
use super::html::{COUNTS, anchor, circumstances, class, counts, exchange, head};
use super::markup::html;
use super::reports::{Report, Statement};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Of a server, what it is called and what it did.
type Column = (String, Report);

/// Octets of a page after which nothing more is told of failures.
const LARGE: usize = 4_000_000;

/// Columns beyond which they are narrow.
const MANY: usize = 8;

/// The whole page, a part for each memo by which a server was examined.
pub fn page(library: &Library, servers: &[Column]) -> String {
    let mut page = head("POP3 servers side by side");
    let memos: BTreeSet<u32> = servers.iter().map(|(_, report)| report.rfc).collect();
    for memo in memos {
        let columns: Vec<&Column> = servers.iter().filter(|(_, report)| report.rfc == memo).collect();
        let rows = rows(library, &columns);
        let _ = writeln!(page, "<h2>RFC {memo}</h2>");
        examined(&mut page, &columns);
        table(&mut page, memo, &columns, &rows);
        let _ = writeln!(page, "<h2>What they did instead, by RFC {memo}</h2>");
        for row in &rows {
            details(&mut page, memo, &columns, row);
        }
    }
    page + "</body>\n</html>\n"
}

fn examined(page: &mut String, columns: &[&Column]) {
    let _ = write!(page, "<table>\n<thead><tr><th scope=\"col\">Server</th>{COUNTS}");
    page.push_str("<th scope=\"col\">points</th></tr></thead>\n<tbody>\n");
    for (name, report) in columns {
        let (sums, circumstances) = (report.sums(), circumstances(report));
        let _ = write!(page, "<tr><th scope=\"row\">{} ", html(name));
        let _ = write!(page, "<span class=\"rule\">{}; {circumstances}</span></th>", html(&report.server));
        let points = sums.points();
        let points = points.split(" points").next().unwrap_or_default();
        let _ = writeln!(page, "{}<td>{points}</td></tr>", counts(&sums));
    }
    page.push_str("</tbody>\n</table>\n");
}

/// A statement, and what each server did of it.
struct Row<'a> {
    statement: &'a Statement,
    cells: Vec<Option<&'a Statement>>,
}

/// What at least one server was examined for, in the order of the memo; what this version
/// does not know comes last.
fn rows<'a>(library: &Library, columns: &[&'a Column]) -> Vec<Row<'a>> {
    let mut seen = BTreeSet::new();
    let all = columns.iter().flat_map(|(_, report)| &report.statements);
    let mut statements: Vec<&Statement> = all.filter(|one| seen.insert(one.id.as_str())).collect();
    statements.sort_by_cached_key(|one| {
        let known = library.statements.iter().position(|known| known.id == one.id);
        known.unwrap_or(library.statements.len())
    });
    let row = |statement: &'a Statement| {
        let of = |column: &&'a Column| column.1.statements.iter().find(|one| one.id == statement.id);
        Row { statement, cells: columns.iter().map(of).collect() }
    };
    statements.into_iter().map(row).collect()
}

fn table(page: &mut String, memo: u32, columns: &[&Column], rows: &[Row]) {
    page.push_str("<div class=\"side\" tabindex=\"0\" role=\"region\" aria-label=\"Verdicts\">\n");
    let many = if columns.len() > MANY { " many" } else { "" };
    let _ = write!(page, "<table class=\"matrix{many}\">\n<thead><tr><th scope=\"col\">Statement</th>");
    for (name, _) in columns {
        let _ = write!(page, "<th scope=\"col\"><span class=\"name\">{}</span></th>", html(name));
    }
    page.push_str("</tr></thead>\n");
    for chapter in rows.chunk_by(|one, next| one.statement.chapter == next.statement.chapter) {
        let (name, span) = (html(&chapter[0].statement.chapter), columns.len() + 1);
        page.push_str("<tbody>\n<tr class=\"chapter\">");
        let _ = writeln!(page, "<th scope=\"rowgroup\" colspan=\"{span}\">{name}</th></tr>");
        for row in chapter {
            let Statement { id, page: number, rule, .. } = row.statement;
            let _ = write!(page, "<tr><th scope=\"row\"><code>{}</code> <span class=\"soft\">", html(id));
            let _ = write!(page, "p. {number}</span> <span class=\"rule\">{}</span></th>", html(rule));
            for (at, cell) in row.cells.iter().enumerate() {
                page.push_str(&self::cell(memo, at, *cell));
            }
            page.push_str("</tr>\n");
        }
        page.push_str("</tbody>\n");
    }
    page.push_str("</table>\n</div>\n");
}

fn cell(memo: u32, column: usize, cell: Option<&Statement>) -> String {
    let Some(one) = cell else { return "<td>not asked</td>".to_owned() };
    let (class, word, place) = (class(one.verdict), one.verdict.word(), place(memo, column, &one.id));
    match one.failures.is_empty() {
        true => format!("<td class=\"{class}\">{word}</td>"),
        false => format!("<td class=\"{class}\"><a href=\"#{place}\">{word}</a></td>"),
    }
}

/// Where a server's failure is told.
fn place(memo: u32, column: usize, id: &str) -> String {
    format!("r{memo}-{column}-{}", anchor(id))
}

/// What each server did that does not do as the statement says.
fn details(page: &mut String, memo: u32, columns: &[&Column], row: &Row) {
    let failures = |cell: &Option<&Statement>| cell.is_some_and(|one| !one.failures.is_empty());
    if !row.cells.iter().any(failures) || page.len() > LARGE {
        return;
    }
    let Statement { id, page: number, rule, later, .. } = row.statement;
    let _ = writeln!(page, "<h3><code>{}</code></h3>\n<p>{} (p. {number})</p>", html(id), html(rule));
    if let Some(later) = later.as_deref().filter(|_| memo == 1081) {
        let _ = writeln!(page, "<p class=\"soft\">Later: {}</p>", html(later));
    }
    for (at, (cell, (name, _))) in row.cells.iter().zip(columns).enumerate() {
        let Some(one) = cell.filter(|one| !one.failures.is_empty()) else { continue };
        let (class, place) = (class(one.verdict), place(memo, at, &one.id));
        let _ = write!(page, "<div class=\"tried {class}\" id=\"{place}\"><b>{}</b>", html(name));
        for failure in &one.failures {
            let _ = write!(page, "<p>{}</p>\n<dl>{}</dl>", html(&failure.title), exchange(failure));
        }
        page.push_str("</div>\n");
    }
}
