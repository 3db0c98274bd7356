//! `pop1081 user`: what it does to a Users directory, on which a server is at work.

use crate::common::house::{Files, House};
use crate::common::model::{assert_serves, messages as modelled};
use crate::common::program::{Ended, deliver_to, program, run};
use crate::player::users::PrivateUsers;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::thread;

/// `pop1081 user` with these words, and this to read.
fn user(users: &PrivateUsers, words: &[&str], input: &[u8]) -> Ended {
    let directory = users.directory();
    let options = ["--users", directory.to_str().expect("a plain path")];
    run(&mut program(["user"].iter().chain(words).chain(&options).copied()), input)
}

/// It succeeds, and says nothing but a line of the log, without the password.
#[track_caller]
fn done(users: &PrivateUsers, words: &[&str], input: &str) {
    let ended = user(users, words, input.as_bytes());
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""), "{}", ended.stderr);
    let password = input.lines().next().unwrap_or("never said");
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    assert!(password.len() < 4 || !ended.stderr.contains(password), "{}", ended.stderr);
}

#[track_caller]
fn refused(users: &PrivateUsers, words: &[&str], input: &[u8], code: i32, says: &str) {
    let ended = user(users, words, input);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(code), ""), "{words:?}: {}", ended.stderr);
    assert!(ended.stderr.starts_with("pop1081: ") && ended.stderr.contains(says), "{}", ended.stderr);
}

fn inode(users: &PrivateUsers, name: &str) -> u64 {
    fs::metadata(users.path(name)).expect("a file").ino()
}

#[test]
fn add() {
    let house = House::new();
    done(&house.users, &["add", "alibaba"], "open sesame\n");
    assert_eq!(house.read("alibaba"), b"open sesame\n");
    let mode = fs::metadata(house.path("alibaba")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    house.log_in("alibaba", "open sesame").quit();
    deliver_to(&house.users, "alibaba", b"Subject: x\n\nhello\n");
    assert!(house.log_in("alibaba", "open sesame").ask("STAT").starts_with("+OK 1 "));
}

#[test]
fn nobody_is_added_twice() {
    let house = House::new();
    symlink("/nowhere", house.path("link")).expect("a link");
    fs::create_dir(house.path("directory")).expect("a directory");
    let before = house.read("mrose");
    for name in ["mrose", "link", "directory"] {
        refused(&house.users, &["add", name], b"other\n", 73, "exists already");
    }
    assert_eq!(house.read("mrose"), before);
}

#[test]
fn names_that_no_user_can_have() {
    let house = House::new();
    for name in ["", ".", "..", ".hidden", "a/b", "two words", "caf\u{e9}", &"x".repeat(41)] {
        refused(&house.users, &["add", name], b"pw\n", 64, "no user can be called");
        refused(&house.users, &["passwd", name], b"pw\n", 67, "there is no user");
        refused(&house.users, &["remove", name], b"", 67, "there is no user");
    }
    assert!(!house.path(".hidden").exists());
    refused(&house.users, &["passwd", "frated"], b"pw\n", 67, "there is no user 'frated'");
}

/// What another user of that name has left is not the new one's.
#[test]
fn a_name_may_be_used_again() {
    let house = House::new();
    house.log_in("mrose", "secret").quit();
    fs::remove_file(house.path("mrose")).expect("a file");
    done(&house.users, &["add", "mrose"], "pw\n");
    house.log_in("mrose", "pw").quit();
    house.write(".pop1081/gone.redo", b"mail");
    refused(&house.users, &["add", "gone"], b"pw\n", 73, "was left unfinished");
    assert!(!house.path("gone").exists());
    assert_eq!(house.read(".pop1081/gone.redo"), b"mail");
}

#[test]
fn what_may_stand_in_a_password() {
    let house = House::new();
    let before = house.read("mrose");
    for (password, says) in [
        (b"".to_vec(), "no password"),
        (b"\nsecond line\n".to_vec(), "no password"),
        (b"a\0b\n".to_vec(), "can't be typed"),
        (b"a\rb\n".to_vec(), "can't be typed"),
        (vec![b'x'; 1018], "too long"),
        (vec![b'x'; 3_000_000], "too long"),
    ] {
        refused(&house.users, &["passwd", "mrose"], &password, 65, says);
        refused(&house.users, &["add", "new"], &password, 65, says);
    }
    assert_eq!(house.read("mrose"), before);
    assert!(!house.path("new").exists());
    let long = "x".repeat(1017);
    for (input, password) in [("a b  c\r\n", "a b  c"), ("no end", "no end"), (&long, &long)] {
        done(&house.users, &["passwd", "mrose"], input);
        house.log_in("mrose", password).quit();
    }
    let ended = user(&house.users, &["passwd", "mrose"], b" blank \n");
    assert_eq!(ended.code, Some(0));
    assert!(ended.stderr.contains("begins or ends with a blank"), "{}", ended.stderr);
    house.log_in("mrose", " blank ").quit();
}

/// Longer, shorter, longer than ever: the messages, what LAST says, the unique-ids and the inode
/// are the same; the old password is void.
#[test]
fn passwd() {
    let house = House::new();
    house.settle("dotty");
    let (inode_before, messages) = (inode(&house.users, "dotty"), modelled(&house.read("dotty")));
    let mut pop = house.log_in("dotty", "morse");
    assert!(pop.response("RETR 2").starts_with(b"+OK"));
    let ids = pop.lines("UIDL");
    pop.quit();
    let mut old = "morse".to_owned();
    for new in ["telegraph", "telegrapha", "m", "mo", "morse code", "telegraphic", &"x".repeat(700), "y"] {
        done(&house.users, &["passwd", "dotty"], new);
        assert_eq!(run_check(&house.users), "", "{new}");
        assert_eq!(house.open().log_in("dotty", &old), "-ERR invalid password");
        let mut pop = house.log_in("dotty", new);
        assert_eq!(pop.ask("LAST"), "+OK 2", "{new}");
        assert_eq!(pop.lines("UIDL"), ids, "{new}");
        let file = house.read("dotty");
        assert!(file.starts_with(format!("{new}\n").as_bytes()));
        assert_eq!(modelled(&file), messages, "{new}");
        assert_serves(&mut pop, &file);
        pop.hang_up();
        // The client sees the end of its connection a moment before the lock is free.
        house.log_in_when_free("dotty", new).quit();
        old = new.to_owned();
    }
    assert_eq!(inode(&house.users, "dotty"), inode_before);
    let notes = fs::read_dir(house.path(".pop1081")).expect("notes").count();
    assert_eq!(notes, 2, "the lock and the sidecar");
}

fn run_check(users: &PrivateUsers) -> String {
    let directory = users.directory();
    run(&mut program(["check", "--users", directory.to_str().expect("a plain path")]), b"").stdout
}

/// Messages move only when the line needs more room than there is.
#[test]
fn a_shorter_password_leaves_empty_lines() {
    let house = House::new();
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
            house.write("u", format!("{before}{mail}").as_bytes());
            done(&house.users, &["passwd", "u"], password);
            let found = String::from_utf8(house.read("u")).expect("text");
            assert_eq!(found, format!("{after}{mail}"), "{before:?}");
            house.log_in("u", password).quit();
        }
    }
}

#[test]
fn what_cannot_be_parsed_is_65() {
    let house = House::new();
    house.write("u", b"pw\ntext\n");
    refused(&house.users, &["passwd", "u"], b"other\n", 65, "line 2 is neither empty nor");
    refused(&house.users, &["remove", "u"], b"", 65, "line 2 is neither empty nor");
    assert_eq!(house.read("u"), b"pw\ntext\n");
    house.write("v", b"pw\n");
    fs::hard_link(house.path("v"), house.path("w")).expect("a link");
    refused(&house.users, &["passwd", "v"], b"other\n", 65, "more than one name");
}

/// A session keeps its maildrop, a delivery its message.
#[test]
fn others_at_work() {
    let house = House::new();
    let mut pop = house.log_in("mrose", "secret");
    let before = house.read("mrose");
    refused(&house.users, &["passwd", "mrose"], b"other\n", 75, "a session has");
    refused(&house.users, &["remove", "mrose", "--with-mail"], b"", 75, "a session has");
    assert_eq!(house.read("mrose"), before);
    assert_eq!(pop.ask("DELE 1"), "+OK message 1 deleted");
    pop.quit();
    done(&house.users, &["passwd", "mrose"], "other");
    assert!(house.log_in("mrose", "other").ask("STAT").starts_with("+OK 1 "));
}

#[test]
fn deliveries_and_changes_of_the_password_at_once() {
    let house = House::new();
    let users = &house.users;
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
    let mut pop = house.log_in("hermit", "ppppppp");
    assert!(pop.ask("STAT").starts_with("+OK 20 "));
    assert_serves(&mut pop, &house.read("hermit"));
}

#[test]
fn list() {
    let house = House::new();
    house.write("u", b"pw\ntext\n");
    house.write("v", b"pw\nFrom a\nx\n");
    symlink(house.path("u"), house.path("w")).expect("a link");
    let _session = house.log_in("mrose", "secret");
    let ended = user(&house.users, &["list"], b"");
    let expected = "\
dotty   3 messages (714 octets)
hermit  0 messages (0 octets)
mrose   2 messages (320 octets), in use
stef    4 messages (320 octets)
u       can't be opened: line 2 is neither empty nor a separator line
v       1 message (3 octets)
";
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (Some(0), expected, ""));
}

#[test]
fn remove() {
    let house = House::new();
    house.log_in("mrose", "secret").quit();
    let before = house.read("mrose");
    refused(
        &house.users,
        &["remove", "mrose"],
        b"",
        65,
        "mrose has 2 messages; --with-mail removes them too",
    );
    assert_eq!(house.read("mrose"), before);
    assert!(house.path(".rhosts/mrose").exists() && house.path(".pop1081/mrose.lock").exists());
    done(&house.users, &["remove", "mrose", "--with-mail"], "");
    house.log_in("hermit", "alone").quit();
    done(&house.users, &["remove", "hermit"], "");
    for gone in ["mrose", ".rhosts/mrose", "hermit"] {
        assert!(!house.path(gone).exists(), "{gone}");
    }
    assert_eq!(fs::read_dir(house.path(".pop1081")).expect("notes").count(), 0);
    assert_eq!(run_check(&house.users), "");
    assert!(house.open().ask("USER mrose").starts_with("-ERR"));
    refused(&house.users, &["remove", "mrose"], b"", 67, "there is no user 'mrose'");
}

/// A word too many may be a password: it is not said again.
#[test]
fn the_command_line() {
    let house = House::new();
    for words in [
        &[][..],
        &["lend", "mrose"],
        &["add"],
        &["passwd"],
        &["remove"],
        &["list", "mrose"],
        &["list", "--with-mail"],
        &["passwd", "mrose", "hidden"],
        &["add", "new", "hidden"],
        &["add", "new", "--with-mail"],
        &["--nonsense"],
    ] {
        let ended = user(&house.users, words, b"pw\n");
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(64), ""), "{words:?}");
        assert!(!ended.stderr.contains("hidden"), "{}", ended.stderr);
    }
    assert!(!house.path("new").exists());
    let help = run(&mut program(["user", "--help"]), b"");
    for wanted in ["user add", "user passwd", "user list", "user remove", "--with-mail", "--users DIR"] {
        assert!(help.code == Some(0) && help.stdout.contains(wanted), "{wanted}");
    }
    assert_eq!(run(&mut program(["user", "list", "-u", "/nowhere"]), b"").code, Some(66));
}

/// Who waits for the maildrop with the old password, or has just shown it, is not let in.
#[test]
fn a_password_that_changes_during_a_login() {
    let house = House::new();
    let file = File::options().read(true).write(true).open(house.path("mrose")).expect("a maildrop");
    fs2::FileExt::lock_exclusive(&file).expect("the write lock");
    let mut pop = house.open();
    assert!(pop.ask("USER mrose").starts_with("+OK"));
    pop.send(b"PASS secret\r\n");
    // From then on the login waits for the write lock.
    crate::common::wait_for("the session lock", || house.path(".pop1081/mrose.lock").exists().then_some(()));
    house.write("mrose", &[b"other\n", &house.read("mrose")[7..]].concat());
    fs2::FileExt::unlock(&file).expect("the write lock");
    assert_eq!(pop.line(), "-ERR invalid password");
    house.log_in("mrose", "other").quit();
}
