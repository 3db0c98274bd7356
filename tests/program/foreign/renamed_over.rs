//! Other files are renamed over a user's file all the time. There is a file at every moment, so no
//! reply says that there is no such user or that the password is wrong.

use crate::common::fixture::TestServer;
use crate::common::program::deliver;
use std::fs;
use std::thread;

const USER: &[u8] = b"pw\n";

/// Does this while files are renamed over that of user `u`.
fn while_renamed_over(server: &TestServer, work: impl FnOnce() + Send) {
    const RENAMES: usize = 1_000_000;
    server.write("u", USER);
    let (new, place) = (server.path(".new"), server.path("u"));
    thread::scope(|scope| {
        let working = scope.spawn(work);
        for _ in 0..RENAMES {
            fs::write(&new, USER).and_then(|()| fs::rename(&new, &place)).expect("to rename");
            if working.is_finished() {
                break;
            }
        }
    });
}

#[test]
fn the_right_password_is_never_called_wrong() {
    let server = TestServer::new();
    while_renamed_over(&server, || {
        for _ in 0..500 {
            let mut pop = server.open();
            let reply = pop.log_in("u", "pw");
            assert!(reply.starts_with("+OK") || reply.contains("[IN-USE]"), "{reply}");
            pop.hang_up();
        }
    });
}

#[test]
fn a_delivery_never_bounces() {
    let server = TestServer::new();
    while_renamed_over(&server, || {
        for _ in 0..100 {
            let ended = deliver(&server.users, &["u"], b"hello\n");
            assert!(matches!(ended.code, Some(0 | 75)), "{}", ended.stderr);
        }
    });
}
