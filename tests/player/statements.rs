//! The table of the memo's statements: `id | page | rule`, one a line.

use super::dialogue::Proof;

pub struct Statement {
    pub line: usize,
    pub proof: Proof,
    pub rule: String,
}

/// Reads the table; an `Err` names the line that is none.
pub fn parse(text: &str) -> Result<Vec<Statement>, String> {
    (1..)
        .zip(text.lines())
        .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|(number, line)| {
            statement(number, line).ok_or_else(|| format!("line {number}: not id | page | rule"))
        })
        .collect()
}

fn statement(line: usize, text: &str) -> Option<Statement> {
    let mut fields = text.splitn(3, '|').map(str::trim);
    let statement = fields.next()?.to_string();
    let page = fields.next()?.parse().ok()?;
    let rule = fields.next()?.to_string();
    Some(Statement { line, proof: Proof { page, statement }, rule })
}
