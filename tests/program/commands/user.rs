//! `pop1081 user`, while a server runs on the same Users directory.

use crate::common::fixture::{Files, TestServer};
use crate::common::model::{assert_serves, messages as modelled};
use crate::common::program::{Ended, deliver_to, finish, program, run};
use crate::player::users::TestUsers;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::Stdio;
use std::thread;

/// `pop1081 user` with these words and this standard input.
fn user(users: &TestUsers, words: &[&str], input: &[u8]) -> Ended {
    let directory = users.directory();
    let options = ["--users", directory.to_str().expect("a plain path")];
    run(&mut program(["user"].iter().chain(words).chain(&options).copied()), input)
}

/// It succeeds, and prints nothing but a line of the log, without the password.
#[track_caller]
fn done(users: &TestUsers, words: &[&str], input: &str) {
    let ended = user(users, words, input.as_bytes());
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""), "{}", ended.stderr);
    let password = input.lines().next().unwrap_or("no password");
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    assert!(password.len() < 4 || !ended.stderr.contains(password), "{}", ended.stderr);
}

#[track_caller]
fn refused(users: &TestUsers, words: &[&str], input: &[u8], code: i32, says: &str) {
    let ended = user(users, words, input);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(code), ""), "{words:?}: {}", ended.stderr);
    assert!(ended.stderr.starts_with("pop1081: ") && ended.stderr.contains(says), "{}", ended.stderr);
}

fn inode(users: &TestUsers, name: &str) -> u64 {
    fs::metadata(users.path(name)).expect("a file").ino()
}

#[test]
fn add() {
    let server = TestServer::new();
    done(&server.users, &["add", "alibaba"], "open sesame\n");
    assert_eq!(server.read("alibaba"), b"open sesame\n");
    let mode = fs::metadata(server.path("alibaba")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    server.log_in("alibaba", "open sesame").quit();
    deliver_to(&server.users, "alibaba", b"Subject: x\n\nhello\n");
    assert!(server.log_in("alibaba", "open sesame").ask("STAT").starts_with("+OK 1 "));
}

#[test]
fn nobody_is_added_twice() {
    let server = TestServer::new();
    symlink("/nowhere", server.path("link")).expect("a link");
    fs::create_dir(server.path("directory")).expect("a directory");
    let before = server.read("mrose");
    for name in ["mrose", "link", "directory"] {
        refused(&server.users, &["add", name], b"other\n", 73, "exists already");
    }
    assert_eq!(server.read("mrose"), before);
}

#[test]
fn names_that_no_user_can_have() {
    let server = TestServer::new();
    for name in ["", ".", "..", ".hidden", "a/b", "two words", "caf\u{e9}", &"x".repeat(41)] {
        refused(&server.users, &["add", name], b"pw\n", 64, "not a valid user name");
        refused(&server.users, &["passwd", name], b"pw\n", 67, "there is no user");
        refused(&server.users, &["remove", name], b"", 67, "there is no user");
    }
    assert!(!server.path(".hidden").exists());
    refused(&server.users, &["passwd", "frated"], b"pw\n", 67, "there is no user 'frated'");
}

/// A new user of that name gets nothing that the earlier one has left.
#[test]
fn a_name_may_be_used_again() {
    let server = TestServer::new();
    server.log_in("mrose", "secret").quit();
    fs::remove_file(server.path("mrose")).expect("a file");
    done(&server.users, &["add", "mrose"], "pw\n");
    server.log_in("mrose", "pw").quit();
    server.write(".pop1081/gone.redo", b"mail");
    refused(&server.users, &["add", "gone"], b"pw\n", 73, "was left unfinished");
    assert!(!server.path("gone").exists());
    assert_eq!(server.read(".pop1081/gone.redo"), b"mail");
}

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
    assert_eq!(control_files, 2, "the lock and the sidecar");
}

fn run_check(users: &TestUsers) -> String {
    let directory = users.directory();
    run(&mut program(["check", "--users", directory.to_str().expect("a plain path")]), b"").stdout
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
fn what_cannot_be_parsed_is_65() {
    let server = TestServer::new();
    server.write("u", b"pw\ntext\n");
    refused(&server.users, &["passwd", "u"], b"other\n", 65, "line 2 is neither empty nor");
    refused(&server.users, &["remove", "u"], b"", 65, "line 2 is neither empty nor");
    assert_eq!(server.read("u"), b"pw\ntext\n");
    server.write("v", b"pw\n");
    fs::hard_link(server.path("v"), server.path("w")).expect("a link");
    refused(&server.users, &["passwd", "v"], b"other\n", 65, "more than one name");
}

/// The session keeps its maildrop.
#[test]
fn during_a_session() {
    let server = TestServer::new();
    let mut pop = server.log_in("mrose", "secret");
    let before = server.read("mrose");
    refused(&server.users, &["passwd", "mrose"], b"other\n", 75, "a session has");
    refused(&server.users, &["remove", "mrose", "--with-mail"], b"", 75, "a session has");
    assert_eq!(server.read("mrose"), before);
    assert_eq!(pop.ask("DELE 1"), "+OK message 1 deleted");
    pop.quit();
    done(&server.users, &["passwd", "mrose"], "other");
    assert!(server.log_in("mrose", "other").ask("STAT").starts_with("+OK 1 "));
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

#[test]
fn list() {
    let server = TestServer::new();
    server.write("u", b"pw\ntext\n");
    server.write("v", b"pw\nFrom a\nx\n");
    symlink(server.path("u"), server.path("w")).expect("a link");
    let _session = server.log_in("mrose", "secret");
    let ended = user(&server.users, &["list"], b"");
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
    let server = TestServer::new();
    server.log_in("mrose", "secret").quit();
    let before = server.read("mrose");
    refused(
        &server.users,
        &["remove", "mrose"],
        b"",
        65,
        "mrose has 2 messages; --with-mail removes them too",
    );
    assert_eq!(server.read("mrose"), before);
    assert!(server.path(".rhosts/mrose").exists() && server.path(".pop1081/mrose.lock").exists());
    done(&server.users, &["remove", "mrose", "--with-mail"], "");
    server.log_in("hermit", "alone").quit();
    done(&server.users, &["remove", "hermit"], "");
    for gone in ["mrose", ".rhosts/mrose", "hermit"] {
        assert!(!server.path(gone).exists(), "{gone}");
    }
    assert_eq!(fs::read_dir(server.path(".pop1081")).expect("control files").count(), 0);
    assert_eq!(run_check(&server.users), "");
    assert!(server.open().ask("USER mrose").starts_with("-ERR"));
    refused(&server.users, &["remove", "mrose"], b"", 67, "there is no user 'mrose'");
}

/// A surplus word may be a password and is not repeated.
#[test]
fn the_command_line() {
    let server = TestServer::new();
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
        let ended = user(&server.users, words, b"pw\n");
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(64), ""), "{words:?}");
        assert!(!ended.stderr.contains("hidden"), "{}", ended.stderr);
    }
    assert!(!server.path("new").exists());
    let help = run(&mut program(["user", "--help"]), b"");
    for wanted in ["user add", "user passwd", "user list", "user remove", "--with-mail", "--users DIR"] {
        assert!(help.code == Some(0) && help.stdout.contains(wanted), "{wanted}");
    }
    assert_eq!(run(&mut program(["user", "list", "-u", "/nowhere"]), b"").code, Some(66));
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
    crate::common::wait_for("the session lock", || server.path(".pop1081/mrose.lock").exists().then_some(()));
    server.write("mrose", &[b"other\n", &server.read("mrose")[7..]].concat());
    fs2::FileExt::unlock(&file).expect("the write lock");
    assert_eq!(pop.line(), "-ERR invalid password");
    server.log_in("mrose", "other").quit();
}

/// As in `pop1081 user list | head -n 1`.
#[test]
fn a_reader_that_leaves_early() {
    let users = TestUsers::copy_of_shipped().expect("a private Users directory");
    let directory = users.directory().into_os_string().into_string().expect("a plain path");
    for arguments in [&["-u", &directory, "user", "list"][..], &["user", "--help"]] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut child = program(arguments.iter().copied())
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program");
        let ended = finish(&mut child);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    }
}
