//! A session compared with the model of its maildrop.

use super::pop::Pop;
use crate::player::escape::show;
pub use crate::player::mbox::{Message, messages};

/// STAT, LIST, RETR and TOP reply what the model works out from these octets.
#[track_caller]
pub fn assert_serves(pop: &mut Pop, maildrop: &[u8]) {
    let messages = messages(maildrop);
    let octets: u64 = messages.iter().map(Message::octets).sum();
    assert_eq!(pop.ask("STAT"), format!("+OK {} {octets}", messages.len()));
    let listings = (1..).zip(&messages).map(|(number, message)| format!("{number} {}", message.octets()));
    let listings: Vec<String> = listings.collect();
    assert_eq!(pop.lines("LIST"), listings);
    for (number, message) in (1..).zip(&messages) {
        assert_eq!(pop.ask(format!("LIST {number}")), format!("+OK {number} {}", message.octets()));
        assert_same(&pop.response(&format!("RETR {number}")), &message.retr(), number);
        for lines in [0, 1, 2, 1_000_000] {
            assert_same(&pop.response(&format!("TOP {number} {lines}")), &message.top(lines), number);
        }
    }
}

/// Compares long octets, and shows only where they differ.
#[track_caller]
pub fn assert_same(came: &[u8], expected: &[u8], number: usize) {
    let place = came.iter().zip(expected).position(|(a, b)| a != b).unwrap_or(came.len().min(expected.len()));
    let around = |octets: &[u8]| {
        show(&octets[place.saturating_sub(40).min(octets.len())..(place + 40).min(octets.len())])
    };
    assert!(
        came == expected,
        "message {number}: {} octets came and {} were expected; around octet {place}:\n  came     {}\n  expected {}",
        came.len(),
        expected.len(),
        around(came),
        around(expected)
    );
}
