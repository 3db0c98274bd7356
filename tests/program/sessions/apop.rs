//! APOP over the wire (RFC 1939, section 7): the digest of the greeting's timestamp and the
//! password logs in, and nothing else does.

use crate::common::fixture::TestServer;
use crate::common::pop::Pop;
use md5::{Digest, Md5};
use std::collections::BTreeSet;

const IN: &str = "+OK mrose's maildrop has 2 messages (320 octets)";
const DENIED: &str = "-ERR permission denied";

fn digest(timestamp: &str, password: &[u8]) -> String {
    let digest = Md5::new().chain_update(timestamp).chain_update(password).finalize();
    digest.iter().map(|octet| format!("{octet:02x}")).collect()
}

pub fn apop(pop: &mut Pop, name: &str, password: &[u8]) -> String {
    let digest = digest(&pop.timestamp, password);
    pop.ask(format!("APOP {name} {digest}"))
}

#[test]
fn the_right_digest_opens_the_maildrop() {
    let server = TestServer::new();
    let mut pop = server.open();
    assert_eq!(apop(&mut pop, "mrose", b"secret"), IN);
    assert_eq!(pop.ask("LIST 1"), "+OK 1 120");
    assert_eq!(pop.quit(), "+OK dewey POP3 server signing off (2 messages left)");
}

#[test]
fn a_wrong_digest_is_denied_and_the_right_one_still_logs_in() {
    type Wrong = fn(&str) -> String;
    let wrong: [Wrong; 9] = [
        |timestamp| digest(timestamp, b"secret").to_uppercase(),
        |timestamp| digest(timestamp, b"secret")[..31].to_owned(),
        |timestamp| digest(timestamp, b"secret") + "0",
        |timestamp| digest(timestamp, b"Secret"),
        |timestamp| digest(timestamp, b"secret\n"),
        |timestamp| digest(timestamp, b""),
        |timestamp| digest(timestamp.trim_matches(['<', '>']), b"secret"),
        |_| "secret".to_owned(),
        |_| "0".repeat(900),
    ];
    let server = TestServer::new();
    for wrong in wrong {
        let mut pop = server.open();
        let wrong = wrong(&pop.timestamp);
        assert_eq!(pop.ask(format!("APOP mrose {wrong}")), DENIED, "{wrong}");
        assert_eq!(apop(&mut pop, "mrose", b"secret"), IN);
        pop.quit();
    }
    let mut pop = server.open();
    let right = digest(&pop.timestamp, b"secret");
    for line in ["APOP", "APOP mrose", &format!("APOP mrose {right} {right}")] {
        assert!(pop.ask(line).starts_with("-ERR APOP takes"), "{line}");
    }
    assert_eq!(apop(&mut pop, "mrose", b"secret"), IN);
    assert_eq!(pop.ask("STAT"), "+OK 2 320");
}

#[test]
fn a_digest_of_an_earlier_greeting_is_denied() {
    let server = TestServer::new();
    let earlier = server.open();
    let replayed = format!("APOP mrose {}", digest(&earlier.timestamp, b"secret"));
    earlier.quit();
    assert_eq!(server.open().ask(&replayed), DENIED);
}

#[test]
fn an_empty_password_never_logs_in() {
    let server = TestServer::new();
    server.write("nopass", b"\nFrom a\nx\n\n");
    server.write("nothing", b"");
    for name in ["nopass", "nothing"] {
        assert_eq!(apop(&mut server.open(), name, b""), DENIED, "{name}");
    }
}

#[test]
fn an_unknown_user_is_denied_in_the_same_words() {
    let server = TestServer::new();
    for name in ["frated", "../Users/mrose", ".rhosts", "-x"] {
        assert_eq!(apop(&mut server.open(), name, b"secret"), DENIED, "{name}");
    }
}

#[test]
fn after_user_it_is_refused_and_the_name_stays() {
    let server = TestServer::new();
    let mut pop = server.open();
    pop.ask("USER mrose");
    assert!(apop(&mut pop, "mrose", b"secret").starts_with("-ERR APOP is not valid after"));
    assert_eq!(pop.ask("PASS secret"), IN);
    assert!(apop(&mut pop, "mrose", b"secret").starts_with("-ERR APOP is only valid before"));
}

#[test]
fn after_a_failed_pass_it_is_allowed() {
    let server = TestServer::new();
    let mut pop = server.open();
    assert_eq!(pop.log_in("mrose", "wrong"), "-ERR invalid password");
    assert_eq!(apop(&mut pop, "mrose", b"secret"), IN);
}

#[test]
fn a_password_may_contain_spaces_and_any_octet() {
    let server = TestServer::new();
    server.write("odd", b" two  words \xff\x01 \r\n");
    let mut pop = server.open();
    assert_eq!(
        apop(&mut pop, "odd", b" two  words \xff\x01 "),
        "+OK odd's maildrop has 0 messages (0 octets)"
    );
}

#[test]
fn a_denied_client_takes_no_lock_and_a_logged_in_one_does() {
    let server = TestServer::new();
    let mut denied = server.open();
    assert_eq!(apop(&mut denied, "mrose", b"wrong"), DENIED);
    let mut first = server.open();
    assert_eq!(apop(&mut first, "mrose", b"secret"), IN);
    let refusal = "-ERR [IN-USE] unable to lock mrose's maildrop, file already locked";
    assert_eq!(apop(&mut denied, "mrose", b"secret"), refusal);
    first.quit();
    assert_eq!(apop(&mut denied, "mrose", b"secret"), IN);
}

#[test]
fn timestamps_of_simultaneous_connections_differ() {
    let server = TestServer::new();
    let clients: Vec<Pop> = (0..20).map(|_| server.open()).collect();
    let timestamps: BTreeSet<&str> = clients.iter().map(|pop| pop.timestamp.as_str()).collect();
    assert_eq!(timestamps.len(), clients.len());
    for timestamp in timestamps {
        let inner = timestamp.strip_prefix('<').and_then(|t| t.strip_suffix("@dewey>")).expect("<...@dewey>");
        let numbers: Vec<&str> = inner.split('.').collect();
        assert_eq!(numbers.len(), 3, "{timestamp}");
        assert!(numbers.iter().all(|n| n.parse::<u64>().is_ok()), "{timestamp}");
    }
}
