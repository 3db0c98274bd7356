//! What the server makes of a maildrop: its numbers, its messages as RETR sends
//! them, and how it is opened without a client.

use pop1081::maildrop::internals::{self, Span};
use pop1081::maildrop::{Maildrop, Refusal};
use pop1081::protocol::credentials::{Password, UserName};
use pop1081::protocol::message::Chunk;
use pop1081::protocol::stuffing;
use pop1081::users::Users;
use std::fs::File;
use std::io;
use std::ops::ControlFlow;

/// The password of every user here.
pub const PASSWORD: &[u8] = b"secret";

/// Why a login failed.
#[derive(Debug)]
pub enum Failure {
    /// Line one has another password.
    Password,
    Refused(Refusal),
}

/// A login with that password.
pub fn log_in(users: &Users, name: &UserName) -> Result<Maildrop, Failure> {
    let account = users.find(name).map_err(|e| Failure::Refused(e.into()))?;
    let identified = account.check_password(&Password::new(PASSWORD)).ok_or(Failure::Password)?;
    Maildrop::open(identified).map_err(Failure::Refused)
}

/// A message as it comes out of RETR's own conversion.
#[derive(Default)]
pub struct Retrieved {
    /// As it is sent, byte-stuffed.
    response: Vec<u8>,
    /// Octets as the conversion counts them.
    pub octets: u64,
}

impl Retrieved {
    /// Takes the next chunk.
    pub fn take(&mut self, chunk: Chunk<'_>) -> io::Result<ControlFlow<()>> {
        let filled = self.response.len();
        self.response.resize(filled + 2 * chunk.len() + stuffing::SLACK, 0);
        let stuffed = stuffing::stuff(chunk, &mut self.response[filled..]);
        self.response.truncate(filled + stuffed.written);
        self.octets += stuffed.octets;
        Ok(ControlFlow::Continue(()))
    }

    /// The message as a client has it, which takes one dot off each line that
    /// begins with one; every line ends in CRLF.
    pub fn unstuffed(&self) -> Vec<u8> {
        assert!(self.response.is_empty() || self.response.ends_with(b"\r\n"), "the last line ends");
        let lines = self.response.split_inclusive(|o| *o == b'\n');
        lines.flat_map(|line| line.strip_prefix(b".").unwrap_or(line)).copied().collect()
    }
}

/// A message of a maildrop, read as for RETR.
pub fn retrieve(maildrop: &File, message: &Span) -> Retrieved {
    let mut retrieved = Retrieved::default();
    internals::read(maildrop, message, |chunk| retrieved.take(chunk)).expect("a message that is there");
    retrieved
}
