//! The exit code of `pop1081 deliver`, one of sysexits(3): unless it is 0, the maildrop is as it was.

use super::users;
use crate::common::fixture::Files;
use crate::common::model::messages;
use crate::common::program::{
    Ended, deliver, deliver_command, deliver_to, finish, has, make_fifo, program, run,
};
use crate::common::{is_superuser, skipped};
use crate::player::users::TestUsers;
use std::fs::{self, File, OpenOptions, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Stdio};

#[track_caller]
fn assert_refused(users: &TestUsers, arguments: &[&str], message: &[u8], code: i32) -> Ended {
    let before = users.read("mrose");
    let ended = deliver(users, arguments, message);
    assert_eq!(ended.code, Some(code), "{arguments:?}: {}", ended.stderr);
    assert_eq!(ended.stdout, "");
    assert!(ended.stderr.starts_with("pop1081: ") && ended.stderr.lines().count() == 1, "{}", ended.stderr);
    assert_eq!(users.read("mrose"), before);
    ended
}

#[test]
fn usage_is_64() {
    let users = users();
    for arguments in
        [&[][..], &["mrose", "--all"], &["--nonsense", "mrose"], &["--max-message", "1k", "mrose"]]
    {
        assert_refused(&users, arguments, b"hello\n", 64);
    }
}

/// Refused before anything is written, and exactly at the limit.
#[test]
fn too_large_is_65() {
    let users = users();
    assert_refused(&users, &["--max-message", "5", "mrose"], b"hello\n", 65);
    assert!(!users.path(".pop1081").exists());
    let two_megabytes = vec![b'x'; 2 << 20];
    assert_refused(&users, &["--max-message", "2097151", "mrose"], &two_megabytes, 65);
    for (limit, message) in [("6", &b"hello\n"[..]), ("2097152", &two_megabytes), ("0", &two_megabytes)] {
        let ended = deliver(&users, &["--max-message", limit, "mrose"], message);
        assert_eq!(ended.code, Some(0), "{limit}: {}", ended.stderr);
    }
    assert_eq!(messages(&users.read("mrose")).len(), 5);
}

#[test]
fn what_never_ends_is_65() {
    let users = users();
    let Ok(zeros) = File::open("/dev/zero") else { return skipped("no /dev/zero") };
    let before = users.read("mrose");
    let mut child = deliver_command(&users)
        .args(["--max-message", "3000000", "mrose"])
        .stdin(zeros)
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    let ended = finish(&mut child);
    assert_eq!(ended.code, Some(65), "{}", ended.stderr);
    assert_eq!(users.read("mrose"), before);
}

/// It may not be mounted yet, and after any other code mail would be sent back.
#[test]
fn no_users_directory_and_no_log_is_75() {
    let ended = run(program(["deliver", "-u", "/nowhere"]).arg("mrose"), b"hello\n");
    assert_eq!(ended.code, Some(75), "{}", ended.stderr);
    assert_refused(&users(), &["--log", "/nowhere/log", "mrose"], b"hello\n", 75);
}

/// And none is created.
#[test]
fn no_such_user_is_67() {
    let users = users();
    let long = "x".repeat(41);
    let names = [
        "frated",
        "",
        ".",
        "..",
        "../Users/mrose",
        "/etc/passwd",
        ".rhosts",
        "mrose/",
        "m rose",
        "mros\u{e9}",
        &long,
    ];
    for name in names {
        assert_refused(&users, &[name], b"hello\n", 67);
    }
    assert_refused(&users, &["--", "-x"], b"hello\n", 67);
    assert!(!users.path("frated").exists() && !users.path("-x").exists());
    assert!(!users.path(".pop1081").exists());
}

/// It may be a user's file later: while rsnapshot or `cp -al` works, the file has a second name.
#[test]
fn a_file_that_is_no_users_is_75() {
    let users = users();
    symlink(users.path("mrose"), users.path("symlink")).expect("a link");
    users.write("twice", b"pw\n");
    fs::hard_link(users.path("twice"), users.path("hardlink")).expect("a link");
    fs::create_dir(users.path("directory")).expect("a directory");
    let mut names = vec!["symlink", "twice", "hardlink", "directory"];
    if make_fifo(&users.path("fifo")) {
        names.push("fifo");
    }
    for name in names {
        assert_refused(&users, &[name], b"hello\n", 75);
    }
    assert!(!users.path(".pop1081").exists());
    assert_eq!(users.read("twice"), b"pw\n");
}

#[test]
fn what_may_be_better_next_time_is_75() {
    let users = users();
    // The directory of the control files cannot be created.
    users.write(".pop1081", b"");
    assert_refused(&users, &["mrose"], b"hello\n", 75);
    fs::remove_file(users.path(".pop1081")).expect("a file");
    // The message cannot be read.
    let directory = File::open(users.directory()).expect("a directory");
    let before = users.read("mrose");
    let mut child = deliver_command(&users).arg("mrose").stdin(directory).spawn().expect("the program");
    assert_eq!(finish(&mut child).code, Some(75));
    assert_eq!(users.read("mrose"), before);
    // The maildrop cannot be opened.
    fs::set_permissions(users.path("stef"), Permissions::from_mode(0o0)).expect("a mode");
    if is_superuser() {
        return skipped("no modes that hold for this user");
    }
    assert_refused(&users, &["stef"], b"hello\n", 75);
}

/// It is an empty message: a closed descriptor cannot be told from /dev/null.
#[test]
fn standard_input_that_is_closed() {
    if !has("sh") {
        return;
    }
    let users = users();
    let delivery = deliver_command(&users);
    let status = Command::new("sh")
        .args(["-c", r#"exec "$0" "$@" 0<&-"#])
        .arg(delivery.get_program())
        .args(delivery.get_args())
        .arg("mrose")
        .stderr(Stdio::null())
        .status();
    assert_eq!(status.expect("a shell").code(), Some(0));
    let messages = messages(&users.read("mrose"));
    assert_eq!((messages.len(), messages[2].octets()), (3, 0));
}

/// A message that cannot be read is not taken for an empty one.
#[test]
fn standard_input_that_is_not_open_for_reading() {
    let users = users();
    let before = users.read("mrose");
    let unreadable = OpenOptions::new().append(true).open(users.path("hermit")).expect("a file");
    let mut child = deliver_command(&users).arg("mrose").stdin(unreadable).spawn().expect("the program");
    assert_eq!(finish(&mut child).code, Some(75));
    assert_eq!(users.read("mrose"), before);
}

/// A temporary file of a killed delivery with the same process-id does not stop the next one. In
/// containers every delivery may have the same.
#[test]
fn what_a_killed_delivery_has_left() {
    if !has("sh") {
        return;
    }
    let users = users();
    deliver_to(&users, "mrose", b"hello\n");
    let mut delivery = Command::new("sh");
    let script = r#": > "$CONTROL_FILES/mrose.$$" && exec "$0" deliver --users "$CONTROL_FILES/.." mrose"#;
    delivery.args(["-c", script, env!("CARGO_BIN_EXE_pop1081")]).env("CONTROL_FILES", users.path(".pop1081"));
    let ended = run(&mut delivery, &vec![b'x'; 2 << 20]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(messages(&users.read("mrose")).len(), 4);
}
