//! Another program replaces, truncates or removes the maildrop during a session: QUIT with
//! deletions replies `-ERR` and changes neither file; without deletions it succeeds.

use super::visit::{DELETIONS, assert_holds, server, visit};
use crate::common::fixture::TestServer;
use crate::common::mail::{maildrop, message};
use crate::common::model;
use crate::common::program::make_fifo;
use crate::common::wait_for;
use std::fs::{self, OpenOptions, Permissions};
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};

#[track_caller]
fn assert_refused(goodbye: &str, deleted: &[usize]) {
    assert_eq!(goodbye.starts_with("-ERR deleted messages not removed"), !deleted.is_empty(), "{goodbye}");
    assert_eq!(goodbye.starts_with("+OK"), deleted.is_empty(), "{goodbye}");
}

#[test]
fn another_file_is_renamed_over_it() {
    for deleted in DELETIONS {
        let (server, _) = server();
        let new = maildrop([&message(7, "another\n")]);
        let goodbye = visit(&server, deleted, |server| {
            server.write("u.new", &new);
            fs::rename(server.path("u.new"), server.path("u")).expect("to rename");
        });
        assert_refused(&goodbye, deleted);
        assert_holds(&server, "pw", &new);
    }
}

/// As an editor saves: the old file is renamed, a copy takes its name.
#[test]
fn a_copy_takes_its_name() {
    for deleted in DELETIONS {
        let (server, messages) = server();
        let whole = maildrop(&messages);
        let goodbye = visit(&server, deleted, |server| {
            fs::rename(server.path("u"), server.path("u~")).expect("to rename");
            server.write("u", &whole);
        });
        assert_refused(&goodbye, deleted);
        assert_eq!(server.read("u~"), whole);
        assert_holds(&server, "pw", &whole);
    }
}

#[test]
fn it_is_removed() {
    for deleted in DELETIONS {
        let (server, _) = server();
        let goodbye = visit(&server, deleted, |server| fs::remove_file(server.path("u")).expect("to remove"));
        assert_refused(&goodbye, deleted);
        assert!(!server.path("u").exists());
        assert_eq!(server.open().ask("USER u"), "-ERR sorry, u doesn't get his mail here");
        // A new user of that name is added later.
        server.write("u", b"pw\nFrom a\nnew\n\n");
        assert_holds(&server, "pw", b"pw\nFrom a\nnew\n\n");
    }
}

#[test]
fn it_is_truncated() {
    let (server, messages) = server();
    let whole = maildrop(&messages);
    let second = whole.windows(7).position(|window| window == b"From m2").expect("message 2");
    for length in [0, 2, 3, second - 1, second, second + 4, second + 60, whole.len() - 20, whole.len() - 1] {
        for deleted in DELETIONS {
            server.write("u", &whole);
            let goodbye = visit(&server, deleted, |server| {
                let file = OpenOptions::new().write(true).open(server.path("u")).expect("a maildrop");
                file.set_len(length as u64).expect("to cut");
            });
            assert_refused(&goodbye, deleted);
            assert_eq!(server.read("u"), whole[..length]);
            if length >= 2 {
                assert_holds(&server, "pw", &whole[..length]);
            }
        }
    }
}

#[test]
fn a_directory_takes_its_place() {
    for deleted in DELETIONS {
        let (server, _) = server();
        let goodbye = visit(&server, deleted, |server| {
            fs::remove_file(server.path("u")).expect("to remove");
            fs::create_dir(server.path("u")).expect("a directory");
        });
        assert_refused(&goodbye, deleted);
        assert_eq!(fs::read_dir(server.path("u")).expect("a directory").count(), 0);
        assert!(server.open().ask("USER u").starts_with("-ERR"));
    }
}

#[test]
fn a_fifo_takes_its_place() {
    for deleted in DELETIONS {
        let (server, _) = server();
        let mut made = true;
        let goodbye = visit(&server, deleted, |server| {
            fs::remove_file(server.path("u")).expect("to remove");
            made = make_fifo(&server.path("u"));
        });
        assert_refused(&goodbye, deleted);
        if !made {
            return;
        }
        assert!(fs::symlink_metadata(server.path("u")).expect("a FIFO").file_type().is_fifo());
        assert!(server.open().ask("USER u").starts_with("-ERR"));
    }
}

/// Although it leads to the same file.
#[test]
fn a_symbolic_link_takes_its_place() {
    for deleted in DELETIONS {
        let (server, messages) = server();
        let whole = maildrop(&messages);
        let goodbye = visit(&server, deleted, |server| {
            fs::rename(server.path("u"), server.path("elsewhere")).expect("to rename");
            symlink("elsewhere", server.path("u")).expect("a link");
        });
        assert_refused(&goodbye, deleted);
        assert_eq!(server.read("elsewhere"), whole);
        assert!(fs::symlink_metadata(server.path("u")).expect("a link").is_symlink());
        assert!(server.open().ask("USER u").starts_with("-ERR"));
    }
}

/// The session has the file open; the mode stays as it was set.
#[test]
fn its_mode_is_cleared() {
    for deleted in DELETIONS {
        let (server, messages) = server();
        let goodbye = visit(&server, deleted, |server| {
            fs::set_permissions(server.path("u"), Permissions::from_mode(0o0)).expect("a mode");
        });
        assert!(goodbye.starts_with("+OK"), "{goodbye}");
        let mode = fs::metadata(server.path("u")).expect("a maildrop").permissions().mode();
        assert_eq!(mode & 0o7777, 0);
        fs::set_permissions(server.path("u"), Permissions::from_mode(0o600)).expect("a mode");
        assert_holds(&server, "pw", &maildrop(super::visit::left(&messages, deleted)));
    }
}

/// A session goes on with the file that it has opened.
#[test]
fn an_open_maildrop_is_served_to_the_end() {
    let (server, messages) = server();
    let mut pop = server.log_in("u", "pw");
    fs::remove_file(server.path("u")).expect("to remove");
    server.write("u", b"pw\nFrom z\nanother\n\n");
    model::assert_serves(&mut pop, &maildrop(&messages));
    assert!(pop.quit().starts_with("+OK"));
    assert_holds(&server, "pw", b"pw\nFrom z\nanother\n\n");
}

/// No mail depends on them.
#[test]
fn the_control_files_are_removed_during_a_session() {
    for deleted in DELETIONS {
        let (server, messages) = server();
        let goodbye = visit(&server, deleted, |server: &TestServer| {
            fs::remove_dir_all(server.path(".pop1081")).expect("control files");
        });
        let whole = maildrop(&messages);
        if goodbye.starts_with("-ERR") {
            assert_holds(&server, "pw", &whole);
        } else {
            assert_holds(&server, "pw", &maildrop(super::visit::left(&messages, deleted)));
        }
    }
}

/// The login waits for the write lock, and starts again with the new file.
#[test]
fn another_file_is_renamed_over_it_during_a_login() {
    let (server, _) = server();
    let old = OpenOptions::new().append(true).open(server.path("u")).expect("a maildrop");
    fs2::FileExt::lock_exclusive(&old).expect("a lock");
    let mut pop = server.open();
    assert!(pop.ask("USER u").starts_with("+OK"));
    pop.send(b"PASS pw\r\n");
    // A login that asks for the session lock has the maildrop open.
    wait_for("the login", || server.path(".pop1081/u.lock").exists().then_some(()));
    let new = maildrop([&message(7, "another\n")]);
    server.write("u.new", &new);
    fs::rename(server.path("u.new"), server.path("u")).expect("to rename");
    drop(old);
    let reply = pop.line();
    assert!(reply.starts_with("+OK u's maildrop has 1 message ("), "{reply}\n{}", server.log());
    model::assert_serves(&mut pop, &new);
    pop.ask("DELE 1");
    assert_eq!(pop.quit(), "+OK dewey POP3 server signing off (maildrop empty)");
    assert_eq!(server.read("u"), b"pw\n");
}
