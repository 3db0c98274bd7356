//! Maildrops that cannot be opened or parsed: PASS is refused with `-ERR` (RFC 1081, p. 4), the
//! log names file and line, nothing stays locked.

use crate::common::fixture::TestServer;
use crate::common::{is_superuser, skipped};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

#[track_caller]
fn refused(server: &TestServer, name: &str, password: &str) -> String {
    let mut pop = server.open();
    let reply = pop.log_in(name, password);
    assert!(reply.starts_with("-ERR "), "{reply}");
    // The client may try again on this connection.
    assert!(pop.log_in("mrose", "secret").starts_with("+OK"));
    pop.quit();
    reply
}

#[test]
fn text_before_the_first_separator_cannot_be_parsed() {
    let server = TestServer::new();
    let faults = [
        ("pw\ngarbage\n", 2),
        ("pw\n\n\r\n\nxFrom a\n", 5),
        ("pw\n>From a\nx\n", 2),
        ("pw\nFro", 2),
        ("pw\nFrom", 2),
        ("pw\nfrom a\n", 2),
        ("pw\n \nFrom a\nx\n", 2),
        ("pw\n\n\r", 3),
        ("pw\n\rFrom a\n", 2),
        ("pw\nFrom:a\n", 2),
    ];
    for (number, (text, line)) in (1..).zip(faults) {
        let name = format!("bad{number}");
        server.write(&name, text.as_bytes());
        let reply = refused(&server, &name, "pw");
        assert_eq!(reply, format!("-ERR {name}'s maildrop can't be parsed"), "{text:?}");
        let log = server.log();
        let told = log.lines().any(|l| l.contains(&name) && l.contains(&format!("line {line} ")));
        assert!(told, "{text:?} is not told as {name}, line {line}:\n{log}");
        assert_eq!(server.read(&name), text.as_bytes());
        // After a repair the login succeeds at once.
        server.write(&name, b"pw\nFrom a\nx\n\n");
        assert_eq!(server.log_in(&name, "pw").ask("STAT"), "+OK 1 3");
    }
}

#[test]
fn the_log_names_a_line_far_down() {
    let server = TestServer::new();
    server.write("far", format!("pw\n{}here\n", "\n".repeat(2000)).as_bytes());
    refused(&server, "far", "pw");
    assert!(server.log().contains("line 2002 "), "{}", server.log());
}

#[test]
fn line_one_is_too_long_for_a_password() {
    let server = TestServer::new();
    for line in ["x".repeat(2000), "x".repeat(1024), format!("{}\n", "x".repeat(5000))] {
        server.write("long", line.as_bytes());
        refused(&server, "long", "x");
    }
}

#[test]
fn an_empty_file_is_a_user_without_a_valid_password() {
    let server = TestServer::new();
    server.write("empty", b"");
    assert_eq!(refused(&server, "empty", "x"), "-ERR invalid password");
}

#[test]
fn an_unreadable_file() {
    let server = TestServer::new();
    server.write("closed", b"pw\n");
    fs::set_permissions(server.path("closed"), Permissions::from_mode(0o0)).expect("a mode");
    if is_superuser() {
        return skipped("no modes that hold for this user");
    }
    refused(&server, "closed", "pw");
}

#[test]
fn a_file_removed_between_user_and_pass() {
    let server = TestServer::new();
    server.write("fleeting", b"pw\n");
    let mut pop = server.open();
    assert!(pop.ask("USER fleeting").starts_with("+OK"));
    fs::remove_file(server.path("fleeting")).expect("a file");
    assert_eq!(pop.ask("PASS pw"), "-ERR invalid password");
    assert_eq!(pop.ask("USER fleeting"), "-ERR sorry, fleeting doesn't get his mail here");
    assert!(!server.path("fleeting").exists());
}

#[test]
fn a_users_directory_removed_while_serving() {
    let server = TestServer::new();
    fs::remove_dir_all(server.users.directory()).expect("a directory");
    let mut pop = server.open();
    let unable = "-ERR unable to open mrose's maildrop: No such file or directory (os error 2)";
    assert_eq!(pop.ask("USER mrose"), unable);
    assert_eq!(pop.quit(), "+OK dewey POP3 server signing off");
    assert!(!server.users.directory().exists());
}
