//! Names of no user: none leads out of the Users directory, to a file that is not regular or has
//! two links, or to the server's control files, and none makes the server wait.

use crate::common::fixture::TestServer;
use crate::common::pop::Pop;
use crate::common::program::make_fifo;
use crate::common::skipped;
use crate::player::escape::show;
use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

/// Names that lead elsewhere, are hidden or too long, or contain octets that no name may have.
const NAMES: [&str; 33] = [
    "symlink",
    "link-inside",
    "dangling",
    "directory",
    "directory/",
    "hardlink",
    ".",
    "..",
    "../outside",
    "../Users/mrose",
    "./mrose",
    "/etc/passwd",
    "/etc/shadow",
    ".hidden",
    ".rhosts",
    ".rhosts/mrose",
    ".pop1081",
    ".pop1081/mrose.lock",
    "-x",
    "tab\there",
    "umlaut\u{e4}",
    "mrose/",
    "mrose\0",
    "mrose\0x",
    "mrose\r",
    "MROSE",
    "mrose.",
    "*",
    "~",
    "\u{7f}",
    "\x1b",
    "%2e%2e/outside",
    "..\\outside",
];

/// Creates what is no user's file; the names by which a client might try to reach it.
fn planted(server: &TestServer) -> Vec<Vec<u8>> {
    server.write("../outside", b"secret\nFrom a\nout of reach\n\n");
    let long = "x".repeat(41);
    for name in [".hidden", "-x", "with space", "tab\there", long.as_str(), "umlaut\u{e4}"] {
        server.write(name, b"secret\n");
    }
    let path = |name: &str| server.path(name);
    symlink(path("../outside"), path("symlink")).expect("a link");
    symlink(path("mrose"), path("link-inside")).expect("a link");
    symlink("nowhere", path("dangling")).expect("a link");
    fs::create_dir(path("directory")).expect("a directory");
    fs::hard_link(path("../outside"), path("hardlink")).expect("a link");
    let mut names: Vec<Vec<u8>> = NAMES.iter().map(|name| name.as_bytes().to_vec()).collect();
    names.extend([long.into_bytes(), b"\xff".to_vec(), b"mrose\xe4".to_vec(), vec![b'y'; 900]]);
    if make_fifo(&path("fifo")) {
        names.push(b"fifo".to_vec());
    }
    if plant_socket(server) {
        names.push(b"socket".to_vec());
    }
    names
}

/// The name of a socket must be short, so it is bound through the directory's descriptor.
fn plant_socket(server: &TestServer) -> bool {
    let directory = fs::File::open(server.users.directory()).expect("a directory");
    let bound = UnixListener::bind(format!("/proc/self/fd/{}/socket", directory.as_raw_fd()));
    if bound.is_err() {
        skipped("no /proc/self/fd");
    }
    bound.is_ok()
}

#[track_caller]
fn ask(pop: &mut Pop, keyword: &str, name: &[u8], rest: &str) -> String {
    pop.ask([keyword.as_bytes(), name, rest.as_bytes()].concat())
}

/// USER accepts a file with two links, but no login with it succeeds: a backup may have made the
/// other one, so nobody hears that the password is wrong.
#[test]
fn a_name_of_no_user_opens_nothing() {
    let server = TestServer::new();
    for name in planted(&server) {
        let mut pop = server.open();
        let mut expected = "-ERR permission denied";
        if ask(&mut pop, "USER ", &name, "").starts_with("+OK") {
            assert_eq!(name, b"hardlink", "{}", show(&name));
            expected = "-ERR unable to open hardlink's maildrop: it has more than one name";
            assert_eq!(ask(&mut pop, "PASS secret", b"", ""), expected);
        }
        let denied = ask(&mut pop, "APOP ", &name, &format!(" {}", "0".repeat(32)));
        assert_eq!(denied, expected, "{}", show(&name));
    }
    let mut pop = server.open();
    assert!(ask(&mut pop, "USER ", b"with space", "").starts_with("-ERR USER takes one name"));
    assert!(pop.log_in("mrose", "secret").starts_with("+OK"));
}

#[test]
fn the_reply_shows_printable_octets_only() {
    let server = TestServer::new();
    let mut pop = server.open();
    assert_eq!(pop.ask(b"USER a\x1b[2J\xff"), "-ERR sorry, a?[2J? doesn't get his mail here");
    let log = server.log();
    assert!(log.contains("no such user") && !log.contains('\x1b'), "{log}");
}

#[test]
fn with_hidden_users_these_names_look_like_all_others() {
    let server = TestServer::with(&["--hide-users"]);
    for name in planted(&server) {
        let mut pop = server.open();
        let reply = ask(&mut pop, "USER ", &name, "");
        assert!(reply.starts_with("+OK ") && reply.len() <= 510, "{reply}");
        assert_eq!(ask(&mut pop, "PASS secret", b"", ""), "-ERR invalid password", "{}", show(&name));
    }
}

/// Files that a name could reach are unchanged, and no control files are made.
#[test]
fn nothing_is_written_for_such_a_name() {
    let server = TestServer::new();
    let names = planted(&server);
    let outside = server.read("../outside");
    for name in &names {
        let mut pop = server.open();
        if ask(&mut pop, "USER ", name, "").starts_with("+OK") {
            ask(&mut pop, "PASS secret", b"", "");
        }
    }
    assert_eq!(server.read("../outside"), outside);
    assert!(!server.path(".pop1081").exists());
}

#[test]
fn a_name_may_have_forty_octets() {
    let server = TestServer::new();
    let name = "!~a.b-c_{}$&'\"\\*?<>".to_owned() + &"z".repeat(21);
    assert_eq!(name.len(), 40);
    server.write(&name, b"pw\n");
    let mut pop = server.open();
    assert_eq!(pop.ask(format!("USER {name}")), format!("+OK {name} is a real hoopy frood"));
    assert_eq!(pop.ask("PASS pw"), format!("+OK {name}'s maildrop has 0 messages (0 octets)"));
}

/// A name may contain a dot; the control files of other users are not touched.
#[test]
fn names_that_look_like_control_files() {
    let server = TestServer::new();
    let mut sessions = Vec::new();
    for name in ["u", "u.lock", "u.state", "u.lock.lock"] {
        server.write(name, b"pw\nFrom a\nx\n\n");
        sessions.push(server.log_in(name, "pw"));
    }
    sessions.into_iter().for_each(|mut pop| {
        pop.ask("DELE 1");
        assert_eq!(pop.quit(), "+OK dewey POP3 server signing off (maildrop empty)");
    });
    for name in ["u", "u.lock", "u.state", "u.lock.lock"] {
        assert_eq!(server.read(name), b"pw\n");
    }
}

/// Control files are opened as carefully as a maildrop.
#[test]
fn control_files_that_are_not_regular() {
    let server = TestServer::new();
    server.write("../outside", b"");
    fs::create_dir(server.path(".pop1081")).expect("a directory");
    let lock = server.path(".pop1081/mrose.lock");
    let refused = || {
        let reply = server.open().log_in("mrose", "secret");
        assert!(reply.starts_with("-ERR unable to open mrose's maildrop"), "{reply}");
    };
    symlink(server.path("../outside"), &lock).expect("a link");
    refused();
    fs::remove_file(&lock).expect("a link");
    fs::create_dir(&lock).expect("a directory");
    refused();
    fs::remove_dir(&lock).expect("a directory");
    if make_fifo(&lock) {
        refused();
        fs::remove_file(&lock).expect("a FIFO");
    }
    server.log_in("mrose", "secret").quit();
}
