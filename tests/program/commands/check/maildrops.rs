//! `pop1081 check`: faults within a maildrop, each with its line.

use super::{SEPARATOR, assert_finds, findings, users};
use crate::common::fixture::{Files, TestServer};

/// There is one finding about a maildrop of these octets.
#[track_caller]
fn assert_finds_in(octets: &[u8], line: Option<u64>, what: &str) {
    let users = users();
    users.write("u", octets);
    let at = line.map_or_else(|| "u".to_owned(), |line| format!("u:{line}"));
    assert_finds(&users, &at, what);
}

#[test]
fn maildrops_without_fault() {
    let long = "x".repeat(300_000);
    for octets in [
        "pw".to_owned(),
        "pw\n\n\r\n\n".to_owned(),
        format!("pw\n{SEPARATOR}no line end"),
        format!("pw\n\n{SEPARATOR}x\n\n{SEPARATOR}{long}\nx From {long}\n>From b\n\n{SEPARATOR}\r\n"),
        "pw\r\n".replace('\r', ""),
        format!("open  sesame\n{SEPARATOR}\0\u{1}\r\r\n\nFrom - Mon, 7 Nov 88 10:00 PST\n"),
    ] {
        let users = users();
        users.write("u", octets.as_bytes());
        assert_eq!(findings(&users), [""; 0], "{}", &octets[..octets.len().min(200)]);
    }
}

#[test]
fn passwords() {
    assert_finds_in(b"", Some(1), "no password");
    assert_finds_in(b"\nFrom a Sat Nov 21 09:00:00 2026\nx\n\n", Some(1), "no password");
    assert_finds_in(b"pw \n", Some(1), "begins or ends with a blank");
    assert_finds_in(b"\tpw\n", Some(1), "begins or ends with a blank");
    assert_finds_in(b"p\0w\n", Some(1), "can't be typed");
    assert_finds_in(b"\xef\xbb\xbfpw\n", Some(1), "can't be typed");
    assert_finds_in(b"pw\r\n", Some(1), "ends in CRLF");
    assert_finds_in(SEPARATOR.as_bytes(), Some(1), "looks like a separator line");
    assert_finds_in(&[&[b'x'; 1018][..], b"\n"].concat(), Some(1), "too long");
    assert_finds_in(&vec![b'x'; 100_000], Some(1), "too long");
}

/// It is not reported, and it opens the maildrop.
#[test]
fn the_longest_password() {
    let server = TestServer::new();
    let password = "x".repeat(1017);
    server.write("u", format!("{password}\n").as_bytes());
    assert_eq!(findings(&server.users), [""; 0]);
    server.log_in("u", &password).quit();
}

#[test]
fn text_before_the_first_separator() {
    assert_finds_in(b"pw\ntext\n", Some(2), "text before the first separator line");
    let late = ["pw\n", &"\n".repeat(511), "\r\n\ntext\nFrom a\n"].concat();
    assert_finds_in(late.as_bytes(), Some(515), "text before the first separator line");
}

#[test]
fn from_lines_that_do_not_fit() {
    let start = format!("pw\n{SEPARATOR}one\n");
    let cut = format!("{start}\nFrom the door it is not far.\n\n{SEPARATOR}\nFrom x\n");
    assert_finds_in(cut.as_bytes(), Some(5), "a separator line without a date: mail that was not quoted");
    let merged = format!("{start}{SEPARATOR}two\n\n");
    assert_finds_in(merged.as_bytes(), Some(4), "without an empty line before it");
    let lines = "From here\nFrom there\nFrom everywhere\n";
    assert_finds_in(format!("{start}{lines}\n").as_bytes(), Some(4), "is not quoted (and 2 more)");
}

/// The line number is correct behind a long line and many others.
#[test]
fn a_fault_far_down() {
    let body = "a line of text\n".repeat(200_000);
    let maildrop = format!("pw\n{SEPARATOR}{body}{}\n\nFrom nowhere\n", "x".repeat(1_000_000));
    assert_finds_in(maildrop.as_bytes(), Some(200_005), "without a date");
}
