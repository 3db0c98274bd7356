//! The marks of RETR, whose highest number LAST reports: they follow their messages through
//! deletions, deliveries and edits. A mark may be lost and is never gained.

use crate::common::fixture::TestServer;
use crate::common::mail::{maildrop, message, messages, replaced};
use crate::common::program::deliver_to;
use std::fs;

fn server(file: &[u8]) -> TestServer {
    let server = TestServer::new();
    server.write("u", file);
    server.settle("u");
    server
}

/// A session of these commands that ends in QUIT.
#[track_caller]
fn session(server: &TestServer, commands: &[&str]) {
    let mut pop = server.log_in("u", "pw");
    for command in commands {
        let reply = match command.split(' ').next() {
            Some("RETR" | "UIDL") => String::from_utf8(pop.response(command)).expect("text"),
            _ => pop.ask(command),
        };
        assert!(reply.starts_with("+OK"), "{command}: {reply}");
    }
    let goodbye = pop.quit();
    assert!(goodbye.starts_with("+OK"), "{goodbye}");
}

#[track_caller]
fn assert_last(server: &TestServer, expected: usize) {
    let mut pop = server.log_in("u", "pw");
    assert_eq!(pop.ask("LAST"), format!("+OK {expected}"));
    assert!(pop.quit().starts_with("+OK"));
    // LAST has changed nothing.
    assert_eq!(server.log_in("u", "pw").ask("LAST"), format!("+OK {expected}"));
    server.log_in_when_free("u", "pw").quit();
}

#[test]
fn a_mark_moves_up_when_messages_before_it_are_deleted() {
    let server = server(&maildrop(&messages(5)));
    session(&server, &["RETR 4", "RETR 2"]);
    assert_last(&server, 4);
    session(&server, &["DELE 1", "DELE 3"]);
    assert_last(&server, 2);
    session(&server, &["DELE 2"]);
    assert_last(&server, 1);
    session(&server, &["DELE 1"]);
    assert_last(&server, 0);
}

/// DELE raises LAST in its own session only.
#[test]
fn dele_leaves_no_mark() {
    let server = server(&maildrop(&messages(4)));
    session(&server, &["DELE 2"]);
    assert_last(&server, 0);
    session(&server, &["RETR 1", "DELE 3"]);
    assert_last(&server, 1);
}

#[test]
fn new_mail_is_not_marked() {
    let server = server(&maildrop(&messages(2)));
    session(&server, &["RETR 2"]);
    deliver_to(&server.users, "u", b"Subject: new\n\nnew\n");
    assert_last(&server, 2);
    deliver_to(&server.users, "u", b"Subject: new\n\nnew\n");
    session(&server, &["DELE 2"]);
    assert_last(&server, 0);
}

/// The session's UPDATE has to include the new mail.
#[test]
fn a_mark_of_a_session_with_a_delivery() {
    let server = server(&maildrop(&messages(3)));
    let mut pop = server.log_in("u", "pw");
    pop.response("RETR 2");
    deliver_to(&server.users, "u", b"Subject: new\n\nnew\n");
    pop.ask("DELE 1");
    assert!(pop.quit().starts_with("+OK"));
    assert_last(&server, 1);
}

#[test]
fn an_edit_in_front_moves_the_number_of_the_mark() {
    let m = messages(4);
    let server = server(&maildrop(&m));
    session(&server, &["RETR 3"]);
    server.write("u", &maildrop([&m[0], &message(9, "put in\n"), &m[1], &m[2], &m[3]]));
    assert_last(&server, 4);
    server.write("u", &maildrop([&m[2], &m[3]]));
    assert_last(&server, 1);
    server.write("u", &maildrop([&m[3], &message(8, "x\n"), &m[2]]));
    assert_last(&server, 3);
}

#[test]
fn an_edit_by_replacing_the_file_keeps_marks_too() {
    let m = messages(3);
    let server = server(&maildrop(&m));
    session(&server, &["RETR 2"]);
    server.write("new", &maildrop([&m[1], &m[2]]));
    fs::rename(server.path("new"), server.path("u")).expect("to rename");
    assert_last(&server, 1);
}

#[test]
fn a_message_that_was_edited_is_another_one() {
    let m = messages(3);
    let server = server(&maildrop(&m));
    session(&server, &["RETR 2", "RETR 1"]);
    server.write("u", &replaced(&maildrop(&m), "message 2", "MESSAGE 2"));
    assert_last(&server, 1);
    server.write("u", &replaced(&maildrop(&m), "message 1", "message one"));
    assert_last(&server, 0);
}

#[test]
fn a_message_that_has_grown_is_another_one() {
    let m = messages(2);
    let server = server(&maildrop(&m));
    session(&server, &["RETR 2"]);
    server.write("u", &[&maildrop(&m)[..], b"a line that came late\n\n"].concat());
    assert_last(&server, 0);
}

/// Which of identical copies is gone cannot be told; the marked one is assumed.
#[test]
fn copies() {
    let (twin, other) = (message(1, "twin\n"), message(2, "other\n"));
    let server = server(&maildrop([&twin, &other, &twin, &twin]));
    session(&server, &["RETR 3"]);
    assert_last(&server, 3);
    session(&server, &["DELE 3"]);
    assert_last(&server, 0);
    session(&server, &["RETR 3"]);
    session(&server, &["DELE 1"]);
    assert_last(&server, 2);
    server.write("u", &maildrop([&twin, &twin, &other]));
    let mut pop = server.log_in("u", "pw");
    let last = pop.ask("LAST");
    assert!(["+OK 0", "+OK 1", "+OK 2"].contains(&last.as_str()), "{last}");
    pop.quit();
    server.write("u", &maildrop([&other]));
    assert_last(&server, 0);
    server.write("u", &maildrop([&other, &twin]));
    assert_last(&server, 0);
}

#[test]
fn without_the_sidecar_there_are_none() {
    let server = server(&maildrop(&messages(3)));
    session(&server, &["RETR 3", "UIDL"]);
    fs::remove_file(server.path(".pop1081/u.state")).expect("a sidecar");
    assert_last(&server, 0);
}

#[test]
fn a_session_without_quit_leaves_no_mark() {
    let server = server(&maildrop(&messages(3)));
    session(&server, &["RETR 1"]);
    let mut pop = server.log_in("u", "pw");
    pop.response("RETR 3");
    pop.hang_up();
    drop(server.log_in_when_free("u", "pw"));
    server.log_in_when_free("u", "pw").quit();
    assert_last(&server, 1);
}

#[test]
fn rset_takes_marks_back() {
    let server = server(&maildrop(&messages(3)));
    session(&server, &["RETR 1"]);
    let mut pop = server.log_in("u", "pw");
    pop.response("RETR 3");
    pop.ask("DELE 2");
    assert_eq!(pop.ask("LAST"), "+OK 3");
    pop.ask("RSET");
    assert_eq!(pop.ask("LAST"), "+OK 1");
    pop.quit();
    assert_last(&server, 1);
}

#[test]
fn a_new_user_of_the_same_name_has_no_marks() {
    let server = server(&maildrop(&messages(3)));
    session(&server, &["RETR 3"]);
    fs::remove_file(server.path("u")).expect("a maildrop");
    server.write("u", &maildrop([&message(7, "a\n"), &message(8, "b\n"), &message(9, "c\n")]));
    assert_last(&server, 0);
}
