//! What the client knows of a maildrop, so that it need not trust a server: of
//! each message the octets, the octets on the wire, and a digest of the latter.

use crate::Outcome;
use crate::mail::{self, Kind, Writer};
use std::fs;
use std::path::Path;

#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// As RETR and LIST count them.
    pub octets: u64,
    /// As they are sent, with byte-stuffing and the termination line.
    pub wire: u64,
    /// CRC-32 of what is sent.
    pub digest: u32,
}

const RECORD: usize = 20;

impl Expected {
    pub fn of(text: &[u8]) -> Self {
        let wire = mail::on_the_wire(text);
        let lines = memchr::memchr_iter(b'\n', text).count();
        let octets = (text.len() + lines) as u64;
        Expected { octets, wire: wire.len() as u64, digest: crc32fast::hash(&wire) }
    }

    pub fn encode(&self) -> [u8; RECORD] {
        let mut record = [0; RECORD];
        record[..8].copy_from_slice(&self.octets.to_le_bytes());
        record[8..16].copy_from_slice(&self.wire.to_le_bytes());
        record[16..].copy_from_slice(&self.digest.to_le_bytes());
        record
    }

    fn decode(record: &[u8]) -> Option<Self> {
        let word = |at: usize| record.get(at..)?.first_chunk().map(|word| u64::from_le_bytes(*word));
        let digest = record.get(16..)?.first_chunk().map(|word| u32::from_le_bytes(*word))?;
        Some(Expected { octets: word(0)?, wire: word(8)?, digest })
    }
}

/// The index of a user's maildrop, which `make` wrote.
pub fn of_user(mail: &Path, user: &str) -> Outcome<Vec<Expected>> {
    let kind = mail::of_user(user).ok_or_else(|| format!("{user}: no such user"))?;
    let octets = fs::read(mail.join(format!("{}.index", kind.name)))?;
    octets.chunks(RECORD).map(|r| Expected::decode(r).ok_or_else(|| "the index is cut off".into())).collect()
}

/// Every message of a kind with what is to be expected of it.
pub fn each<'a>(writer: &'a Writer, kind: &'a Kind) -> impl Iterator<Item = (Vec<u8>, Expected)> + 'a {
    (1..=kind.messages).map(|number| {
        let text = writer.message(kind, number);
        let expected = Expected::of(&text);
        (text, expected)
    })
}
