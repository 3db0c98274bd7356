//! Bad commands: each gets a reply, until there are too many and the connection is closed.

use crate::common::fixture::TestServer;
use crate::common::pop::Pop;
use pop1081::limits::{BAD_COMMANDS, BAD_COMMANDS_BEFORE_LOGIN};

const CLOSED: &str = "-ERR too many bad commands, the connection is closed";

/// One command less than the limit, each with a reply.
#[track_caller]
fn all_but_one(pop: &mut Pop, limit: u32, bad: &[&str]) {
    for number in 1..limit {
        let reply = pop.ask(bad[number as usize % bad.len()]);
        assert!(reply.starts_with("-ERR ") && reply != CLOSED, "{number}: {reply}");
    }
}

const BEFORE_LOGIN: [&str; 9] =
    ["STAT", "RETR 1", "PASS x", "RPOP x", "USER nobody", "GET / HTTP/1.0", "", "USER a b", "RSET"];

#[test]
fn before_the_login() {
    let server = TestServer::new();
    let mut pop = server.open();
    all_but_one(&mut pop, BAD_COMMANDS_BEFORE_LOGIN, &BEFORE_LOGIN);
    assert_eq!(pop.ask("STAT"), CLOSED);
    pop.closed();
}

#[test]
fn after_the_login_the_limit_is_higher_and_counted_again() {
    let server = TestServer::new();
    let before = server.read("mrose");
    let mut pop = server.open();
    all_but_one(&mut pop, BAD_COMMANDS_BEFORE_LOGIN, &BEFORE_LOGIN);
    assert!(pop.log_in("mrose", "secret").starts_with("+OK"));
    assert_eq!(pop.ask("DELE 1"), "+OK message 1 deleted");
    all_but_one(&mut pop, BAD_COMMANDS, &["USER mrose", "PASS secret", "XYZZY", "TOP 1", "RETR one"]);
    assert_eq!(pop.ask(""), CLOSED);
    pop.closed();
    assert_eq!(server.read("mrose"), before, "a closed connection is no QUIT");
    server.log_in_when_free("mrose", "secret").quit();
}

/// Commands behind the last one in the same segment are not read.
#[test]
fn pipelined_with_a_quit_behind_them() {
    let server = TestServer::new();
    let before = server.read("mrose");
    let mut pop = server.log_in("mrose", "secret");
    let commands = format!("DELE 1\r\n{}QUIT\r\n", "X\r\n".repeat(BAD_COMMANDS as usize));
    pop.send(commands.as_bytes());
    let said = String::from_utf8(pop.rest()).expect("text");
    assert!(said.ends_with(&format!("{CLOSED}\r\n")), "{said}");
    assert_eq!(said.lines().count(), 1 + BAD_COMMANDS as usize);
    server.log_in_when_free("mrose", "secret").quit();
    assert_eq!(server.read("mrose"), before);
}

#[test]
fn a_line_that_is_too_long_is_one() {
    let server = TestServer::new();
    let mut pop = server.open();
    pop.send(&[&b"x".repeat(2_000_000)[..], b"\r\n"].concat());
    assert_eq!(pop.line(), "-ERR a command line has at most 1024 octets");
    all_but_one(&mut pop, BAD_COMMANDS_BEFORE_LOGIN - 1, &["NOOP"]);
    assert_eq!(pop.ask("NOOP"), CLOSED);
    pop.closed();
}

/// However often, even if they are refused.
#[test]
fn valid_commands_are_not_counted() {
    let server = TestServer::new();
    let mut pop = server.open();
    for _ in 0..2 * BAD_COMMANDS_BEFORE_LOGIN {
        assert_eq!(pop.lines("CAPA").len(), 7);
    }
    assert!(pop.log_in("mrose", "secret").starts_with("+OK"));
    pop.ask("DELE 2");
    for _ in 0..BAD_COMMANDS {
        assert_eq!(pop.ask("RETR 3"), "-ERR no such message, only 2 messages in maildrop");
        assert_eq!(pop.ask("DELE 2"), "-ERR message 2 already deleted");
        assert_eq!(pop.ask("NOOP"), "+OK");
    }
    assert_eq!(pop.quit(), "+OK dewey POP3 server signing off (1 message left)");
}
