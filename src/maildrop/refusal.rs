//! Why a maildrop was not opened.

use std::fmt;
use std::io;

/// Why a maildrop was not opened, although the client may have it.
#[derive(Debug)]
pub enum Refusal {
    /// Another session has it (RFC 1081, p. 5).
    InUse,
    /// Somebody has been writing to it for longer than a login waits.
    BeingWritten,
    /// Another file has taken its place, or another password; to be opened again
    /// from the start.
    Replaced,
    /// It can't be parsed, or a person must decide what to do with it.
    Unparsable(io::Error),
    /// The disk or the system refuses.
    Disk(io::Error),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::InUse => f.write_str("the maildrop is in use"),
            Refusal::BeingWritten => f.write_str("the maildrop is being written to"),
            Refusal::Replaced => f.write_str("the maildrop is replaced again and again"),
            Refusal::Unparsable(e) => write!(f, "the maildrop can't be parsed: {e}"),
            Refusal::Disk(e) => write!(f, "the maildrop can't be opened: {e}"),
        }
    }
}

impl From<io::Error> for Refusal {
    fn from(e: io::Error) -> Self {
        if e.kind() == io::ErrorKind::InvalidData { Refusal::Unparsable(e) } else { Refusal::Disk(e) }
    }
}
