//! What is examined, as data read from the files beside this one: the statements
//! of RFC 1081 and RFC 1939, each rule once, the dialogues that show them, and
//! the standard maildrop.

use super::dialogue::Dialogue;
use super::fixture::{self, Message};
use super::parse;
use std::str::FromStr;

const STATEMENTS: &str = include_str!("statements.txt");
const MAILDROP: &str = include_str!("maildrop.txt");

macro_rules! files {
    ($($name:literal),+ $(,)?) => { &[$(($name, include_str!(concat!("dialogues/", $name)))),+] };
}

/// In the order of the memo.
const DIALOGUES: &[(&str, &str)] = files![
    "01-basic-operation.txt",
    "02-the-authorization-state.txt",
    "03-user-and-pass.txt",
    "04-quit.txt",
    "05-the-transaction-state.txt",
    "06-stat.txt",
    "07-list.txt",
    "08-retr.txt",
    "09-dele.txt",
    "10-noop.txt",
    "11-last.txt",
    "12-rset.txt",
    "13-the-update-state.txt",
    "14-top.txt",
    "15-rpop.txt",
    "16-uidl.txt",
    "17-apop.txt",
    "18-summary.txt",
    "19-message-format.txt",
    "done-otherwise.txt",
    "started-server.txt",
];

pub struct Library {
    pub statements: Vec<Statement>,
    pub dialogues: Vec<Dialogue>,
    pub maildrop: Vec<Message>,
}

impl Library {
    /// # Errors
    /// Names the file and line that can't be read; a test sees to it that there is none.
    pub fn open() -> Result<Library, String> {
        let mut dialogues = Vec::new();
        for (name, text) in DIALOGUES {
            dialogues.extend(parse::dialogues(text).map_err(|error| format!("{name}:{error}"))?);
        }
        let statements = parse_statements(STATEMENTS).map_err(|error| format!("statements.txt: {error}"))?;
        let maildrop = fixture::parse(MAILDROP).map_err(|error| format!("maildrop.txt: {error}"))?;
        Ok(Library { statements, dialogues, maildrop })
    }

    /// The statements of that memo, in its order.
    pub fn statements(&self, rfc: Rfc) -> impl Iterator<Item = &Statement> {
        self.statements.iter().filter(move |statement| statement.page(rfc).is_some())
    }

    pub fn statement(&self, id: &str) -> Option<&Statement> {
        self.statements.iter().find(|statement| statement.id == id)
    }

    /// The dialogues that show something which that memo says.
    pub fn dialogues(&self, rfc: Rfc) -> impl Iterator<Item = &Dialogue> {
        self.dialogues.iter().filter(move |dialogue| {
            dialogue.rfc.is_none_or(|only| only == rfc.number())
                && dialogue.proves.iter().any(|proof| {
                    self.statement(&proof.statement).is_some_and(|statement| statement.page(rfc).is_some())
                })
        })
    }
}

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
    /// None where the memo leaves it open, or only discourages the contrary.
    pub points: Option<u32>,
    pub rule: String,
    /// How a later memo has it, where that differs.
    pub later: Option<String>,
    /// What the memo says where it leaves freedom.
    pub memo: Option<String>,
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

/// Reads the table: `== heading`, `id | page | page | points | rule`, `later: note`,
/// `memo: words`.
///
/// # Errors
/// Names the line that is none of them.
pub fn parse_statements(text: &str) -> Result<Vec<Statement>, String> {
    let mut chapter = String::new();
    let mut statements: Vec<Statement> = Vec::new();
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        } else if let Some(heading) = line.strip_prefix("== ") {
            chapter = heading.to_owned();
        } else if let (Some(note), Some(last)) = (line.strip_prefix("later: "), statements.last_mut()) {
            last.later = Some(note.to_owned());
        } else if let (Some(note), Some(last)) = (line.strip_prefix("memo: "), statements.last_mut()) {
            last.memo = Some(note.to_owned());
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
    let page_1081 = number_or_none(fields.next()?)?;
    let page_1939 = number_or_none(fields.next()?)?;
    let points = number_or_none(fields.next()?)?;
    let rule = fields.next()?.to_owned();
    let chapter = chapter.to_owned();
    Some(Statement { id, chapter, page_1081, page_1939, points, rule, later: None, memo: None })
}

/// A number, or `-` for none.
fn number_or_none(text: &str) -> Option<Option<u32>> {
    match text {
        "-" => Some(None),
        digits => digits.parse().ok().map(Some),
    }
}
