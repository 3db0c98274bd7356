//! What goes wrong in a dialogue, in words: what was sent, what should have
//! come, and what came.

use super::client::Trouble;
use super::escape::brief;

/// Why a dialogue ended before its end.
#[derive(Clone, Debug)]
pub enum Stop {
    /// It can't be played here; nothing is shown, nothing refuted.
    Skip(String),
    Wrong(Wrong),
}

#[derive(Clone, Debug, Default)]
pub struct Wrong {
    pub sent: String,
    pub expected: String,
    pub got: String,
    /// The server let the client wait in vain.
    pub hang: bool,
}

pub fn wrong(sent: &str, expected: &str, got: &str) -> Stop {
    Stop::Wrong(Wrong { sent: sent.into(), expected: expected.into(), got: got.into(), hang: false })
}

/// No line came where one was expected.
pub fn explain(trouble: &Trouble, sent: &str, expected: &str) -> Stop {
    let so_far = |unread: &[u8]| match unread {
        [] => String::new(),
        octets => format!(", only \"{}\" so far", brief(octets)),
    };
    let before = |unread: &[u8]| match unread {
        [] => String::new(),
        octets => format!(", \"{}\" before it", brief(octets)),
    };
    let got = match trouble {
        Trouble::Hang { unread } => format!("nothing in time{}", so_far(unread)),
        Trouble::Closed { unread } => format!("the connection closed{}", before(unread)),
        Trouble::BareLineFeed { line } => format!("{}\\n (a line without CR)", brief(line)),
        Trouble::Endless { start } => format!("a line without end: {}", brief(start)),
        Trouble::Unasked { octets } => format!("{} (more than was asked for)", brief(octets)),
        Trouble::Broken(error) => format!("the connection broke: {error}"),
    };
    let hang = matches!(trouble, Trouble::Hang { .. });
    Stop::Wrong(Wrong { sent: sent.into(), expected: expected.into(), got, hang })
}
