//! Somebody puts another thing in the maildrop's place, cuts it or takes it away while a session is
//! open: a QUIT with deletions says `-ERR` and touches neither, one without has nothing to do.

use super::visit::{DELETIONS, assert_holds, house, visit};
use crate::common::house::House;
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
        let (house, _) = house();
        let new = maildrop([&message(7, "another\n")]);
        let goodbye = visit(&house, deleted, |house| {
            house.write("u.new", &new);
            fs::rename(house.path("u.new"), house.path("u")).expect("to rename");
        });
        assert_refused(&goodbye, deleted);
        assert_holds(&house, "pw", &new);
    }
}

/// As an editor saves: the old file gets another name, a copy takes its place.
#[test]
fn a_copy_takes_its_place_and_it_stays_beside() {
    for deleted in DELETIONS {
        let (house, messages) = house();
        let whole = maildrop(&messages);
        let goodbye = visit(&house, deleted, |house| {
            fs::rename(house.path("u"), house.path("u~")).expect("to rename");
            house.write("u", &whole);
        });
        assert_refused(&goodbye, deleted);
        assert_eq!(house.read("u~"), whole);
        assert_holds(&house, "pw", &whole);
    }
}

#[test]
fn it_is_removed() {
    for deleted in DELETIONS {
        let (house, _) = house();
        let goodbye = visit(&house, deleted, |house| fs::remove_file(house.path("u")).expect("to remove"));
        assert_refused(&goodbye, deleted);
        assert!(!house.path("u").exists());
        assert_eq!(house.open().ask("USER u"), "-ERR sorry, u doesn't get his mail here");
        // Somebody of that name comes later.
        house.write("u", b"pw\nFrom a\nnew\n\n");
        assert_holds(&house, "pw", b"pw\nFrom a\nnew\n\n");
    }
}

#[test]
fn it_is_cut() {
    let (house, messages) = house();
    let whole = maildrop(&messages);
    let second = whole.windows(7).position(|window| window == b"From m2").expect("message 2");
    for length in [0, 2, 3, second - 1, second, second + 4, second + 60, whole.len() - 20, whole.len() - 1] {
        for deleted in DELETIONS {
            house.write("u", &whole);
            let goodbye = visit(&house, deleted, |house| {
                let file = OpenOptions::new().write(true).open(house.path("u")).expect("a maildrop");
                file.set_len(length as u64).expect("to cut");
            });
            assert_refused(&goodbye, deleted);
            assert_eq!(house.read("u"), whole[..length]);
            if length >= 2 {
                assert_holds(&house, "pw", &whole[..length]);
            }
        }
    }
}

#[test]
fn a_directory_takes_its_place() {
    for deleted in DELETIONS {
        let (house, _) = house();
        let goodbye = visit(&house, deleted, |house| {
            fs::remove_file(house.path("u")).expect("to remove");
            fs::create_dir(house.path("u")).expect("a directory");
        });
        assert_refused(&goodbye, deleted);
        assert_eq!(fs::read_dir(house.path("u")).expect("a directory").count(), 0);
        assert!(house.open().ask("USER u").starts_with("-ERR"));
    }
}

#[test]
fn a_fifo_takes_its_place() {
    for deleted in DELETIONS {
        let (house, _) = house();
        let mut made = true;
        let goodbye = visit(&house, deleted, |house| {
            fs::remove_file(house.path("u")).expect("to remove");
            made = make_fifo(&house.path("u"));
        });
        assert_refused(&goodbye, deleted);
        if !made {
            return;
        }
        assert!(fs::symlink_metadata(house.path("u")).expect("a FIFO").file_type().is_fifo());
        assert!(house.open().ask("USER u").starts_with("-ERR"));
    }
}

/// A link to the very file is another thing than the file.
#[test]
fn a_symbolic_link_takes_its_place() {
    for deleted in DELETIONS {
        let (house, messages) = house();
        let whole = maildrop(&messages);
        let goodbye = visit(&house, deleted, |house| {
            fs::rename(house.path("u"), house.path("elsewhere")).expect("to rename");
            symlink("elsewhere", house.path("u")).expect("a link");
        });
        assert_refused(&goodbye, deleted);
        assert_eq!(house.read("elsewhere"), whole);
        assert!(fs::symlink_metadata(house.path("u")).expect("a link").is_symlink());
        assert!(house.open().ask("USER u").starts_with("-ERR"));
    }
}

/// Modes stand in nobody's way who has the file open; they stay as somebody set them.
#[test]
fn nobody_may_open_it_any_more() {
    for deleted in DELETIONS {
        let (house, messages) = house();
        let goodbye = visit(&house, deleted, |house| {
            fs::set_permissions(house.path("u"), Permissions::from_mode(0o0)).expect("a mode");
        });
        assert!(goodbye.starts_with("+OK"), "{goodbye}");
        let mode = fs::metadata(house.path("u")).expect("a maildrop").permissions().mode();
        assert_eq!(mode & 0o7777, 0);
        fs::set_permissions(house.path("u"), Permissions::from_mode(0o600)).expect("a mode");
        assert_holds(&house, "pw", &maildrop(super::visit::left(&messages, deleted)));
    }
}

/// A session goes on with the file that it has opened, whatever bears its name now.
#[test]
fn what_was_opened_is_served_to_the_end() {
    let (house, messages) = house();
    let mut pop = house.log_in("u", "pw");
    fs::remove_file(house.path("u")).expect("to remove");
    house.write("u", b"pw\nFrom z\nanother\n\n");
    model::assert_serves(&mut pop, &maildrop(&messages));
    assert!(pop.quit().starts_with("+OK"));
    assert_holds(&house, "pw", b"pw\nFrom z\nanother\n\n");
}

/// The server's notes may go at any moment; mail needs none of them.
#[test]
fn the_notes_are_removed_during_a_session() {
    for deleted in DELETIONS {
        let (house, messages) = house();
        let goodbye = visit(&house, deleted, |house: &House| {
            fs::remove_dir_all(house.path(".pop1081")).expect("notes");
        });
        let whole = maildrop(&messages);
        if goodbye.starts_with("-ERR") {
            assert_holds(&house, "pw", &whole);
        } else {
            assert_holds(&house, "pw", &maildrop(super::visit::left(&messages, deleted)));
        }
    }
}

/// A login that waits for a writer starts again when another file has taken the maildrop's place.
#[test]
fn another_file_is_renamed_over_it_during_a_login() {
    let (house, _) = house();
    let old = OpenOptions::new().append(true).open(house.path("u")).expect("a maildrop");
    fs2::FileExt::lock_exclusive(&old).expect("a lock");
    let mut pop = house.open();
    assert!(pop.ask("USER u").starts_with("+OK"));
    pop.send(b"PASS pw\r\n");
    // Who asks for the session lock has the maildrop open.
    wait_for("the login", || house.path(".pop1081/u.lock").exists().then_some(()));
    let new = maildrop([&message(7, "another\n")]);
    house.write("u.new", &new);
    fs::rename(house.path("u.new"), house.path("u")).expect("to rename");
    drop(old);
    let reply = pop.line();
    assert!(reply.starts_with("+OK u's maildrop has 1 message ("), "{reply}\n{}", house.log());
    model::assert_serves(&mut pop, &new);
    pop.ask("DELE 1");
    assert_eq!(pop.quit(), "+OK dewey POP3 server signing off (maildrop empty)");
    assert_eq!(house.read("u"), b"pw\n");
}
