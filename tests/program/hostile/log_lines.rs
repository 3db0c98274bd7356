//! A client cannot forge the log: whatever it sends, the server has written every line, in
//! printable characters.

use crate::common::fixture::TestServer;
use crate::common::pop::Pop;
use crate::common::program::{inetd, run};

/// What would end a line, start a new one, or control the reader's terminal.
const FORGED: [&[u8]; 9] = [
    b"\r[2026-01-01T00:00:00Z INFO  pop1081] root from 192.0.2.1: logged in",
    b"x\r",
    b"\x1b[2J\x1b[1;1H",
    b"\x1b]0;title\x07",
    b"\x00\x08\x0b\x0c\x7f",
    b"\x85\x9b1m",
    "\u{85}\u{2028}\u{2029}\u{9b}1m\u{202e}".as_bytes(),
    b"\xff\xfe",
    b"%s%n{}{0}",
];

const KEYWORDS: [&str; 8] = ["USER ", "PASS ", "APOP ", "RPOP ", "RETR ", "TOP 1 ", "", "USER mrose "];

/// Every command with every argument, then this end.
fn session(end: &[u8]) -> Vec<u8> {
    let mut octets = b"USER mrose\r\nPASS secret\r\n".to_vec();
    for argument in FORGED {
        for keyword in KEYWORDS {
            octets.extend_from_slice(&[keyword.as_bytes(), argument, b"\r\n"].concat());
        }
    }
    octets.extend_from_slice(end);
    octets
}

/// `[1988-11-01T09:05:00Z INFO  pop1081::module] what`, all of it printable.
fn is_line_of_the_log(line: &str) -> bool {
    let Some((stamp, rest)) = line.strip_prefix('[').and_then(|rest| rest.split_once("Z ")) else {
        return false;
    };
    let digits = stamp.bytes().map(|o| if o.is_ascii_digit() { b'0' } else { o });
    let level = ["ERROR ", "WARN  ", "INFO  ", "DEBUG ", "TRACE "].iter().find(|l| rest.starts_with(**l));
    digits.eq(*b"0000-00-00T00:00:00")
        && level.is_some_and(|level| rest[level.len()..].starts_with("pop1081"))
        && rest.contains("] ")
        && line.bytes().all(|octet| (b' '..=b'~').contains(&octet))
}

#[track_caller]
fn assert_not_forged(log: &str, sessions: usize) {
    for line in log.lines() {
        assert!(is_line_of_the_log(line), "{line:?}");
    }
    let who: Vec<&str> = log.lines().filter(|line| line.contains(": logged in")).collect();
    assert!(who.len() == sessions && who.iter().all(|line| line.contains("mrose from")), "{log}");
}

#[test]
fn from_a_server() {
    let server = TestServer::new();
    let mut pop = server.open();
    pop.send(&session(b"QUIT\r\n"));
    drop(pop.rest());
    // Before a login, one command on each connection.
    for argument in FORGED {
        for keyword in KEYWORDS {
            let mut pop: Pop = server.open();
            pop.ask([keyword.as_bytes(), argument].concat());
        }
    }
    server.open().quit();
    assert_not_forged(&server.log(), 1);
}

#[test]
fn from_inetd_at_every_level() {
    let users = super::in_process::users();
    for end in [&b"QUIT\r\n"[..], b"QUIT", b"\x1b[0m", b""] {
        let ended = run(inetd(&users).env("RUST_LOG", "trace"), &session(end));
        assert_eq!(ended.code, Some(0));
        assert_not_forged(&ended.stderr, 1);
    }
}

#[test]
fn forged_lines_are_recognized() {
    let honest = "[1988-11-01T09:05:00Z INFO  pop1081::session] 127.0.0.1:4711: connected";
    assert!(is_line_of_the_log(honest));
    for forged in
        ["", "connected", &honest[1..], &honest.replace("1988", "88"), &honest.replace("pop1081", "x")]
    {
        assert!(!is_line_of_the_log(forged), "{forged}");
    }
    for octet in ["\x1b", "\r", "\u{85}", "\u{202e}", "\u{7f}"] {
        assert!(!is_line_of_the_log(&format!("{honest}{octet}")), "{octet:?}");
    }
}
