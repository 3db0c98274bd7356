//! What a dialogue file says: dialogues, each a list of steps. `parse` reads
//! them, `player` plays them.

use super::compare::{Pattern, Strict};
use std::str::FromStr;

/// A conversation that shows whether a server keeps certain statements.
#[derive(Clone, Debug, Default)]
pub struct Dialogue {
    pub id: String,
    pub title: String,
    /// The line of its heading in its file, from 1.
    pub line: usize,
    pub proves: Vec<Proof>,
    /// What the comparison looks at besides what the memo calls significant.
    pub strict: Strict,
    /// Only for the RFC of that number.
    pub rfc: Option<u16>,
    /// The optional command without which there is nothing to show.
    pub needs: Option<Optional>,
    pub maildrop: Wanted,
    /// Messages that are gone for good when it has been played.
    pub removes: Removed,
    /// Why it cannot be played over a network.
    pub not_tried: Option<String>,
    /// The memo lets the server wait for a lock before it answers.
    pub may_wait: bool,
    /// What is usually wrong with a server that fails here.
    pub hint: Option<String>,
    /// Options for the server, where the player starts one.
    pub options: Vec<String>,
    /// The server gets no address, and must then be found on this port.
    pub default_port: Option<u16>,
    pub steps: Vec<Step>,
}

/// A statement that a dialogue shows, and its page where the file repeats it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Proof {
    pub page: Option<u32>,
    pub statement: String,
}

/// What a server may lack: a command, or an examiner that has started it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Optional {
    Top,
    Uidl,
    Apop,
    Rpop,
    Start,
}

impl FromStr for Optional {
    type Err = String;

    fn from_str(text: &str) -> Result<Optional, String> {
        match text {
            "TOP" => Ok(Optional::Top),
            "UIDL" => Ok(Optional::Uidl),
            "APOP" => Ok(Optional::Apop),
            "RPOP" => Ok(Optional::Rpop),
            "start" => Ok(Optional::Start),
            other => Err(format!("{other:?} is no optional command")),
        }
    }
}

/// The maildrop that a dialogue starts with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// All messages of the standard maildrop.
    #[default]
    Standard,
    /// The same, none of them accessed by an earlier session.
    Fresh,
    /// No message at all.
    Empty,
    /// Any messages, at least that many.
    AtLeast(usize),
}

/// What a dialogue removes, by the numbers at its start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Removed {
    #[default]
    Nothing,
    These(Vec<usize>),
    Everything,
}

#[derive(Clone, Debug)]
pub struct Step {
    pub line: usize,
    pub part: Part,
    pub act: Act,
}

/// What a step is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// It stands before a line `...` and only sets up what is to be shown.
    SetUp,
    #[default]
    Shown,
    /// It stands after a line `... exactly`: more than the memo requires, played
    /// only where replies are compared octet by octet.
    Exactly,
}

/// One client of a dialogue: the digit in `C2:`, 1 where there is none.
pub type ClientId = u8;

#[derive(Clone, Debug)]
pub enum Act {
    /// `Users/PATH:` - a file of the Users directory holds these octets from now on.
    Write { path: String, octets: Vec<u8> },
    /// `C: text`
    Send { id: ClientId, octets: Vec<u8> },
    /// `S: text`
    Reply { id: ClientId, expected: Pattern },
    /// `S: <the POP3 server sends ...>`
    Lines { id: ClientId, lines: Lines },
    /// `S: <the POP3 server lists ...>`
    Listing { id: ClientId, listing: Listing },
    /// `S: <the POP3 server greets with a timestamp>`
    Timestamp { id: ClientId },
    /// `S: <refuse or close connection>`
    Refused { id: ClientId },
    /// `C: <open connection>`, also `... from a reserved port>`
    Open { id: ClientId, reserved: bool },
    /// `C: <log in>`, also `<log in as NAME with PASSWORD>`, also `... once the lock is free>`
    LogIn { id: ClientId, pair: Option<(String, String)>, patient: bool },
    /// `C: <delete every message>` - DELE for each, and +OK to each
    DeleteAll { id: ClientId },
    /// `C: <wait a moment>` - nothing must come meanwhile, and what follows arrives apart
    Wait { id: ClientId },
    /// `C: <close connection>` - in good order; nothing unread may be left
    Close { id: ClientId },
    /// `C: <abort connection>` - by a reset
    Abort { id: ClientId },
    /// `S: <close connection>` - the server must have closed, without another octet
    Closed { id: ClientId },
    /// `S: <wait for connection ...>` and `S: <wait for next connection>`
    Listening { said: String },
    /// `C: <have many sessions>` - one after the other, each with STAT and RETR
    ManySessions,
    /// `S: <be killed and started anew>`
    Killed,
    /// `S: <hold no more descriptors than before>`, or processes - before the sessions
    NoMore { processes: bool },
}

/// Lines of a multi-line response, by what is looked at in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// `message 1`
    Message(usize),
    /// `some message, 1`: any lines, unless replies are compared octet by octet.
    Some(usize),
    /// `the dot lines of message 1`: the others may be any.
    DotLines(usize),
    /// `the text of message 1`: blank lines at its end may be any.
    Text(usize),
    /// `the top of message 1 and 5 lines`
    Top(usize, usize),
    /// `some top of message 1 and 5 lines`: any lines.
    SomeTop(usize, usize),
}

/// `lists [anew] every message [but 2, 3] [with some size | with its size | with its [own] unique-id]`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Numbered from 1 without the missing ones.
    pub anew: bool,
    pub but: Vec<usize>,
    pub with: Column,
}

/// What a listing tells of a message besides its number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Column {
    /// Anything.
    #[default]
    Any,
    Size,
    /// Any number; the size where replies are compared octet by octet.
    SomeSize,
    /// As it was listed before in the dialogue, if it was.
    UniqueId,
    /// The same, and that of no other message.
    OwnUniqueId,
}
