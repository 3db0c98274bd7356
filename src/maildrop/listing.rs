//! What is known of the messages of a maildrop: where each lies, and what the
//! client has done with it.
//!
//! How it is found is the affair of `scan` and `sidecar`; what it means for the
//! protocol, of the states.

use crate::protocol::message::{MessageNumber, Totals};
use std::fmt;
use std::io::Write;

/// Where a message lies in the maildrop, in octets from its start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    /// Its separator line.
    pub start: u64,
    /// Its first line.
    pub text: u64,
    /// After its last line, before the empty line that follows.
    pub end: u64,
    /// Octets as RETR sends them, byte-stuffing not counted.
    pub octets: u64,
    /// Tells separator lines apart.
    pub fingerprint: u64,
}

/// What makes a message the same one wherever it moves: a digest of it as it
/// lies on disk, its line end at the very end left out, and which of the
/// identical copies it is, counted from 1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Identity {
    pub digest: [u8; 16],
    pub copy: u32,
}

impl Identity {
    /// The unique-id of UIDL (RFC 1939, p. 12) and its length: 32 hexadecimal
    /// digits and, for all but the first of identical copies, `-` and a number.
    pub fn digits(&self) -> ([u8; 43], usize) {
        let mut digits = [0; 43];
        // It fails only for a buffer of another length.
        let _ = hex::encode_to_slice(self.digest, &mut digits[..32]);
        let mut rest = &mut digits[32..];
        if self.copy > 1 {
            // The longest u32 has ten digits.
            let _ = write!(rest, "-{}", self.copy);
        }
        let length = 43 - rest.len();
        (digits, length)
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (digits, length) = self.digits();
        f.write_str(str::from_utf8(&digits[..length]).map_err(|_| fmt::Error)?)
    }
}

/// A message of a maildrop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Message {
    pub span: Span,
    /// Known once somebody asked for it.
    pub identity: Option<Identity>,
    /// A RETR of an earlier session that ended in UPDATE referenced it.
    pub marked: bool,
    /// A RETR of this session referenced it.
    pub retrieved: bool,
    pub deleted: bool,
}

impl Message {
    /// A message that nobody has referenced yet.
    pub fn new(span: Span) -> Self {
        Message { span, identity: None, marked: false, retrieved: false, deleted: false }
    }
}

/// The messages of a maildrop in their order.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Listing {
    pub messages: Vec<Message>,
}

impl Listing {
    /// Messages and octets, those marked as deleted not counted.
    pub fn remaining(&self) -> Totals {
        let mut drop = Totals::default();
        for (_, message) in self.numbered() {
            drop.messages += 1;
            drop.octets += message.span.octets;
        }
        drop
    }

    /// The messages that are not marked as deleted, with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (MessageNumber, &Message)> {
        let numbered = self.messages.iter().enumerate();
        numbered.filter(|(_, m)| !m.deleted).map(|(index, m)| (MessageNumber::from_index(index), m))
    }

    /// The number of the last message that a RETR of an earlier session
    /// referenced, 0 if there is none (RFC 1081, p. 4).
    pub fn highest_marked(&self) -> u64 {
        highest_marked(&self.messages)
    }
}

/// As [`Listing::highest_marked`].
pub fn highest_marked(messages: &[Message]) -> u64 {
    messages.iter().rposition(|m| m.marked).map_or(0, |index| index as u64 + 1)
}
