//! A redo file that is damaged or not a file: a person must decide. Logins and deliveries are
//! refused, nothing is changed, and once it is removed all is as before.

use super::visit::{assert_holds, server};
use crate::common::fixture::TestServer;
use crate::common::mail::maildrop;
use crate::common::program::{deliver, make_fifo};
use std::fs;
use std::os::unix::fs::symlink;

const REDO: &str = ".pop1081/u.redo";

#[track_caller]
fn assert_all_refused(server: &TestServer, before: &[u8]) {
    let reply = server.open().log_in("u", "pw");
    assert!(reply.starts_with("-ERR "), "{reply}");
    assert_eq!(server.read("u"), before);
    let ended = deliver(&server.users, &["u"], b"hello\n");
    assert_eq!(ended.code, Some(75), "{}", ended.stderr);
    assert_eq!(server.read("u"), before);
    // Other maildrops are not affected.
    server.log_in_when_free("mrose", "secret").quit();
}

#[test]
fn octets_that_are_not_a_redo_file() {
    let (server, messages) = server();
    let before = maildrop(&messages);
    server.log_in("u", "pw").quit();
    let state = server.read(".pop1081/u.state");
    for octets in [&b""[..], b"garbage", b"pop1081R", &[0; 80], &[0xff; 500], &before, &state] {
        server.write(REDO, octets);
        assert_all_refused(&server, &before);
        assert_eq!(server.read(REDO), octets);
    }
    assert!(server.log().contains("the redo file is not whole"), "{}", server.log());
    fs::remove_file(server.path(REDO)).expect("a redo file");
    assert_holds(&server, "pw", &before);
}

#[test]
fn what_is_not_a_regular_file() {
    let (server, messages) = server();
    let before = maildrop(&messages);
    server.log_in("u", "pw").quit();
    fs::create_dir(server.path(REDO)).expect("a directory");
    assert_all_refused(&server, &before);
    fs::remove_dir(server.path(REDO)).expect("a directory");
    symlink("/dev/zero", server.path(REDO)).expect("a link");
    assert_all_refused(&server, &before);
    fs::remove_file(server.path(REDO)).expect("a link");
    if make_fifo(&server.path(REDO)) {
        assert_all_refused(&server, &before);
        fs::remove_file(server.path(REDO)).expect("a FIFO");
    }
    assert_holds(&server, "pw", &before);
}

#[test]
fn the_password_is_checked_first() {
    let (server, _) = server();
    server.log_in("u", "pw").quit();
    server.write(REDO, b"garbage");
    assert_eq!(server.open().log_in("u", "wrong"), "-ERR invalid password");
}
