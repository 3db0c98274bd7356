//! Owner, mode and inode of a maildrop survive every UPDATE and delivery; what the server makes for
//! itself is for its own eyes.

use super::visit::{DELETIONS, server, visit};
use crate::common::fixture::{Files, TestServer};
use crate::common::mail::maildrop;
use crate::common::program::{deliver_to, inetd, run};
use crate::common::{is_superuser, skipped};
use crate::player::users::TestUsers;
use std::fs::{self, Metadata, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

fn metadata(server: &TestServer) -> Metadata {
    fs::metadata(server.path("u")).expect("a maildrop")
}

#[test]
fn of_a_maildrop_they_stay_as_they_are() {
    let (server, messages) = server();
    for mode in [0o600, 0o640, 0o666, 0o4755] {
        for deleted in DELETIONS {
            server.write("u", &maildrop(&messages));
            if is_superuser() {
                chown(server.path("u"), Some(12345), Some(54321)).expect("another owner");
            }
            fs::set_permissions(server.path("u"), Permissions::from_mode(mode)).expect("a mode");
            let before = metadata(&server);
            let goodbye = visit(&server, deleted, |_| ());
            assert!(goodbye.starts_with("+OK"), "{goodbye}");
            let after = metadata(&server);
            assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
            assert_eq!(after.ino(), before.ino());
            // Writing to a program that runs as its owner ends that, by the system's own rule.
            let lasting = if is_superuser() { 0o7777 } else { 0o777 };
            assert_eq!(after.mode() & lasting, before.mode() & lasting);
        }
    }
    if !is_superuser() {
        skipped("no other owner to give a file to");
    }
}

#[test]
fn a_delivery_changes_none_of_them_either() {
    let (server, _) = server();
    fs::set_permissions(server.path("u"), Permissions::from_mode(0o640)).expect("a mode");
    let before = metadata(&server);
    deliver_to(&server.users, "u", b"new\n");
    let after = metadata(&server);
    assert_eq!((after.ino(), after.uid(), after.mode()), (before.ino(), before.uid(), before.mode()));
    assert!(after.len() > before.len());
}

/// However little the umask forbids.
#[test]
fn what_the_server_makes_is_for_its_own_eyes() {
    let (server, _) = server();
    let program = inetd(&server.users);
    let mut command = Command::new("sh");
    command.args(["-c", r#"umask 0 && exec "$0" "$@""#]).arg(program.get_program()).args(program.get_args());
    let ended = run(&mut command, b"USER u\r\nPASS pw\r\nRETR 1\r\nDELE 2\r\nQUIT\r\n");
    assert!(ended.stdout.ends_with("signing off (2 messages left)\r\n"), "{ended:?}");
    assert_private(&server.users, &["u.lock", "u.state"]);
}

#[test]
fn what_a_delivery_makes_is_too() {
    let (server, _) = server();
    // More than is held in memory, so that there is a file for it meanwhile.
    deliver_to(&server.users, "u", "a long message\n".repeat(100_000).as_bytes());
    assert_private(&server.users, &["u.lock"]);
}

/// Exactly these notes are left, for nobody else to read.
#[track_caller]
fn assert_private(users: &TestUsers, notes: &[&str]) {
    let mode = |path: &Path| fs::metadata(path).expect("a file").mode() & 0o7777;
    let directory = users.path(".pop1081");
    assert_eq!(mode(&directory), 0o700);
    let entries = fs::read_dir(&directory).expect("a directory").map(|entry| entry.expect("an entry"));
    let mut names = Vec::new();
    for entry in entries {
        assert_eq!(mode(&entry.path()), 0o600, "{:?}", entry.path());
        names.push(entry.file_name().into_string().expect("a plain name"));
    }
    names.sort();
    assert_eq!(names, notes);
}
