//! Owner, mode and inode of a maildrop survive every UPDATE and delivery; only its owner may read
//! what the server creates.

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
fn an_update_changes_none_of_them() {
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
            // The system clears the set-user-ID bit when another user writes to a file.
            let lasting = if is_superuser() { 0o7777 } else { 0o777 };
            assert_eq!(after.mode() & lasting, before.mode() & lasting);
        }
    }
    if !is_superuser() {
        skipped("no other owner to give a file to");
    }
}

#[test]
fn a_delivery_changes_none_of_them() {
    let (server, _) = server();
    fs::set_permissions(server.path("u"), Permissions::from_mode(0o640)).expect("a mode");
    let before = metadata(&server);
    deliver_to(&server.users, "u", b"new\n");
    let after = metadata(&server);
    assert_eq!((after.ino(), after.uid(), after.mode()), (before.ino(), before.uid(), before.mode()));
    assert!(after.len() > before.len());
}

/// Whatever the umask permits.
#[test]
fn control_files_of_a_session_are_private() {
    let (server, _) = server();
    let program = inetd(&server.users);
    let mut command = Command::new("sh");
    command.args(["-c", r#"umask 0 && exec "$0" "$@""#]).arg(program.get_program()).args(program.get_args());
    let ended = run(&mut command, b"USER u\r\nPASS pw\r\nRETR 1\r\nDELE 2\r\nQUIT\r\n");
    assert!(ended.stdout.ends_with("signing off (2 messages left)\r\n"), "{ended:?}");
    assert_private(&server.users, &[".spare", "u.lock", "u.state"]);
}

#[test]
fn control_files_of_a_delivery_are_private() {
    let (server, _) = server();
    deliver_to(&server.users, "u", "a long message\n".repeat(100_000).as_bytes());
    assert_private(&server.users, &[".spare", "u.lock"]);
}

/// Exactly these control files are left, and only their owner may read them.
#[track_caller]
fn assert_private(users: &TestUsers, expected: &[&str]) {
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
    assert_eq!(names, expected);
}
