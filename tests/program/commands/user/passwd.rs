//! `pop1081 user passwd`: line one changes, and nothing else.

use super::{done, inode, refused, run_check, user};
use crate::common::fixture::TestServer;
use crate::common::model::{assert_serves, messages as modelled};
use crate::common::program::deliver_to;
use crate::common::wait_for;
use std::fs::{self, File};
use std::thread;

#[test]
fn what_may_stand_in_a_password() {
    let server = TestServer::new();
    let before = server.read("mrose");
    for (password, says) in [
        (b"".to_vec(), "no password"),
        (b"\nsecond line\n".to_vec(), "no password"),
        (b"a\0b\n".to_vec(), "can't be typed"),
        (b"a\rb\n".to_vec(), "can't be typed"),
        (vec![b'x'; 1018], "too long"),
        (vec![b'x'; 3_000_000], "too long"),
    ] {
        refused(&server.users, &["passwd", "mrose"], &password, 65, says);
        refused(&server.users, &["add", "new"], &password, 65, says);
    }
    assert_eq!(server.read("mrose"), before);
    assert!(!server.path("new").exists());
    let long = "x".repeat(1017);
    for (input, password) in [("a b  c\r\n", "a b  c"), ("no end", "no end"), (&long, &long)] {
        done(&server.users, &["passwd", "mrose"], input);
        server.log_in("mrose", password).quit();
    }
    let ended = user(&server.users, &["passwd", "mrose"], b" blank \n");
    assert_eq!(ended.code, Some(0));
    assert!(ended.stderr.contains("begins or ends with a blank"), "{}", ended.stderr);
    server.log_in("mrose", " blank ").quit();
}

/// Longer, shorter, longer than ever: the messages, LAST, the unique-ids and the inode stay the
/// same, and the old password is invalid.
#[test]
fn passwd() {
    let server = TestServer::new();
    server.settle("dotty");
    let (inode_before, messages) = (inode(&server.users, "dotty"), modelled(&server.read("dotty")));
    let mut pop = server.log_in("dotty", "morse");
    assert!(pop.response("RETR 2").starts_with(b"+OK"));
    let ids = pop.lines("UIDL");
    pop.quit();
    let mut old = "morse".to_owned();
    for new in ["telegraph", "telegrapha", "m", "mo", "morse code", "telegraphic", &"x".repeat(700), "y"] {
        done(&server.users, &["passwd", "dotty"], new);
        assert_eq!(run_check(&server.users), "", "{new}");
        assert_eq!(server.open().log_in("dotty", &old), "-ERR invalid password");
        let mut pop = server.log_in("dotty", new);
        assert_eq!(pop.ask("LAST"), "+OK 2", "{new}");
        assert_eq!(pop.lines("UIDL"), ids, "{new}");
        let file = server.read("dotty");
        assert!(file.starts_with(format!("{new}\n").as_bytes()));
        assert_eq!(modelled(&file), messages, "{new}");
        assert_serves(&mut pop, &file);
        pop.hang_up();
        server.log_in_when_free("dotty", new).quit();
        old = new.to_owned();
    }
    assert_eq!(inode(&server.users, "dotty"), inode_before);
    let control_files = fs::read_dir(server.path(".pop1081")).expect("control files").count();
    assert_eq!(control_files, 3, "the lock, the sidecar and the spare file");
}

/// Messages move only if the line is longer than before and no empty lines follow it.
#[test]
fn a_shorter_password_leaves_empty_lines() {
    let server = TestServer::new();
    let mail = "From a Sat Nov 21 09:00:00 2026\nx\n\n";
    for (before, password, after) in [
        ("secret\n", "pw", "pw\n\n\n\n\n"),
        ("pw", "x", "x\n"),
        ("pw", "xyz", "xyz\n"),
        ("", "xyz", "xyz\n"),
        ("\n", "xyz", "xyz\n"),
        ("pw\n\n\n\r\n", "x", "x\n\n\n\n\r\n"),
        ("pw\n\n\n\r\n", "xyz", "xyz\n\n\r\n"),
        ("pw\n\n\n\r\n", "wxyz", "wxyz\n\r\n"),
        ("pw\n\n\n\r\n", "vwxyz", "vwxyz\n\n"),
        ("pw\n\n\n\r\n", "uvwxyz", "uvwxyz\n"),
        ("pw\n\n\n\r\n", "tuvwxyz", "tuvwxyz\n"),
        ("pw\r\n", "pw", "pw\n\n"),
    ] {
        for mail in ["", mail] {
            if !before.ends_with('\n') && !mail.is_empty() {
                continue;
            }
            server.write("u", format!("{before}{mail}").as_bytes());
            done(&server.users, &["passwd", "u"], password);
            let found = String::from_utf8(server.read("u")).expect("text");
            assert_eq!(found, format!("{after}{mail}"), "{before:?}");
            server.log_in("u", password).quit();
        }
    }
}

#[test]
fn during_deliveries() {
    let server = TestServer::new();
    let users = &server.users;
    thread::scope(|scope| {
        for writer in 0..2 {
            scope.spawn(move || {
                for number in 0..10 {
                    let message = format!("Subject: {writer} {number}\n\nFrom {writer}\n");
                    deliver_to(users, "hermit", message.as_bytes());
                }
            });
        }
        scope.spawn(move || {
            for length in [1, 30, 5, 200, 2, 90, 600, 7] {
                done(users, &["passwd", "hermit"], &"p".repeat(length));
            }
        });
    });
    assert_eq!(run_check(users), "");
    let mut pop = server.log_in("hermit", "ppppppp");
    assert!(pop.ask("STAT").starts_with("+OK 20 "));
    assert_serves(&mut pop, &server.read("hermit"));
}

/// A login that waits for the maildrop with the old password fails.
#[test]
fn a_password_that_changes_during_a_login() {
    let server = TestServer::new();
    let file = File::options().read(true).write(true).open(server.path("mrose")).expect("a maildrop");
    fs2::FileExt::lock_exclusive(&file).expect("the write lock");
    let mut pop = server.open();
    assert!(pop.ask("USER mrose").starts_with("+OK"));
    pop.send(b"PASS secret\r\n");
    // From now on the login waits for the write lock.
    wait_for("the session lock", || server.path(".pop1081/mrose.lock").exists().then_some(()));
    server.write("mrose", &[b"other\n", &server.read("mrose")[7..]].concat());
    fs2::FileExt::unlock(&file).expect("the write lock");
    assert_eq!(pop.line(), "-ERR invalid password");
    server.log_in("mrose", "other").quit();
}
