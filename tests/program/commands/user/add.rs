//! `pop1081 user add --from`: all users of a list, or nobody.

use super::{done, refused, run_check, user};
use crate::common::fixture::{Files, TestServer};
use crate::common::program::{Ended, deliver, deliver_to, finish, inetd, program, run};
use crate::player::users::TestUsers;
use std::collections::HashSet;
use std::fs::{self, DirBuilder, File};
use std::io::Read;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, symlink};
use std::process::Stdio;

/// A list of users, and its path.
fn list(users: &TestUsers, octets: &[u8]) -> String {
    let path = users.directory().with_file_name("list");
    fs::write(&path, octets).expect("a file");
    path.into_os_string().into_string().expect("a plain path")
}

/// The users of the directory, in order.
fn names(users: &TestUsers) -> Vec<String> {
    let names = fs::read_dir(users.directory()).expect("a directory").map(|entry| entry.expect("an entry"));
    let mut names: Vec<String> = names.map(|entry| entry.file_name().into_string().expect("text")).collect();
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    names
}

/// Names with passwords, names alone, CRLF, comments, and a last line without an end.
#[test]
fn a_list() {
    let server = TestServer::new();
    let text =
        b"\xef\xbb\xbf# class 7b\r\nalice open sesame\r\n\nbob\n  carol \t secret\ndave\r\n#x\nerin caf\xe9";
    let list = list(&server.users, text);
    let ended = user(&server.users, &["add", "--from", &list], b"");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let printed: Vec<(&str, &str)> = ended.stdout.lines().map(|line| line.split_once(' ').unwrap()).collect();
    let [("bob", bobs), ("dave", daves)] = printed[..] else { panic!("{}", ended.stdout) };
    for made_up in [bobs, daves] {
        assert!(made_up.len() == 10 && made_up.bytes().all(|o| o.is_ascii_alphanumeric()), "{made_up}");
        assert!(!ended.stderr.contains(made_up), "{}", ended.stderr);
    }
    assert_ne!(bobs, daves);
    assert!(ended.stderr.contains("5 users added") && !ended.stderr.contains("sesame"), "{}", ended.stderr);
    for (name, password) in [("alice", "open sesame"), ("bob", bobs), ("carol", "secret"), ("dave", daves)] {
        assert_eq!(server.read(name), format!("{password}\n").as_bytes());
        let metadata = fs::metadata(server.path(name)).expect("a file");
        assert_eq!((metadata.mode() & 0o777, metadata.nlink()), (0o600, 1));
        deliver_to(&server.users, name, b"Subject: x\n\nhello\n");
        assert!(server.log_in(name, password).ask("STAT").starts_with("+OK 1 "));
    }
    assert_eq!(server.read("erin"), b"caf\xe9\n");
    assert_eq!(names(&server.users).len(), 9);
    assert_eq!(run_check(&server.users), "");
}

/// Every line that is wrong is told, and nobody is added.
#[test]
fn nobody_is_added_if_a_line_is_wrong() {
    let server = TestServer::new();
    symlink("/nowhere", server.path("link")).expect("a link");
    let before = names(&server.users);
    let text = format!(
        "good pw\n.hidden Xyzzy\nmrose other\na/b Xyzzy\ngood pw\nlink pw\nlong {}\ncontrol a\x01b\n{} Xyzzy\nanna,Xyzzy\n",
        "x".repeat(1018),
        "x".repeat(41)
    );
    let list = list(&server.users, text.as_bytes());
    let ended = user(&server.users, &["add", "--from", &list], b"");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(65), ""), "{}", ended.stderr);
    for said in [
        "list:2: it is not NAME or NAME PASSWORD",
        "list:3: mrose exists already",
        "list:4: it is not NAME or NAME PASSWORD",
        "list:5: good is in line 1 already",
        "list:6: link exists already",
        "list:7: the password is too long",
        "list:8: the password has an octet in it that can't be typed",
        "list:9: it is not",
        "list:10: it is not NAME or NAME PASSWORD, with a blank",
        "pop1081: nobody was added: 9 lines are wrong",
    ] {
        assert!(ended.stderr.contains(said), "{said}: {}", ended.stderr);
    }
    assert!(!ended.stderr.contains("Xyzzy"), "{}", ended.stderr);
    assert_eq!(names(&server.users), before);
    // The first of them show what is wrong with all.
    fs::write(&list, ".\n".repeat(1000)).expect("a file");
    let ended = user(&server.users, &["add", "--from", &list], b"");
    assert_eq!((ended.code, ended.stderr.lines().count()), (Some(65), 21));
    assert!(ended.stderr.ends_with("1000 lines are wrong\n"), "{}", ended.stderr);
    refused(&server.users, &["add", "--from", "/nowhere"], b"", 66, "/nowhere: No such file");
    if fs::exists("/dev/zero").is_ok_and(|there| there) {
        refused(&server.users, &["add", "--from", "/dev/zero"], b"", 65, "/dev/zero has more than 16777216");
    }
    for words in [&["add"][..], &["add", "alice", "--from", &list], &["list", "--from", &list]] {
        assert_eq!(user(&server.users, words, b"pw\n").code, Some(64), "{words:?}");
    }
    assert_eq!(names(&server.users), before);
}

/// Passwords that nobody can read must not become those of users.
#[test]
fn nobody_is_added_if_the_passwords_can_not_be_printed() {
    let server = TestServer::new();
    let list = list(&server.users, b"alice\nbob\n");
    let directory = server.users.directory();
    let options = ["--users", directory.to_str().expect("a plain path"), "--from", &list];
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut child = program(["user", "add"].iter().chain(&options).copied())
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    let ended = finish(&mut child);
    assert_eq!(ended.code, Some(74), "{}", ended.stderr);
    assert!(ended.stderr.contains("nobody was added: the passwords can't be printed"), "{}", ended.stderr);
    assert!(!server.path("alice").exists());
}

/// What a crash behind the commit leaves: some have their names, one has both, others none.
fn interrupted(users: &TestUsers) {
    for directory in [".pop1081", ".pop1081/.added"] {
        DirBuilder::new().mode(0o700).create(users.path(directory)).expect("a directory");
    }
    for name in ["alice", "bob"] {
        users.write(&format!(".pop1081/.added/{name}"), b"pw\n");
    }
    fs::hard_link(users.path(".pop1081/.added/alice"), users.path("alice")).expect("a link");
}

#[test]
fn whoever_starts_next_finishes_it() {
    let starts: [fn(&TestUsers) -> Ended; 4] = [
        |users| user(users, &["list"], b""),
        |users| deliver(users, &["bob"], b"hello\n"),
        |users| run(&mut inetd(users), b"QUIT\r\n"),
        |users| user(users, &["add", "carol"], b"pw\n"),
    ];
    for start in starts {
        let users = TestUsers::copy_of_shipped().expect("a private Users directory");
        interrupted(&users);
        assert!(run_check(&users).contains(".added: adding users was interrupted"));
        assert_eq!(start(&users).code, Some(0));
        for name in ["alice", "bob"] {
            assert!(users.read(name).starts_with(b"pw\n"));
            assert_eq!(fs::metadata(users.path(name)).expect("a file").nlink(), 1);
        }
        assert_eq!(run_check(&users), "");
    }
}

/// Somebody who has come meanwhile is not replaced.
#[test]
fn a_user_who_is_there_stays() {
    let server = TestServer::new();
    interrupted(&server.users);
    server.write("bob", b"my own\n");
    let ended = user(&server.users, &["list"], b"");
    assert!(ended.stderr.contains("bob was made by somebody else meanwhile, and stays"), "{}", ended.stderr);
    assert_eq!((server.read("alice"), server.read("bob")), (b"pw\n".to_vec(), b"my own\n".to_vec()));
}

/// Of two who add the same names at once the one who comes later adds nobody: the passwords that
/// it has printed would be those of nobody, and a session's lock would go.
#[test]
fn who_has_come_since_the_list_was_read_stays() {
    let server = TestServer::new();
    DirBuilder::new().mode(0o700).create(server.path(".pop1081")).expect("a directory");
    let adding = File::open(server.path(".pop1081")).expect("a directory");
    fs2::FileExt::lock_exclusive(&adding).expect("the lock of who adds users");
    let (list, directory) = (list(&server.users, b"alice\nbob\n"), server.users.directory());
    let options = ["--users", directory.to_str().expect("a plain path"), "--from", &list];
    let mut child = program(["user", "add"].iter().chain(&options).copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut read = [0; "alice ".len()];
    child.stdout.as_mut().expect("a pipe").read_exact(&mut read).expect("the first password");
    server.write("bob", b"my own\n");
    server.write(".pop1081/bob.lock", b"in use");
    drop(adding);
    let ended = finish(&mut child);
    assert_eq!(ended.code, Some(73), "{}", ended.stderr);
    assert!(ended.stderr.contains("nobody was added: bob exists already"), "{}", ended.stderr);
    assert_eq!(
        (server.read("bob"), server.read(".pop1081/bob.lock")),
        (b"my own\n".to_vec(), b"in use".to_vec())
    );
    assert!(!server.path("alice").exists());
}

/// What was not committed adds nobody.
#[test]
fn what_was_not_committed_is_removed() {
    let server = TestServer::new();
    for directory in [".pop1081", ".pop1081/.adding"] {
        DirBuilder::new().mode(0o700).create(server.path(directory)).expect("a directory");
    }
    server.write(".pop1081/.adding/alice", b"pw\n");
    assert!(run_check(&server.users).contains(".adding: made for users who were not added"));
    done(&server.users, &["add", "bob"], "pw\n");
    assert!(!server.path("alice").exists() && !server.path(".pop1081/.adding").exists());
    assert_eq!(run_check(&server.users), "");
}

#[test]
fn a_thousand() {
    let server = TestServer::new();
    let text: String = (0..1000).map(|n| format!("s{n:03}\n")).collect();
    let list = list(&server.users, text.as_bytes());
    let ended = user(&server.users, &["add", "--from", &list], b"");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let made_up: HashSet<&str> =
        ended.stdout.lines().filter_map(|line| line.split_once(' ')).map(|l| l.1).collect();
    assert_eq!(made_up.len(), 1000);
    assert_eq!(names(&server.users).len(), 1004);
}
