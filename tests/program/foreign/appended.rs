//! Mail that is appended during a session stays, and the next session has it. A last message that
//! was still being written is not deleted, and QUIT reports that.

use super::visit::{DELETIONS, assert_holds, left, server, visit};
use crate::common::fixture::TestServer;
use crate::common::mail::{maildrop, message, messages};
use crate::common::model;
use crate::common::program::deliver_to;
use crate::common::wait_for;
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write;

const NOT_REMOVED: &str = "-ERR some deleted messages not removed";

/// `cat >> Users/u`
fn append(server: &TestServer, octets: &[u8]) {
    let file = OpenOptions::new().append(true).open(server.path("u"));
    file.and_then(|mut file| file.write_all(octets)).expect("to append");
}

/// `flock Users/u sh -c 'cat >> Users/u'`
fn append_locked(server: &TestServer, octets: &[u8]) {
    let file = OpenOptions::new().append(true).open(server.path("u")).expect("a maildrop");
    fs2::FileExt::lock_exclusive(&file).expect("a lock");
    (&file).write_all(octets).expect("to append");
}

#[test]
fn a_message_with_and_without_a_lock() {
    let new = message(4, "Subject: new\n\nnew\n");
    let (server, messages) = server();
    for append in [append, append_locked] {
        for deleted in DELETIONS {
            server.write("u", &maildrop(&messages));
            let goodbye = visit(&server, deleted, |server| append(server, &new));
            let mut expected = left(&messages, deleted);
            expected.push(&new);
            assert!(goodbye.starts_with("+OK dewey POP3 server signing off ("), "{deleted:?}: {goodbye}");
            assert_holds(&server, "pw", &maildrop(expected));
        }
    }
}

#[test]
fn the_goodbye_counts_what_is_left_with_it() {
    let (server, _) = server();
    let goodbye = visit(&server, &[1, 2], |server| append(server, &message(4, "new\n")));
    assert_eq!(goodbye, "+OK dewey POP3 server signing off (2 messages left)");
}

/// Also in a second session, whose UPDATE has nothing to write.
#[test]
fn the_goodbye_of_an_idle_session_counts_what_came() {
    let (server, _) = server();
    visit(&server, &[1, 2, 3], |_| ());
    let goodbye = visit(&server, &[], |server| append(server, &message(4, "new\n")));
    assert_eq!(goodbye, "+OK dewey POP3 server signing off (1 message left)");
    assert_eq!(visit(&server, &[], |_| ()), "+OK dewey POP3 server signing off (1 message left)");
}

#[test]
fn a_delivery() {
    let (server, messages) = server();
    for deleted in DELETIONS {
        server.write("u", &maildrop(&messages));
        let goodbye =
            visit(&server, deleted, |server| deliver_to(&server.users, "u", b"Subject: new\n\nnew\n"));
        assert!(goodbye.starts_with("+OK"), "{deleted:?}: {goodbye}");
        let file = server.read("u");
        let before = maildrop(left(&messages, deleted));
        assert!(file.starts_with(&before), "{deleted:?}");
        assert!(file[before.len()..].starts_with(b"From ann@example.org "));
        assert!(file.ends_with(b"\nSubject: new\n\nnew\n\n"));
        assert_holds(&server, "pw", &file);
    }
}

/// During the session numbers, sizes and octets stay as they were at the login.
#[test]
fn it_shows_in_the_next_session_only() {
    let (server, mail) = server();
    let before = maildrop(&mail);
    let mut pop = server.log_in("u", "pw");
    append(&server, &message(4, "new\n"));
    deliver_to(&server.users, "u", b"Subject: newer\n\nnewer\n");
    model::assert_serves(&mut pop, &before);
    assert_eq!(pop.ask("RETR 4"), "-ERR no such message, only 3 messages in maildrop");
    pop.ask("RSET");
    assert!(pop.ask("STAT").starts_with("+OK 3 "));
    assert!(pop.quit().starts_with("+OK"));
    let mut next = server.log_in("u", "pw");
    model::assert_serves(&mut next, &server.read("u"));
    assert!(next.ask("STAT").starts_with("+OK 5 "));
}

/// Another program continues the last message; it is kept whole.
#[test]
fn more_of_the_last_message() {
    let (server, messages) = server();
    for deleted in DELETIONS {
        server.write("u", &maildrop(&messages));
        let more = b"and a line that came late\n\n";
        let goodbye = visit(&server, deleted, |server| append(server, more));
        let (without_last, wanted) = match deleted.strip_suffix(&[3]) {
            Some(others) => (others, NOT_REMOVED),
            None => (deleted, "+OK dewey POP3 server signing off ("),
        };
        assert!(goodbye.starts_with(wanted), "{deleted:?}: {goodbye}");
        let expected = [&maildrop(left(&messages, without_last))[..], more].concat();
        assert_holds(&server, "pw", &expected);
    }
}

/// The login finds any part of the last message, QUIT a longer one: what was appended does not
/// start a message, so the last one is kept.
#[test]
fn a_last_message_that_is_half_there_at_the_login() {
    let whole = message(3, "Subject: slow\n\nThe body.\n\n>From now on.\n");
    let text = whole.iter().position(|octet| *octet == b'\n').expect("a separator line") + 1;
    let server = TestServer::new();
    let others = messages(2);
    let at_line_end = |place: &usize| whole[place - 1..=*place].contains(&b'\n') || place.is_multiple_of(8);
    for begun in (text..whole.len()).filter(at_line_end) {
        for arrived in BTreeSet::from([begun + 1, (begun + 2).min(whole.len()), whole.len()]) {
            server.write("u", &[&maildrop(&others)[..], &whole[..begun]].concat());
            let goodbye = visit(&server, &[1, 3], |server| append(server, &whole[begun..arrived]));
            assert!(goodbye.starts_with(NOT_REMOVED), "{begun} octets, then {arrived}: {goodbye}");
            let expected = [&maildrop(&others[1..])[..], &whole[..arrived]].concat();
            assert_eq!(String::from_utf8_lossy(&server.read("u")), String::from_utf8_lossy(&expected));
        }
    }
}

/// With more of its separator line the message is another one.
#[test]
fn a_separator_line_that_is_half_there_at_the_login() {
    let (whole, others) = (message(3, "slow\n"), messages(2));
    for begun in ["From ".len(), "From m3@".len(), "From m3@example.org Tue".len()] {
        let server = TestServer::new();
        server.write("u", &[&maildrop(&others)[..], &whole[..begun]].concat());
        let goodbye = visit(&server, &[1, 3], |server| append(server, &whole[begun..]));
        assert!(goodbye.starts_with("-ERR "), "{begun} octets: {goodbye}");
        assert_holds(&server, "pw", &[&maildrop(&others)[..], &whole[..]].concat());
    }
}

/// Half a separator line may become a message, so the message before it is not complete.
#[test]
fn half_a_separator_line() {
    let (server, messages) = server();
    let goodbye = visit(&server, &[3], |server| append(server, b"Fro"));
    assert!(goodbye.starts_with(NOT_REMOVED), "{goodbye}");
    append(&server, b"m late@example.org Tue Nov  1 09:05:00 1988\nlate\n\n");
    let late = b"From late@example.org Tue Nov  1 09:05:00 1988\nlate\n\n";
    assert_holds(&server, "pw", &[&maildrop(&messages)[..], late].concat());
}

#[test]
fn half_a_new_message() {
    let (server, messages) = server();
    for half in ["From x@y\nSub", "From x@y\n", "From x", "From "] {
        for deleted in DELETIONS {
            server.write("u", &maildrop(&messages));
            let goodbye = visit(&server, deleted, |server| append(server, half.as_bytes()));
            assert!(goodbye.starts_with("+OK"), "{half:?}, {deleted:?}: {goodbye}");
            let expected = [&maildrop(left(&messages, deleted))[..], half.as_bytes()].concat();
            assert_holds(&server, "pw", &expected);
        }
    }
}

/// Without an empty line before it, a `From ` line is text of the last message.
#[test]
fn a_message_behind_a_missing_empty_line() {
    let server = TestServer::new();
    let (first, last) = (message(1, "first\n"), "From b\nlast\n");
    server.write("u", &[&maildrop([&first])[..], last.as_bytes()].concat());
    let goodbye = visit(&server, &[1, 2], |server| append(server, b"From c\nnew\n\n"));
    assert!(goodbye.starts_with(NOT_REMOVED), "{goodbye}");
    assert_holds(&server, "pw", b"pw\nFrom b\nlast\nFrom c\nnew\n\n");
}

#[test]
fn mail_for_a_maildrop_that_was_empty() {
    let server = TestServer::new();
    server.write("u", b"pw\n");
    let new = message(1, "new\n");
    let goodbye = visit(&server, &[], |server| append(server, &new));
    assert!(goodbye.starts_with("+OK"), "{goodbye}");
    assert_holds(&server, "pw", &maildrop([&new]));
}

/// And then serves all that was written.
#[test]
fn a_login_waits_for_the_write_lock() {
    let (server, _) = server();
    let file = OpenOptions::new().append(true).open(server.path("u")).expect("a maildrop");
    fs2::FileExt::lock_exclusive(&file).expect("a lock");
    let mut pop = server.open();
    assert!(pop.ask("USER u").starts_with("+OK"));
    pop.send(b"PASS pw\r\n");
    // The login takes the session lock first, then waits for the write lock.
    wait_for("the login", || server.path(".pop1081/u.lock").exists().then_some(()));
    (&file).write_all(&message(4, "new\n")).expect("to append");
    drop(file);
    assert!(pop.line().starts_with("+OK u's maildrop has 4 messages"));
}
