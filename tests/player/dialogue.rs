//! What a dialogue file says: a chapter of dialogues, each a list of steps.

use super::compare::Pattern;
use std::path::PathBuf;

pub struct Chapter {
    pub path: PathBuf,
    pub dialogues: Vec<Dialogue>,
}

pub struct Dialogue {
    pub id: String,
    pub title: String,
    pub line: usize,
    pub proves: Vec<Proof>,
    /// Options that this dialogue's server gets besides the usual ones.
    pub options: Vec<String>,
    /// The server gets no `--listen`, and must then be found on this port.
    pub default_port: Option<u16>,
    pub steps: Vec<Step>,
}

/// The statement that a dialogue proves, and the page on which the memo makes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Proof {
    pub page: u32,
    pub statement: String,
}

#[derive(Clone)]
pub struct Step {
    pub line: usize,
    pub act: Act,
}

/// One client of a dialogue: the digit in `C2:`, 1 where there is none.
pub type Who = u8;

#[derive(Clone)]
pub enum Act {
    /// `Users/PATH:` - a file of the Users directory holds exactly these octets from now on.
    Write { path: String, octets: Vec<u8> },
    /// `C: text`
    Send { who: Who, octets: Vec<u8> },
    /// `S: text`
    Reply { who: Who, expected: Pattern },
    /// `S: <the POP3 server sends message n>`
    Message { who: Who, number: usize },
    /// `C: <open connection>`, also `... from a reserved port>`
    Open { who: Who, reserved: bool },
    /// `C: <log in as NAME with PASSWORD>`, also `... once the lock is free>`
    LogIn { who: Who, name: String, password: String, patient: bool },
    /// `C: <close connection>` - in good order; nothing unread may be left
    Close { who: Who },
    /// `C: <abort connection>` - by a reset
    Abort { who: Who },
    /// `S: <close connection>` - the server must have closed, without another octet
    Closed { who: Who },
    /// `S: <wait for connection ...>` and `S: <wait for next connection>`
    Listening { said: String },
}
