//! `pop1081 user`, while a server runs on the same Users directory.

mod add;
mod passwd;
mod reset;

use crate::common::fixture::{Files, TestServer};
use crate::common::program::{Ended, deliver_to, finish, program, run};
use crate::player::users::TestUsers;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::Stdio;

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
}

fn run_check(users: &TestUsers) -> String {
    let directory = users.directory();
    run(&mut program(["check", "--users", directory.to_str().expect("a plain path")]), b"").stdout
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
    refused(&server.users, &["passwd", "mrose"], b"other\n", 75, "the maildrop is in use");
    refused(&server.users, &["remove", "mrose", "--with-mail"], b"", 75, "the maildrop is in use");
    assert_eq!(server.read("mrose"), before);
    assert_eq!(pop.ask("DELE 1"), "+OK message 1 deleted");
    pop.quit();
    done(&server.users, &["passwd", "mrose"], "other");
    assert!(server.log_in("mrose", "other").ask("STAT").starts_with("+OK 1 "));
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
        "mrose has 2 messages; --with-mail removes the mail, too",
    );
    assert_eq!(server.read("mrose"), before);
    assert!(server.path(".rhosts/mrose").exists() && server.path(".pop1081/mrose.lock").exists());
    done(&server.users, &["remove", "mrose", "--with-mail"], "");
    server.log_in("hermit", "alone").quit();
    done(&server.users, &["remove", "hermit"], "");
    for gone in ["mrose", ".rhosts/mrose", "hermit"] {
        assert!(!server.path(gone).exists(), "{gone}");
    }
    assert_eq!(fs::read_dir(server.path(".pop1081")).expect("control files").count(), 1, "the spare file");
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
