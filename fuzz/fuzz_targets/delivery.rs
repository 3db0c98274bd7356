//! Any octets as a message, delivered to any maildrop: RETR sends the same octets
//! with CRLF line ends, and earlier messages stay as they were.
//!
//! The first two octets of an input tell how many of the others are the maildrop.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pop1081::limits;
use pop1081::maildrop::{Mail, deliver, internals};
use pop1081::protocol::credentials::UserName;
use pop1081_fuzz::model::mbox::{self, without_end};
use pop1081_fuzz::place::{self, Place};
use pop1081_fuzz::served::retrieve;
use std::sync::LazyLock;

static PLACE: LazyLock<(Place, UserName)> = LazyLock::new(|| (Place::new(), place::name("u")));

fuzz_target!(|octets: &[u8]| {
    let Some((length, octets)) = octets.split_first_chunk() else { return };
    let (before, message) = octets.split_at((u16::from_be_bytes(*length) as usize).min(octets.len()));
    let (place, name) = &*PLACE;
    let Some(known) = mbox::burst(before) else { return };
    if mbox::line_one(before) >= limits::PASSWORD_LINE {
        return;
    }
    let maildrop = place.write(name, before);
    let mut mail = Mail::read(&mut &*message, None, limits::MAX_MESSAGE).expect("a message");
    assert_eq!(mail.came, message.len() as u64);
    deliver(&place.users, name, &mut mail).expect("a delivery");
    let after = place.read(name);
    assert!(after.starts_with(before), "a delivery only appends");
    let line_one = mbox::line_one(&after) as u64;
    let listing =
        internals::burst(&maildrop, line_one, after.len() as u64).expect("it can be parsed as before");
    assert_eq!(listing.messages.len(), known.len() + 1);
    for (message, placed) in listing.messages.iter().zip(&known) {
        assert_eq!(retrieve(&maildrop, &message.span).unstuffed(), placed.message.sent());
    }
    let delivered = listing.messages[known.len()].span;
    let retrieved = retrieve(&maildrop, &delivered);
    assert_eq!(retrieved.octets, delivered.octets);
    assert_eq!(retrieved.unstuffed(), as_sent(message));
});

/// A message as RETR must send it, without a separator line in front.
fn as_sent(message: &[u8]) -> Vec<u8> {
    let mut lines = message.split_inclusive(|o| *o == b'\n').peekable();
    lines.next_if(|line| line.starts_with(b"From "));
    lines.flat_map(|line| [without_end(line), b"\r\n"].concat()).collect()
}
