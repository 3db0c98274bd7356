//! Replies do not depend on how command lines arrive: octet by octet, all at once, ended by CRLF
//! or LF. A line that is too long is one bad command.

use crate::common::fixture::TestServer;
use crate::common::talk::talk;

/// Every command, good and bad.
const COMMANDS: &str = "\
STAT\nUSER frated\nUSER mrose\nPASS wrong\nUSER mrose\nPASS secret\nSTAT\nLIST\nLIST 2\nRETR 1\nRETR 0\n\
TOP 2 1\nTOP 2\nUIDL\nDELE 1\nDELE 1\nLIST\nLAST\nNOOP\nNONSENSE\n\nRSET\nCAPA\nRETR 2\nDELE 2\nQUIT\n";

/// All that the server replies to these octets, sent in parts of this size, and the maildrop
/// afterwards.
fn replies(octets: &[u8], size: usize) -> (Vec<u8>, Vec<u8>) {
    let server = TestServer::new();
    let mut pop = server.open();
    octets.chunks(size).for_each(|part| pop.send(part));
    (pop.rest(), server.read("mrose"))
}

#[test]
fn octet_by_octet_or_all_at_once() {
    let crlf = COMMANDS.replace('\n', "\r\n");
    let (all_at_once, left) = replies(crlf.as_bytes(), usize::MAX);
    assert!(all_at_once.ends_with(b"+OK dewey POP3 server signing off (1 message left)\r\n"));
    assert_eq!(all_at_once.windows(4).filter(|octets| octets == b"-ERR").count(), 8);
    for size in [1, 2, 7] {
        assert!(replies(crlf.as_bytes(), size) == (all_at_once.clone(), left.clone()), "in {size}s");
    }
    assert!(replies(COMMANDS.as_bytes(), 1) == (all_at_once, left), "with bare LF");
}

/// A line may have 1024 octets with its line end; one more is too many.
#[test]
fn the_longest_line_and_one_octet_more() {
    let server = TestServer::new();
    let mut pop = server.log_in("mrose", "secret");
    let padded = |length: usize| format!("STAT{}", " ".repeat(length - "STAT\r\n".len()));
    assert_eq!(pop.ask(padded(1024)), "+OK 2 320");
    for length in [1025, 1026, 4096, 4097, 100_000] {
        assert_eq!(pop.ask(padded(length)), "-ERR a command line has at most 1024 octets", "{length}");
    }
    assert_eq!(pop.quit(), "+OK dewey POP3 server signing off (2 messages left)");
}

#[test]
fn a_line_that_is_too_long_is_answered_once_and_changes_nothing() {
    let server = TestServer::new();
    let mut pop = server.open();
    pop.ask("USER mrose");
    // Its later parts look like commands and are not.
    let line = format!("DELE 1{}QUIT", " ".repeat(9000));
    assert_eq!(pop.ask(&line), "-ERR a command line has at most 1024 octets");
    talk(&mut pop, "C: PASS secret\nS: +OK mrose's maildrop has 2 messages (320 octets)");
    pop.ask("DELE 2");
    assert_eq!(pop.ask(&line), "-ERR a command line has at most 1024 octets");
    talk(&mut pop, "C: STAT\nS: +OK 1 120\nC: LAST\nS: +OK 2");
}

#[test]
fn an_unended_line_that_is_too_long_is_no_command() {
    let server = TestServer::new();
    let mut pop = server.log_in("mrose", "secret");
    pop.send(&[b'x'; 50_000]);
    pop.hang_up();
}

#[test]
fn a_password_may_fill_the_line() {
    let server = TestServer::new();
    let password = "x ".repeat(508) + "y";
    assert_eq!(format!("PASS {password}\r\n").len(), 1024);
    server.write("longpass", format!("{password}\n").as_bytes());
    server.log_in("longpass", &password).quit();
    assert_eq!(server.open().log_in("longpass", &password[1..]), "-ERR invalid password");
}

/// A line of any octets gets one reply of printable ASCII, at most 512 octets long.
#[test]
fn octets_that_are_not_text() {
    let server = TestServer::new();
    let every: Vec<u8> = (0..=255).filter(|octet| *octet != b'\n').collect();
    let long = [b'\xe4'; 1000];
    for argument in [&every[..], b"\x00", b"\xff\xfe", b"\x1b[2J", b"a\rb", &long] {
        let mut pop = server.open();
        for keyword in [&b"USER "[..], b"USER", b"PASS ", b"APOP x ", b"RETR ", b""] {
            let line = [keyword, argument].concat();
            let reply = pop.ask(&line);
            assert!(reply.starts_with("-ERR ") && reply.len() <= 510, "{reply}");
        }
    }
    assert!(server.open().log_in("mrose", "secret").starts_with("+OK"));
}
