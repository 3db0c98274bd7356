//! `pop1081 check` reports each fault of a Users directory with its file and line, reports nothing
//! else, and changes nothing.

mod maildrops;

use crate::common::fixture::{Files, TestServer};
use crate::common::program::{Ended, finish, has, make_fifo, program, run};
use crate::common::{skipped, wait_for};
use crate::player::users::TestUsers;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};

const SEPARATOR: &str = "From ann@example.org Sat Nov 21 09:00:00 2026\n";

fn users() -> TestUsers {
    TestUsers::copy_of_shipped().expect("a private Users directory")
}

fn check_command(users: &TestUsers) -> Command {
    program(["check", "--users", users.directory().to_str().expect("a plain path")])
}

fn check(users: &TestUsers) -> Ended {
    run(&mut check_command(users), b"")
}

/// The findings, without the directory in front.
#[track_caller]
fn findings(users: &TestUsers) -> Vec<String> {
    let ended = check(users);
    let lines: Vec<String> = ended.stdout.lines().map(str::to_owned).collect();
    let code = if lines.is_empty() { 0 } else { 65 };
    assert_eq!(ended.code, Some(code), "{}{}", ended.stdout, ended.stderr);
    let counted = match lines.len() {
        0 => String::new(),
        1 => "pop1081: 1 finding\n".to_owned(),
        many => format!("pop1081: {many} findings\n"),
    };
    assert_eq!(ended.stderr, counted);
    let directory = format!("{}/", users.directory().display());
    lines.iter().map(|line| line.strip_prefix(&directory).unwrap_or(line).to_owned()).collect()
}

/// There is one finding, at this file and line, about this.
#[track_caller]
fn assert_finds(users: &TestUsers, at: &str, what: &str) {
    let found = findings(users);
    assert!(
        found.len() == 1 && found[0].starts_with(&format!("{at}: ")) && found[0].contains(what),
        "wanted {at}: …{what}…, found {found:#?}"
    );
}

#[test]
fn the_shipped_users_have_no_fault() {
    let users = users();
    assert_eq!(findings(&users), [""; 0]);
}

/// Whatever sessions and deliveries leave.
#[test]
fn a_directory_in_use_has_no_fault() {
    let server = TestServer::new();
    server.settle("mrose");
    let mut pop = server.log_in("mrose", "secret");
    assert!(pop.ask("DELE 1").starts_with("+OK"));
    assert_eq!(findings(&server.users), [""; 0], "during a session");
    pop.quit();
    crate::common::program::deliver_to(&server.users, "mrose", b"Subject: x\n\nFrom here\n\nFrom there\n");
    server.log_in("stef", "zaphod").quit();
    assert_eq!(findings(&server.users), [""; 0]);
    assert!(!server.log().contains("finding"), "{}", server.log());
}

#[test]
fn names_that_no_user_can_have() {
    for name in [".hidden", "-u", "two words", "caf\u{e9}", &"x".repeat(41)] {
        let users = users();
        users.write(name, b"pw\n");
        assert_finds(&users, name, "not a valid user name");
    }
    let users = users();
    users.write("a\nb", b"pw\n");
    assert_finds(&users, "a\\nb", "not a valid user name");
}

#[test]
fn files_that_are_not_regular_are_never_opened() {
    let users = users();
    fs::create_dir(users.path("a")).expect("a directory");
    symlink("/dev/zero", users.path("b")).expect("a link");
    symlink(users.path("mrose"), users.path("c")).expect("a link");
    let _socket = UnixListener::bind(users.path("d")).expect("a socket");
    let mut expected = vec!["a: it is a directory", "b: it is a symbolic link", "c: it is a symbolic link"];
    expected.push("d: it is a socket");
    if make_fifo(&users.path("e")) {
        expected.push("e: it is a FIFO");
    }
    let found = findings(&users);
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    assert!(found.iter().zip(&expected).all(|(f, e)| f.starts_with(e)), "{found:#?}");
}

#[test]
fn a_device() {
    let users = users();
    let path = users.path("null");
    let made = has("mknod") && Command::new("mknod").arg(&path).args(["c", "1", "3"]).output().is_ok();
    if !made || !path.exists() {
        return skipped("no right to make a device");
    }
    assert_finds(&users, "null", "it is a device");
}

#[test]
fn hard_links() {
    let users = users();
    users.write("u", b"pw\n");
    fs::hard_link(users.path("u"), users.path("v")).expect("a link");
    let found = findings(&users);
    assert!(found.len() == 2 && found.iter().all(|line| line.contains("hard link")), "{found:#?}");
}

#[test]
fn modes() {
    let users = users();
    users.write("u", b"pw\n");
    for (mode, what) in [(0o644, "others may read it (mode 0644)"), (0o620, "others may write to it")] {
        fs::set_permissions(users.path("u"), Permissions::from_mode(mode)).expect("a mode");
        assert_finds(&users, "u", what);
    }
    fs::set_permissions(users.path("u"), Permissions::from_mode(0o600)).expect("a mode");
    fs::set_permissions(users.directory(), Permissions::from_mode(0o777)).expect("a mode");
    let found = findings(&users);
    assert!(found.len() == 1 && found[0].contains("others may put files there"), "{found:#?}");
}

#[test]
fn rpop_files() {
    let users = users();
    users.write(".rhosts/mrose", b"# the lab\n\n127.0.0.1 mrose\ndewey mrose\n::1 a b\n192.0.2.7\n1.2.3 x\n");
    users.write(".rhosts/nobody", b"");
    symlink("/dev/zero", users.path(".rhosts/stef")).expect("a link");
    fs::set_permissions(users.path(".rhosts/mrose"), Permissions::from_mode(0o666)).expect("a mode");
    let expected = [
        ".rhosts/mrose: others may write to it",
        ".rhosts/mrose:4: the line admits nobody: the first word is not a numeric address",
        ".rhosts/mrose:5: the line admits nobody: more than an address and a remote user",
        ".rhosts/mrose:6: the line admits nobody: no remote user after the address",
        ".rhosts/mrose:7: the line admits nobody: the first word is not a numeric address",
        ".rhosts/nobody: there is no user of this name",
        ".rhosts/stef: it is a symbolic link",
    ];
    let found = findings(&users);
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    assert!(found.iter().zip(expected).all(|(f, e)| f.starts_with(e)), "{found:#?}");
    fs::remove_dir_all(users.path(".rhosts")).expect("a directory");
    symlink("/etc", users.path(".rhosts")).expect("a link");
    assert_finds(&users, ".rhosts", "not a directory");
}

#[test]
fn control_files() {
    let server = TestServer::new();
    server.log_in("mrose", "secret").quit();
    server.write(".pop1081/gone.lock", b"");
    server.write(".pop1081/garbage", b"");
    let found = findings(&server.users);
    assert_eq!(
        found,
        [
            ".pop1081/garbage: not one of the server's files",
            ".pop1081/gone.lock: it belongs to gone, and there is no such user"
        ]
    );
    fs::remove_file(server.path(".pop1081/gone.lock")).expect("a file");
    fs::remove_file(server.path(".pop1081/garbage")).expect("a file");
}

/// An old sidecar is no fault; one that claims to be current and is wrong is one.
#[test]
fn sidecars() {
    let server = TestServer::new();
    server.settle("mrose");
    server.log_in("mrose", "secret").quit();
    let mut state = server.read(".pop1081/mrose.state");
    assert_eq!(findings(&server.users), [""; 0]);
    *state.last_mut().expect("a record") ^= 1;
    server.write(".pop1081/mrose.state", &state);
    assert_finds(&server.users, "mrose", "the sidecar (its .state file) claims");
    server.write("mrose", &server.read("mrose"));
    assert_eq!(findings(&server.users), [""; 0]);
}

/// It gives up after two seconds.
#[test]
fn a_maildrop_that_is_being_written() {
    let users = users();
    let file = File::open(users.path("mrose")).expect("a maildrop");
    fs2::FileExt::lock_exclusive(&file).expect("the write lock");
    assert_finds(&users, "mrose", "not checked: another program is writing to it");
}

/// Names, octets, modes and times are as before.
#[test]
fn nothing_is_changed() {
    let server = TestServer::new();
    server.log_in("mrose", "secret").quit();
    server.write(".pop1081/garbage", b"garbage");
    server.write("u", b"pw\r\ntext\n");
    let before = snapshot(&server.users.directory());
    assert_eq!(findings(&server.users).len(), 3);
    assert_eq!(snapshot(&server.users.directory()), before);
}

type Seen = (String, u32, (i64, i64), (i64, i64), Vec<u8>);

fn snapshot(directory: &Path) -> Vec<Seen> {
    let mut seen = Vec::new();
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        let m = fs::symlink_metadata(&path).expect("metadata");
        let octets = if m.is_file() { fs::read(&path).expect("a file") } else { Vec::new() };
        let (changed, modified) = ((m.ctime(), m.ctime_nsec()), (m.mtime(), m.mtime_nsec()));
        seen.push((path.display().to_string(), m.mode(), changed, modified, octets));
        if m.is_dir() {
            seen.extend(snapshot(&path));
        }
    }
    seen.sort();
    seen
}

/// It logs their number and the command that lists them.
#[test]
fn a_server_reports_findings_at_its_start() {
    let users = users();
    users.write("u", b"pw\r\ntext\n");
    users.write(".hidden", b"");
    let directory = users.directory().into_os_string().into_string().expect("a plain path");
    let log = users.log();
    let mut child = program(["--listen", "127.0.0.1:0", "--users", &directory, "--log"])
        .arg(&log)
        .stdout(Stdio::null())
        .spawn()
        .expect("the program");
    let said = format!("3 findings in the Users directory; run: pop1081 check --users {directory}");
    wait_for("the log", || fs::read_to_string(&log).ok().filter(|text| text.contains(&said)));
    child.kill().expect("to be killed");
    child.wait().expect("to be gone");
}

#[test]
fn the_command_line() {
    let ended = run(&mut program(["check", "--users", "/nowhere"]), b"");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(66), ""));
    assert_eq!(run(&mut program(["check", "word"]), b"").code, Some(64));
    let explained = run(&mut program(["check", "--explain"]), b"");
    assert_eq!((explained.code, explained.stderr.as_str()), (Some(0), ""));
    for finding in [
        "not a valid user name",
        "not a regular file",
        "hard link",
        "others may read",
        "no password",
        "too long",
        "ends in CRLF",
        "text before the first separator line",
        "without a date",
        "without an empty line before it",
        "is not quoted",
        "left unfinished",
        "the sidecar claims",
        "the line admits nobody",
    ] {
        assert!(explained.stdout.contains(finding), "{finding}");
    }
}

#[test]
fn standard_output_that_cannot_be_written_is_74() {
    let Ok(full) = File::options().write(true).open("/dev/full") else { return skipped("no /dev/full") };
    let users = users();
    users.write("u", b"");
    let mut child = check_command(&users).stdout(full).stderr(Stdio::piped()).spawn().expect("the program");
    assert_eq!(finish(&mut child).code, Some(74));
}
