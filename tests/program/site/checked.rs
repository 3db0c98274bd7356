//! What `pop1081 check` finds where files belong to somebody else, can't be read or written, or are
//! what another program has left.

use super::{OTHER, OWNER, give, users, users_of_owner};
use crate::common::fixture::Files;
use crate::common::program::{Session, program, run};
use crate::player::users::TestUsers;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;

/// The findings, without the directory in front; `None`: as whoever runs the tests.
#[track_caller]
fn findings(users: &TestUsers, as_user: Option<u32>) -> Vec<String> {
    let mut command = program(["check", "--users"]);
    command.arg(users.directory());
    if let Some(user) = as_user {
        command.uid(user).gid(user);
    }
    let ended = run(&mut command, b"");
    assert_eq!(ended.code, Some(if ended.stdout.is_empty() { 0 } else { 65 }), "{}", ended.stderr);
    let directory = users.directory().display().to_string();
    let name = |line: &str| line.strip_prefix(&directory).unwrap_or(line).trim_start_matches('/').to_owned();
    ended.stdout.lines().map(name).collect()
}

fn mode(users: &TestUsers, name: &str, mode: u32) {
    fs::set_permissions(users.path(name), Permissions::from_mode(mode)).expect("a mode");
}

fn to_root(users: &TestUsers, name: &str) {
    chown(users.path(name), Some(0), Some(0)).expect("a new owner");
}

/// Each is a user, with a password that may have been changed since.
#[test]
fn copies_and_locks_of_other_programs() {
    let copy = "it looks like a copy that an editor has left, and is a user: remove it";
    for name in ["mrose~", "mrose.~1~", "#mrose#", "mrose.bak", "mrose.lock", "mrose.swp", "mrose.orig"] {
        let users = users();
        users.write(name, b"secret\n");
        assert_eq!(findings(&users, None), [format!("{name}: {copy}")]);
    }
    let users = users();
    users.write(".mrose.swp", b"secret\n");
    assert_eq!(findings(&users, None), [".mrose.swp: not a valid user name"]);
    let users = self::users();
    for name in ["nobody.bak", "mrose.b", "a#b", "#"] {
        users.write(name, b"secret\n");
    }
    assert_eq!(findings(&users, None), [""; 0]);
}

/// Root is not told by the system, so the modes tell it.
#[test]
fn what_its_owner_may_not_use() {
    let users = users();
    let (session, pop) = Session::logged_in(&users, "mrose", "secret");
    pop.quit();
    session.ends_well();
    for (name, wrong, right, hint) in [
        ("", 0o500, 0o700, "u+rwx"),
        (".pop1081", 0o600, 0o700, "u+rwx"),
        (".pop1081/mrose.lock", 0o400, 0o600, "u+rw"),
        (".pop1081/mrose.state", 0o200, 0o600, "u+rw"),
        ("mrose", 0o400, 0o600, "u+rw"),
    ] {
        mode(&users, name, wrong);
        let found = findings(&users, None);
        mode(&users, name, right);
        let says = format!("no session can use it, its owner may not (mode {wrong:04o}): chmod {hint}");
        let name = if name.is_empty() { users.directory().display().to_string() } else { name.to_owned() };
        // An owner who is not root can't read on.
        let expected = format!("{name}: {says}");
        assert!(found.first().is_some_and(|found| expected.ends_with(found)), "{expected}: {found:#?}");
    }
}

#[test]
fn what_belongs_to_another() {
    let Some(users) = users_of_owner() else { return };
    let (session, pop) = Session::logged_in(&users, "mrose", "secret");
    pop.quit();
    session.ends_well();
    assert_eq!(findings(&users, None), [""; 0]);
    let says = format!("it belongs to user 0, and the Users directory to user {OWNER}: chown {OWNER}");
    let names =
        [".pop1081", ".pop1081/.spare", ".pop1081/mrose.lock", ".pop1081/mrose.state", ".rhosts", "mrose"];
    for name in names {
        to_root(&users, name);
        let found = findings(&users, Some(OWNER));
        assert_eq!(found[0], format!("{name}: {says}"), "{found:#?}");
        assert_eq!(findings(&users, None), found, "root sees what the owner sees");
        give(&users.path(name));
    }
    to_root(&users, ".pop1081");
    to_root(&users, "mrose");
    let unreadable = "it can't be read: Permission denied (os error 13)";
    let found = findings(&users, Some(OWNER));
    for name in [".pop1081", "mrose"] {
        assert!(found.contains(&format!("{name}: {unreadable}")), "{found:#?}");
    }
}

/// As a server that was started as somebody else would find it.
#[test]
fn what_may_be_read_and_not_written() {
    let Some(users) = users_of_owner() else { return };
    for name in ["", "mrose", "stef", "dotty", "hermit"] {
        mode(&users, name, if name.is_empty() { 0o755 } else { 0o644 });
    }
    mode(&users, "..", 0o755);
    let found = findings(&users, Some(OTHER));
    let unwritable = "mrose: it can't be written: Permission denied (os error 13)";
    assert!(found.iter().any(|line| line == unwritable), "{found:#?}");
}
