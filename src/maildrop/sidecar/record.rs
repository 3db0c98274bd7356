//! The record of a message in a sidecar: 8 words of 64 bits, the lowest octet first.

use crate::maildrop::listing::{Identity, Message, Span};

/// Octets of a record.
pub const RECORD: usize = 8 * 8;

const MARKED: u64 = 1;
const IDENTIFIED: u64 = 2;

/// The record as it is written.
pub fn encode(message: &Message) -> [u8; RECORD] {
    let span = &message.span;
    let identity = message.identity.unwrap_or(Identity { digest: [0; 16], copy: 0 });
    let flags = if message.marked { MARKED } else { 0 } | message.identity.map_or(0, |_| IDENTIFIED);
    let last = flags | u64::from(identity.copy) << 32;
    let places = [span.start, span.text, span.end, span.octets, span.fingerprint].map(u64::to_le_bytes);
    let mut record = [0; RECORD];
    record[..40].copy_from_slice(places.as_flattened());
    record[40..56].copy_from_slice(&identity.digest);
    record[56..].copy_from_slice(&last.to_le_bytes());
    record
}

/// The message that was written so.
pub fn decode(record: &[u8; RECORD]) -> Message {
    let (words, _) = record.as_chunks();
    let word = |n: usize| u64::from_le_bytes(words[n]);
    let mut digest = [0; 16];
    digest.copy_from_slice(&record[40..56]);
    let span = Span { start: word(0), text: word(1), end: word(2), octets: word(3), fingerprint: word(4) };
    let identity = Identity { digest, copy: (word(7) >> 32) as u32 };
    let identified = word(7) & IDENTIFIED != 0;
    Message { identity: identified.then_some(identity), marked: word(7) & MARKED != 0, ..Message::new(span) }
}
