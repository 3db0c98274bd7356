//! The table of statements: what RFC 1081 and RFC 1939 lay down for a server,
//! each rule once. Which dialogue shows it, the dialogue says.

use std::str::FromStr;

/// The memo that a server is held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rfc {
    Rfc1081,
    Rfc1939,
}

impl Rfc {
    pub fn number(self) -> u16 {
        match self {
            Rfc::Rfc1081 => 1081,
            Rfc::Rfc1939 => 1939,
        }
    }
}

impl FromStr for Rfc {
    type Err = ();

    fn from_str(text: &str) -> Result<Rfc, ()> {
        [Rfc::Rfc1081, Rfc::Rfc1939].into_iter().find(|rfc| rfc.number().to_string() == text).ok_or(())
    }
}

#[derive(Clone, Debug)]
pub struct Statement {
    pub id: String,
    /// The heading in the table under which it stands.
    pub chapter: String,
    /// Where RFC 1081 says it.
    pub page_1081: Option<u32>,
    /// Where RFC 1939 says it.
    pub page_1939: Option<u32>,
    pub points: u32,
    pub rule: String,
    /// How a later memo has it, where that differs.
    pub later: Option<String>,
}

impl Statement {
    /// The page on which the memo says it, if it does.
    pub fn page(&self, rfc: Rfc) -> Option<u32> {
        match rfc {
            Rfc::Rfc1081 => self.page_1081,
            Rfc::Rfc1939 => self.page_1939,
        }
    }
}

/// Reads the table: `== heading`, `id | page | page | points | rule`, `later: note`.
///
/// # Errors
/// Names the line that is none of them.
pub fn parse(text: &str) -> Result<Vec<Statement>, String> {
    let mut chapter = String::new();
    let mut statements: Vec<Statement> = Vec::new();
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        } else if let Some(heading) = line.strip_prefix("== ") {
            chapter = heading.to_owned();
        } else if let (Some(note), Some(last)) = (line.strip_prefix("later: "), statements.last_mut()) {
            last.later = Some(note.to_owned());
        } else {
            let statement = statement(&chapter, line);
            statements.push(
                statement.ok_or_else(|| format!("line {number}: not id | page | page | points | rule"))?,
            );
        }
    }
    Ok(statements)
}

fn statement(chapter: &str, text: &str) -> Option<Statement> {
    let mut fields = text.splitn(5, '|').map(str::trim);
    let id = fields.next()?.to_owned();
    let page_1081 = page(fields.next()?)?;
    let page_1939 = page(fields.next()?)?;
    let points = fields.next()?.parse().ok()?;
    let rule = fields.next()?.to_owned();
    Some(Statement { id, chapter: chapter.to_owned(), page_1081, page_1939, points, rule, later: None })
}

/// A page, or `-` for none.
fn page(text: &str) -> Option<Option<u32>> {
    match text {
        "-" => Some(None),
        digits => digits.parse().ok().map(Some),
    }
}
