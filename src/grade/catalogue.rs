//! The data that the examiner is made of, read from the files beside it:
//! statements, dialogues and the standard maildrop.

use super::dialogue::Dialogue;
use super::fixture::{self, Message};
use super::parse;
use super::statement::{self, Rfc, Statement};

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
        let statements = statement::parse(STATEMENTS).map_err(|error| format!("statements.txt: {error}"))?;
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
