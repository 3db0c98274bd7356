//! `pop1081 user reset`: the mail of a master copy, and nobody has retrieved anything.

use super::{done, inode, refused, run_check, user};
use crate::common::fixture::{Files, TestServer};
use crate::common::mail::{maildrop, message, messages};
use crate::common::model::assert_serves;
use crate::common::program::deliver_to;
use crate::player::users::TestUsers;

/// The shipped users, as master copies.
fn masters() -> (TestUsers, String) {
    let masters = TestUsers::copy_of_shipped().expect("a private Users directory");
    let directory = masters.directory().into_os_string().into_string().expect("a plain path");
    (masters, directory)
}

#[test]
fn mail_and_marks_beside_a_server() {
    let (server, (masters, from)) = (TestServer::new(), masters());
    let before = inode(&server.users, "mrose");
    for commands in [&["RETR 2"][..], &["RETR 1", "DELE 1"], &["RETR 2", "DELE 1", "DELE 2"]] {
        let mut pop = server.log_in("mrose", "secret");
        for command in commands {
            let number = &command[command.len() - 1..];
            assert!(pop.response(&format!("RETR {number}")).starts_with(b"+OK"));
            assert!(!command.starts_with("DELE") || pop.ask(command).starts_with("+OK"));
        }
        pop.quit();
        done(&server.users, &["reset", "mrose", "--from", &from], "");
        assert_eq!(server.read("mrose"), masters.read("mrose"), "{commands:?}");
        let mut pop = server.log_in("mrose", "secret");
        assert_eq!(pop.ask("LAST"), "+OK 0", "{commands:?}");
        assert_serves(&mut pop, &masters.read("mrose"));
        pop.hang_up();
        server.log_in_when_free("mrose", "secret").quit();
    }
    assert_eq!(inode(&server.users, "mrose"), before);
    assert_eq!(run_check(&server.users), "");
}

/// Whatever was there, the password stays, and the mail is that of the master copy.
#[test]
fn from_any_mail_to_any_mail() {
    let (server, (masters, from)) = (TestServer::new(), masters());
    let long: Vec<_> = (1..=200).map(|n| message(n, &"A line of the body.\n".repeat(50))).collect();
    let long = maildrop(&long);
    let mails: [&[u8]; 7] = [
        b"",
        b"\n\n",
        &maildrop(&messages(1))[3..],
        &maildrop(&messages(30))[3..],
        &long[3..],
        b"\nFrom a\nx",
        b"text\n",
    ];
    for (number, new) in mails[..6].iter().enumerate() {
        masters.write("u", &[b"another password\n", *new].concat());
        let new = &new[new.iter().take_while(|octet| **octet == b'\n').count()..];
        for (other, old) in mails.iter().enumerate() {
            server.write("u", &[b"pw\n", *old].concat());
            done(&server.users, &["reset", "u", "--from", &from], "");
            let after = server.read("u");
            assert!(after.starts_with(b"pw\n"), "{other} to {number}");
            assert!(
                after["pw\n".len()..].trim_ascii_start() == new.trim_ascii_start(),
                "{other} to {number}"
            );
            let mut pop = server.log_in_when_free("u", "pw");
            assert_serves(&mut pop, &after);
            pop.hang_up();
        }
    }
    for (line, after) in [("pw", "pw\n"), ("", "\n")] {
        server.write("v", line.as_bytes());
        masters.write("v", &maildrop(&messages(1)));
        done(&server.users, &["reset", "v", "--from", &from], "");
        assert_eq!(server.read("v"), [after.as_bytes(), &maildrop(&messages(1))[3..]].concat());
    }
}

/// One maildrop is in use: the others are reset all the same.
#[test]
fn a_session_is_not_disturbed() {
    let (server, (masters, from)) = (TestServer::new(), masters());
    let mut pop = server.log_in("mrose", "secret");
    for name in ["mrose", "stef"] {
        deliver_to(&server.users, name, b"Subject: x\n\nnew\n");
    }
    let before = server.read("mrose");
    refused(&server.users, &["reset", "mrose", "--from", &from], b"", 75, "mrose: the maildrop is in use");
    let words = ["reset", "mrose", "nobody", "stef", "stef", "--from", &from];
    let ended = user(&server.users, &words, b"");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(75), ""), "{}", ended.stderr);
    for said in [
        "mrose: the maildrop is in use; try again later\n",
        "there is no user 'nobody'\n",
        "2 of 3 users not reset\n",
    ] {
        assert!(ended.stderr.contains(&format!("pop1081: {said}")), "{}", ended.stderr);
    }
    assert_eq!((server.read("mrose"), server.read("stef")), (before, masters.read("stef")));
    assert_eq!(pop.ask("RETR 1"), "+OK 120 octets");
}

#[test]
fn all_from_one_file() {
    let (server, (masters, from)) = (TestServer::new(), masters());
    let mail = masters.read("mrose")["secret\n".len()..].to_vec();
    let ended = user(&server.users, &["reset", "--all", "--from", &format!("{from}/mrose")], b"");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for (name, password) in [("mrose", "secret"), ("stef", "zaphod"), ("dotty", "morse"), ("hermit", "alone")]
    {
        let expected = [password.as_bytes(), b"\n", &mail].concat();
        assert!(server.read(name) == expected, "{name}");
    }
    server.write("new", b"pw\n");
    let ended = user(&server.users, &["reset", "--all", "--from", &from], b"");
    assert_eq!(ended.code, Some(66), "{}", ended.stderr);
    assert!(ended.stderr.contains("1 of 5 users not reset"), "{}", ended.stderr);
    assert_eq!(server.read("dotty"), masters.read("dotty"));
}

#[test]
fn no_master_copy() {
    let (server, (masters, from)) = (TestServer::new(), masters());
    let before = server.read("mrose");
    let own = server.path("").into_os_string().into_string().expect("a plain path");
    masters.write("stef", b"pw\ntext\n");
    server.write("frated", b"pw\n");
    for (name, from, code, says) in [
        ("mrose", "/nowhere", 66, "the master copy /nowhere"),
        ("mrose", "/nowhere/mrose", 66, "the master copy /nowhere/mrose"),
        ("frated", &from, 66, "Users/frated: No such file"),
        ("stef", &from, 65, "Users/stef: line 2 is neither empty nor"),
        ("mrose", &own, 65, "the master copy is the maildrop itself"),
        ("nobody", &from, 67, "there is no user 'nobody'"),
        ("../mrose", &from, 67, "there is no user '../mrose'"),
    ] {
        refused(&server.users, &["reset", name, "--from", from], b"", code, says);
    }
    for words in
        [&["reset", "mrose"][..], &["reset", "--from", &from], &["reset", "mrose", "--all", "--from", &from]]
    {
        refused(&server.users, words, b"", 64, "user reset takes");
    }
    refused(
        &server.users,
        &["passwd", "mrose", "--from", &from],
        b"",
        64,
        "--from is for user add and reset only",
    );
    assert_eq!(server.read("mrose"), before);
}
