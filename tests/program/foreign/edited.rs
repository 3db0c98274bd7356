//! An editor that rewrites the maildrop in place while a session is open: UPDATE removes messages
//! only if they are what the session has seen; else it touches nothing.

use super::visit::{DELETIONS, assert_holds, left, server, visit};
use crate::common::mail::{maildrop, message, replaced};

const FOREIGN: &str = "-ERR deleted messages not removed: another program has changed the maildrop";

/// An edit that moves nothing: what it has changed is not what the session has seen, and is not
/// removed; other messages are.
#[test]
fn what_was_seen_is_removed_and_nothing_else() {
    let (server, m) = server();
    let edit = |number: usize, old, new| {
        let mut edited = m.clone();
        edited[number - 1] = replaced(&m[number - 1], old, new);
        (vec![number], edited)
    };
    let edits = [
        edit(1, "message 1", "MESSAGE 1"),
        edit(2, "message 2", "message Z"),
        edit(3, "number 3", "numbre 3"),
        edit(3, "From m3@example.org", "From M3@example.org"),
        (vec![1, 2], vec![m[1].clone(), m[0].clone(), m[2].clone()]),
    ];
    for (changed, edited) in edits {
        for deleted in DELETIONS {
            server.write("u", &maildrop(&m));
            let goodbye = visit(&server, deleted, |server| server.write("u", &maildrop(&edited)));
            if deleted.iter().any(|number| changed.contains(number)) {
                assert_eq!(goodbye, FOREIGN, "{changed:?}, {deleted:?}");
                assert_holds(&server, "pw", &maildrop(&edited));
            } else {
                assert!(goodbye.starts_with("+OK"), "{changed:?}, {deleted:?}: {goodbye}");
                assert_holds(&server, "pw", &maildrop(left(&edited, deleted)));
            }
        }
    }
}

/// What moves a message makes UPDATE impossible.
#[test]
fn an_edit_that_moves_a_message_prevents_removal() {
    let (server, m) = server();
    let whole = maildrop(&m);
    let edits = [
        ("a longer first message", replaced(&whole, "message 1", "message one")),
        ("a shorter first message", replaced(&whole, "message 1", "m. 1")),
        ("a shorter last message", replaced(&whole, "message 3", "m. 3")),
        ("a message put in front", maildrop([&message(9, "new\n"), &m[0], &m[1], &m[2]])),
        ("a message put between", maildrop([&m[0], &message(9, "new\n"), &m[1], &m[2]])),
        ("a message taken out", maildrop([&m[0], &m[2]])),
        (
            "a message in place of another",
            maildrop([&m[0], &message(9, "in the place of the second\n"), &m[2]]),
        ),
        ("two messages made one", replaced(&whole, "2.\n\nFrom m3", "2.\nxFrom m3")),
        (
            "one message made two",
            replaced(&whole, "\n\nThe body of message 1.", "\n\nFrom ody of message 1."),
        ),
        ("a longer password", replaced(&whole, "pw\n", "pw2\n")),
        ("blank lines in front", replaced(&whole, "pw\n", "pw\n\n\n")),
    ];
    for (what, edited) in edits {
        let password = if what == "a longer password" { "pw2" } else { "pw" };
        for deleted in DELETIONS {
            server.write("u", &whole);
            let goodbye = visit(&server, deleted, |server| server.write("u", &edited));
            if deleted.is_empty() {
                assert!(goodbye.starts_with("+OK"), "{what}: {goodbye}");
            } else {
                assert_eq!(goodbye, FOREIGN, "{what}, {deleted:?}");
            }
            assert_holds(&server, password, &edited);
        }
    }
}

/// The next login is refused until the maildrop is repaired.
#[test]
fn an_edit_after_which_it_cannot_be_parsed() {
    for deleted in DELETIONS {
        let (server, messages) = server();
        let edited = replaced(&maildrop(&messages), "pw\n", "pw\nwhat is this?\n");
        let goodbye = visit(&server, deleted, |server| server.write("u", &edited));
        assert_eq!(goodbye.starts_with("+OK"), deleted.is_empty(), "{deleted:?}: {goodbye}");
        assert_eq!(server.read("u"), edited);
        assert_eq!(server.open().log_in("u", "pw"), "-ERR u's maildrop can't be parsed");
        server.write("u", &maildrop(&messages));
        assert_holds(&server, "pw", &maildrop(&messages));
    }
}

/// It looks like a message that is still being written.
#[test]
fn a_longer_last_message_is_kept() {
    let (server, messages) = server();
    let mut edited = messages.clone();
    edited[2] = replaced(&messages[2], "message 3", "message three");
    for deleted in DELETIONS {
        server.write("u", &maildrop(&messages));
        let goodbye = visit(&server, deleted, |server| server.write("u", &maildrop(&edited)));
        let others = deleted.strip_suffix(&[3]).unwrap_or(deleted);
        let kept = others.len() < deleted.len();
        assert_eq!(goodbye.starts_with("-ERR some deleted messages not removed"), kept, "{goodbye}");
        assert_holds(&server, "pw", &maildrop(left(&edited, others)));
    }
}

#[test]
fn a_new_password_of_the_same_length_holds_after_update() {
    let (server, messages) = server();
    for deleted in DELETIONS {
        server.write("u", &maildrop(&messages));
        let goodbye = visit(&server, deleted, |server| {
            server.write("u", &replaced(&maildrop(&messages), "pw\n", "PW\n"))
        });
        assert!(goodbye.starts_with("+OK"), "{deleted:?}: {goodbye}");
        let expected = replaced(&maildrop(left(&messages, deleted)), "pw\n", "PW\n");
        assert_holds(&server, "PW", &expected);
        assert_eq!(server.open().log_in("u", "pw"), "-ERR invalid password");
    }
}

/// A message that has moved is not sent with the size of another: the reply is an error, or the
/// connection ends within the message. The next session is correct.
#[test]
fn a_message_moved_under_a_session() {
    let (_, m) = server();
    let whole = maildrop(&m);
    let edits = [
        replaced(&whole, "message 2", "message two"),
        replaced(&whole, "message 2", "m. 2"),
        replaced(&whole, "message 1", "message one"),
        replaced(&whole, "message 1", "m. 1"),
        maildrop([&m[0]]),
        b"pw\n".to_vec(),
    ];
    for edited in edits {
        let (server, _) = server();
        let mut pop = server.log_in("u", "pw");
        let announced = pop.ask("LIST 2").replace("+OK 2 ", "");
        server.write("u", &edited);
        pop.send(b"RETR 2\r\nNOOP\r\n");
        pop.close_output();
        let said = String::from_utf8(pop.rest()).expect("text");
        let whole_response = said.ends_with("\r\n.\r\n+OK\r\n");
        if whole_response {
            let octets = said.len() - "\r\n.\r\n+OK\r\n".len() - format!("+OK {announced} octets").len();
            assert_eq!(octets.to_string(), announced, "{said}");
        } else {
            assert!(said.is_empty() || said.starts_with("-ERR ") || !said.contains("\r\n.\r\n"), "{said}");
        }
        assert_holds(&server, "pw", &edited);
    }
}

/// What moves a message is told to who asks for it, too.
#[test]
fn a_message_that_was_moved_is_not_sent() {
    let (server, m) = server();
    let mut pop = server.log_in("u", "pw");
    server.write("u", &replaced(&maildrop(&m), "message 1", "message one"));
    for command in ["RETR 2", "TOP 2 0"] {
        assert_eq!(pop.ask(command), "-ERR the maildrop can't be read: another program has changed it");
    }
    assert!(pop.ask("QUIT").starts_with("+OK"));
}
