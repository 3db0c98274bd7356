//! Unit tests of `src/maildrop/mbox/mod.rs`.

use super::*;
use std::time::{Duration, UNIX_EPOCH};

fn quote(parts: &[&[u8]]) -> String {
    let mut quoted = Vec::new();
    let mut quoter = Quoter::new();
    for part in parts {
        quoter.push(part, &mut quoted);
    }
    quoter.end(&mut quoted);
    String::from_utf8(quoted).unwrap()
}

#[test]
fn lines_that_could_be_taken_for_separators() {
    let quoted = quote(&[b"From a\n>From b\n>>From c\n"]);
    assert_eq!(quoted, ">From a\n>>From b\n>>>From c\n");
    for plain in ["From", "Fro\nm ", " From a\n", ">> From\n", "From:\n", "\n\n", "a From b"] {
        assert_eq!(quote(&[plain.as_bytes()]), plain);
    }
}

#[test]
fn parts_make_no_difference() {
    let message = b"x\n>From a\nFrom b\nFroFrom c\n>>Fr\nFrom";
    let parts: Vec<&[u8]> = message.chunks(1).collect();
    assert_eq!(quote(&parts), quote(&[message]));
    assert_eq!(quote(&parts), "x\n>>From a\n>From b\nFroFrom c\n>>Fr\nFrom");
}

fn at(seconds: u64) -> String {
    asctime(UNIX_EPOCH + Duration::from_secs(seconds))
}

#[test]
fn dates_that_a_calendar_confirms() {
    assert_eq!(at(0), "Thu Jan  1 00:00:00 1970");
    assert_eq!(at(594_378_300), "Tue Nov  1 09:05:00 1988");
    assert_eq!(at(951_825_599), "Tue Feb 29 11:59:59 2000");
    assert_eq!(at(1_709_251_199), "Thu Feb 29 23:59:59 2024");
    assert_eq!(at(4_107_542_400), "Mon Mar  1 00:00:00 2100");
}

#[test]
fn a_sender_cannot_break_the_line() {
    let line = |sender| separator_line(sender, UNIX_EPOCH);
    assert_eq!(line("a@b"), "From a@b Thu Jan  1 00:00:00 1970\n");
    assert_eq!(line("a b\nFrom c"), "From abFromc Thu Jan  1 00:00:00 1970\n");
    assert_eq!(line(""), "From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n");
}
