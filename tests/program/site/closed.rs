//! What can't be read: a server does not start on a directory that is closed to it, and a user
//! hears that their file can't be read and not that they have none.

use super::{OWNER, Running, give, log, server, users, users_of_owner};
use crate::common::fixture::Files;
use crate::common::pop::Pop;
use crate::common::program::{NOT_SET_UP, deliver_command, finish, program, run};
use crate::player::users::TestUsers;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

fn command(users: &TestUsers, words: &[&str]) -> Command {
    let mut command = program(words.iter().copied());
    command.arg("--users").arg(users.directory()).uid(OWNER).gid(OWNER);
    command
}

/// Mode 0700 and root's, as after `cp -r` by root.
#[test]
fn a_server_that_may_not_read_the_directory_does_not_start() {
    let Some(users) = users_of_owner() else { return };
    chown(users.directory(), Some(0), Some(0)).expect("a new owner");
    let helps = "Permission denied (os error 13); it belongs to user 0, mode 0700: chown it";
    for words in [&["--listen", "127.0.0.1:0"][..], &["check"], &["user", "list"]] {
        let ended =
            finish(command(&users, words).stderr(Stdio::piped()).spawn().as_mut().expect("the program"));
        assert_eq!(ended.code, Some(77), "{words:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(helps), "{}", ended.stderr);
    }
    let ended = run(&mut command(&users, &["inetd"]), b"");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(77), NOT_SET_UP));
    // Mail is not sent back.
    let ended = run(command(&users, &["deliver"]).arg("mrose"), b"x\n");
    assert_eq!(ended.code, Some(75), "{}", ended.stderr);
    for mode in [0o711, 0o744] {
        fs::set_permissions(users.directory(), Permissions::from_mode(mode)).expect("a mode");
        let ended = run(&mut command(&users, &["--listen", "127.0.0.1:0"]), b"");
        assert_eq!(ended.code, Some(77), "{mode:o}: {}", ended.stderr);
    }
}

/// As the Debian package makes it: the directory above is closed.
#[test]
fn a_closed_directory_above_is_named() {
    let Some(users) = users_of_owner() else { return };
    let above = users.directory().parent().expect("a directory above").join("closed");
    fs::create_dir(&above).expect("a directory");
    fs::rename(users.directory(), above.join("Users")).expect("a new place");
    fs::set_permissions(&above, Permissions::from_mode(0o700)).expect("a mode");
    let mut words = program(["deliver", "--users"]);
    let ended = run(words.arg(above.join("Users")).arg("mrose").uid(OWNER).gid(OWNER), b"x\n");
    fs::rename(above.join("Users"), users.directory()).expect("the old place");
    assert_eq!(ended.code, Some(75), "{}", ended.stderr);
    let helps = format!("(os error 13); {} belongs to user 0, mode 0700: chown it, or run", above.display());
    assert!(ended.stderr.contains(&helps), "{}", ended.stderr);
}

fn hears(pop: &mut Pop, command: &str, reply: &str) {
    let heard = pop.ask(command);
    assert!(heard.starts_with(reply), "{command}: {heard}");
}

#[test]
fn a_user_whose_file_cannot_be_read_hears_that() {
    let Some(users) = users_of_owner() else { return };
    chown(users.path("mrose"), Some(0), Some(0)).expect("a new owner");
    let running = Running::start(server(&users).uid(OWNER).gid(OWNER));
    let mut pop = running.open();
    hears(&mut pop, "USER mrose", "+OK");
    hears(&mut pop, "PASS secret", "-ERR unable to open mrose's maildrop: Permission denied");
    let hiding = Running::start(server(&users).arg("--hide-users").uid(OWNER).gid(OWNER));
    let mut pop = hiding.open();
    hears(&mut pop, "USER mrose", "+OK");
    hears(&mut pop, "PASS secret", "-ERR invalid password");
}

/// It is unmounted, say, or closed: nobody knows who is a user.
#[test]
fn a_directory_that_has_gone_says_nothing_about_its_users() {
    let users = users();
    let (running, hiding) =
        (Running::start(&mut server(&users)), Running::start(server(&users).arg("--hide-users")));
    let gone = users.directory().with_file_name("gone");
    fs::rename(users.directory(), gone).expect("another name");
    let mut pop = running.open();
    hears(&mut pop, "USER mrose", "-ERR unable to open mrose's maildrop: No such file");
    hears(&mut pop, "USER frated", "-ERR unable to open frated's maildrop: No such file");
    hears(&mut pop, "USER a/b", "-ERR sorry, a/b doesn't get his mail here");
    hears(
        &mut pop,
        &format!("APOP mrose {}", "0".repeat(32)),
        "-ERR unable to open mrose's maildrop: No such",
    );
    let mut pop = hiding.open();
    for name in ["mrose", "frated"] {
        hears(&mut pop, &format!("USER {name}"), "+OK");
        hears(&mut pop, "PASS secret", "-ERR invalid password");
    }
    let log = log(&users);
    assert!(log.contains("the Users directory can't be used") && !log.contains("frated"), "{log}");
    let ended = run(deliver_command(&users).arg("mrose"), b"x\n");
    assert_eq!(ended.code, Some(75), "{}", ended.stderr);
}

/// One of somebody else, among those of a class.
#[test]
fn a_directory_of_transcripts_is_left_out() {
    let Some(users) = users_of_owner() else { return };
    let report = users.log().with_file_name("report");
    for person in ["ann", "closed"] {
        fs::create_dir_all(report.join(person)).expect("a directory");
        fs::write(report.join(person).join("1.txt"), "0.5 C: QUIT\n").expect("a file");
    }
    give(&report);
    fs::set_permissions(report.join("closed"), Permissions::from_mode(0o000)).expect("a mode");
    let ended = run(program(["transcripts"]).arg(&report).uid(OWNER).gid(OWNER), b"");
    assert_eq!(ended.stdout, "ann: 1 session in 0:00:01, 1 command, 0 refused\n    QUIT 1\n");
    assert!(ended.stderr.contains("closed: left out: Permission denied"), "{}", ended.stderr);
    assert_eq!(ended.code, Some(0));
}
