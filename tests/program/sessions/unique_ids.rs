//! UIDL (RFC 1939, section 7): a message keeps its unique-id as long as it exists, whatever
//! happens to other messages, to its number and to the server's control files.

use crate::common::fixture::TestServer;
use crate::common::mail::{maildrop, message, messages};
use crate::common::pop::Pop;
use crate::common::program::deliver_to;
use std::collections::BTreeSet;
use std::fs;

/// The unique-ids in the order of the message numbers, which must be complete.
#[track_caller]
fn ids(pop: &mut Pop) -> Vec<String> {
    let lines = pop.lines("UIDL");
    let pairs = lines.iter().map(|line| line.split_once(' ').expect("a number and an id"));
    pairs
        .zip(1..)
        .map(|((number, id), expected)| {
            assert_eq!(number.parse(), Ok(expected));
            id.to_owned()
        })
        .collect()
}

#[track_caller]
fn ids_of(server: &TestServer, name: &str) -> Vec<String> {
    let mut pop = server.log_in(name, "pw");
    let ids = ids(&mut pop);
    pop.quit();
    ids
}

#[test]
fn an_id_is_a_digest_in_hexadecimal_and_no_two_are_equal() {
    let server = TestServer::new();
    server.write("u", &maildrop(&messages(9)));
    let ids = ids_of(&server, "u");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 9);
    for id in ids {
        assert!(id.len() == 32 && id.bytes().all(|o| b"0123456789abcdef".contains(&o)), "{id}");
    }
}

#[test]
fn identical_copies_are_told_apart_by_a_number() {
    let server = TestServer::new();
    let (twin, other) = (message(1, "twin"), message(2, "other"));
    server.write("u", &maildrop([&twin, &other, &twin, &twin]));
    let ids = ids_of(&server, "u");
    assert_eq!(ids[2], format!("{}-2", ids[0]));
    assert_eq!(ids[3], format!("{}-3", ids[0]));
    assert_eq!(ids_of(&server, "u"), ids);
}

#[test]
fn a_mark_does_not_change_the_numbers_of_copies() {
    let server = TestServer::new();
    let twin = message(1, "twin");
    server.write("u", &maildrop([&twin, &twin, &twin]));
    let mut pop = server.log_in("u", "pw");
    pop.response("RETR 2");
    pop.quit();
    let ids = ids_of(&server, "u");
    assert_eq!(ids[1..], [format!("{}-2", ids[0]), format!("{}-3", ids[0])]);
}

#[test]
fn the_ids_of_identical_messages_follow_their_order() {
    let server = TestServer::new();
    let twin = message(1, "twin");
    server.write("u", &maildrop([&twin, &twin, &twin]));
    let before = ids_of(&server, "u");
    let mut pop = server.log_in("u", "pw");
    pop.ask("DELE 1");
    pop.quit();
    assert_eq!(ids_of(&server, "u"), before[..2]);
    // Nothing else has a part in it: neither the notes of earlier sessions nor who removes them.
    fs::remove_dir_all(server.path(".pop1081")).expect("the server's files");
    assert_eq!(ids_of(&server, "u"), before[..2]);
    let file = [server.read("u"), twin].concat();
    server.write("u", &file);
    assert_eq!(ids_of(&server, "u"), before);
}

#[test]
fn ids_follow_their_messages_through_deletions_and_deliveries() {
    let server = TestServer::new();
    server.write("u", &maildrop(&messages(5)));
    let before = ids_of(&server, "u");
    let mut pop = server.log_in("u", "pw");
    pop.ask("DELE 2");
    pop.ask("DELE 4");
    pop.quit();
    deliver_to(&server.users, "u", b"Subject: new\n\nnew\n");
    let after = ids_of(&server, "u");
    assert_eq!(after[..3], [before[0].clone(), before[2].clone(), before[4].clone()]);
    assert_eq!(after.len(), 4);
    assert!(!before.contains(&after[3]));
}

#[test]
fn ids_are_found_again_without_the_sidecar() {
    let server = TestServer::new();
    let mut mail = messages(4);
    mail.push(mail[0].clone());
    server.write("u", &maildrop(&mail));
    let before = ids_of(&server, "u");
    fs::remove_file(server.path(".pop1081/u.state")).expect("a sidecar");
    assert_eq!(ids_of(&server, "u"), before);
}

#[test]
fn an_id_is_the_same_once_a_delivery_has_supplied_the_last_line_end() {
    let server = TestServer::new();
    server.write("u", b"pw\nFrom a\nSubject: x\n\nno line end");
    let before = ids_of(&server, "u");
    deliver_to(&server.users, "u", b"Subject: new\n\nnew\n");
    assert_eq!(ids_of(&server, "u")[0], before[0]);
    fs::remove_file(server.path(".pop1081/u.state")).expect("a sidecar");
    assert_eq!(ids_of(&server, "u")[0], before[0]);
}

#[test]
fn deleted_messages_are_not_listed() {
    let server = TestServer::new();
    server.write("u", &maildrop(&messages(3)));
    let mut pop = server.log_in("u", "pw");
    let before = ids(&mut pop);
    pop.ask("DELE 2");
    assert_eq!(pop.ask("UIDL 2"), "-ERR message 2 already deleted");
    assert_eq!(pop.ask("UIDL 4"), "-ERR no such message, only 3 messages in maildrop");
    assert_eq!(pop.ask("UIDL 0"), "-ERR no such message, only 3 messages in maildrop");
    assert_eq!(pop.ask("UIDL 3"), format!("+OK 3 {}", before[2]));
    assert_eq!(pop.lines("UIDL"), [format!("1 {}", before[0]), format!("3 {}", before[2])]);
    pop.ask("RSET");
    assert_eq!(ids(&mut pop), before);
}

#[test]
fn an_empty_maildrop_has_an_empty_list() {
    let server = TestServer::new();
    let mut pop = server.log_in("hermit", "alone");
    assert_eq!(pop.response("UIDL"), b"+OK\r\n.\r\n");
}
