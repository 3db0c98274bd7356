//! Names that are no user's: none leads out of the Users directory, to a file that is no regular
//! one or has two names, or to the server's own notes, and none makes anybody wait.

use crate::common::fixture::TestServer;
use crate::common::pop::Pop;
use crate::common::program::make_fifo;
use crate::common::skipped;
use crate::player::escape::show;
use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

/// Names that are somewhere else, hidden, too long, or of other octets than a name may have.
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

/// Plants what is no user's file; the names under which somebody might try to have it.
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

/// USER may not know a name or may, as it does one with two links; nobody gets in with it.
#[test]
fn a_name_that_is_no_users_opens_nothing() {
    let server = TestServer::new();
    for name in planted(&server) {
        let mut pop = server.open();
        if ask(&mut pop, "USER ", &name, "").starts_with("+OK") {
            assert_eq!(name, b"hardlink", "{}", show(&name));
            assert_eq!(ask(&mut pop, "PASS secret", b"", ""), "-ERR invalid password");
        }
        let denied = ask(&mut pop, "APOP ", &name, &format!(" {}", "0".repeat(32)));
        assert_eq!(denied, "-ERR permission denied", "{}", show(&name));
    }
    let mut pop = server.open();
    assert!(ask(&mut pop, "USER ", b"with space", "").starts_with("-ERR USER takes one name"));
    assert!(pop.log_in("mrose", "secret").starts_with("+OK"));
}

#[test]
fn the_reply_shows_a_name_in_printable_octets_only() {
    let server = TestServer::new();
    let mut pop = server.open();
    assert_eq!(pop.ask(b"USER a\x1b[2J\xff"), "-ERR sorry, a?[2J? doesn't get his mail here");
    let log = server.log();
    assert!(log.contains("no such user") && !log.contains('\x1b'), "{log}");
}

#[test]
fn hidden_users_include_these_names() {
    let server = TestServer::with(&["--hide-users"]);
    for name in planted(&server) {
        let mut pop = server.open();
        let reply = ask(&mut pop, "USER ", &name, "");
        assert!(reply.starts_with("+OK ") && reply.len() <= 510, "{reply}");
        assert_eq!(ask(&mut pop, "PASS secret", b"", ""), "-ERR invalid password", "{}", show(&name));
    }
}

/// What was reached by a name is as it was, and there are no notes about it.
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
fn forty_octets_are_a_name() {
    let server = TestServer::new();
    let name = "!~a.b-c_{}$&'\"\\*?<>".to_owned() + &"z".repeat(21);
    assert_eq!(name.len(), 40);
    server.write(&name, b"pw\n");
    let mut pop = server.open();
    assert_eq!(pop.ask(format!("USER {name}")), format!("+OK {name} is a real hoopy frood"));
    assert_eq!(pop.ask("PASS pw"), format!("+OK {name}'s maildrop has 0 messages (0 octets)"));
}

/// A user may have a dot in the name; nobody else's notes are touched for it.
#[test]
fn names_that_resemble_those_of_notes() {
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

/// The server's own notes are opened as carefully as a maildrop.
#[test]
fn notes_that_are_no_regular_files() {
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
