//! Thousands of hostile names: none logs in, opens anything, or makes the server wait. The kinds of
//! files that are no users are in `sessions/names`.

use crate::common::fixture::TestServer;
use crate::common::pop::Pop;
use crate::common::program::make_fifo;
use crate::common::{is_superuser, skipped};
use crate::player::escape::show;
use pop1081::limits::{BAD_COMMANDS_BEFORE_LOGIN, FAILED_LOGINS};
use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

const NAMES: usize = 5_000;
const SEED: u64 = 1081;
const OUTSIDE: &[u8] = b"secret\nFrom a\nout of reach\n\n";

/// Parts of names.
const PIECES: [&[u8]; 36] = [
    b"..",
    b".",
    b"/",
    b"//",
    b"../",
    b"/../",
    b"./",
    b"\\",
    b"mrose",
    b"stef",
    b"outside",
    b"Users",
    b"etc/passwd",
    b"proc/self/mem",
    b"dev/zero",
    b"dev/tty",
    b".pop1081",
    b".rhosts",
    b"mrose.lock",
    b"mrose.redo",
    b"symlink",
    b"fifo",
    b"device",
    b"directory",
    b"-",
    b"--users",
    b"\0",
    b"\r",
    b"\t",
    b"\x1b[2J",
    b"\xe4",
    b"\xc0\xaf",
    b"%2e%2e%2f",
    b"*",
    b"~root",
    b"$(id)",
];

/// splitmix64: the same names in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }

    /// A name that no user has, without LF, spaces and the octets of TELNET commands.
    fn name(&mut self) -> Vec<u8> {
        let mut name = Vec::new();
        for _ in 0..=self.below(6) {
            match self.below(8) {
                0 => name.extend((0..self.below(12)).map(|_| self.below(256) as u8)),
                1 => name.extend(PIECES[self.below(PIECES.len())].repeat(1 + self.below(20))),
                _ => name.extend(PIECES[self.below(PIECES.len())]),
            }
        }
        name.retain(|octet| !b"\n ".contains(octet) && *octet < 240);
        name.truncate(900);
        if name.is_empty() || USERS.contains(&name.as_slice()) { self.name() } else { name }
    }
}

const USERS: [&[u8]; 4] = [b"mrose", b"stef", b"dotty", b"hermit"];

fn names() -> Vec<Vec<u8>> {
    let mut random = Random(SEED);
    (0..NAMES).map(|_| random.name()).collect()
}

/// A server with everything to which a name may lead, all with the password "secret".
fn server(options: &[&str]) -> TestServer {
    let server = TestServer::with(options);
    server.write("../outside", OUTSIDE);
    symlink(server.path("../outside"), server.path("symlink")).expect("a link");
    fs::create_dir(server.path("directory")).expect("a directory");
    make_fifo(&server.path("fifo"));
    make_device(&server);
    server
}

/// A device on which a read waits.
fn make_device(server: &TestServer) {
    let mut mknod = Command::new("mknod");
    mknod.arg(server.path("device")).args(["c", "5", "0"]).stderr(Stdio::null());
    if !is_superuser() || !mknod.status().is_ok_and(|status| status.success()) {
        skipped("no device among the hostile names: only root makes one");
    }
}

/// What is in a directory, by name.
fn entries(server: &TestServer) -> Vec<String> {
    let found = fs::read_dir(server.users.directory()).expect("a directory");
    let mut names: Vec<String> =
        found.map(|e| e.expect("an entry").file_name().display().to_string()).collect();
    names.sort();
    names
}

#[track_caller]
fn assert_untouched(server: &TestServer, before: &[String]) {
    assert_eq!(server.read("../outside"), OUTSIDE);
    assert_eq!(entries(server), before);
    server.log_in("mrose", "secret").quit();
}

#[track_caller]
fn ask(pop: &mut Pop, command: &[&[u8]]) -> String {
    pop.ask(command.concat())
}

#[test]
fn user_accepts_none() {
    let server = server(&[]);
    let before = entries(&server);
    for some in names().chunks(BAD_COMMANDS_BEFORE_LOGIN as usize - 1) {
        let mut pop = server.open();
        for name in some {
            let reply = ask(&mut pop, &[b"USER ", name]);
            assert!(reply.starts_with("-ERR sorry, "), "{}: {reply}", show(name));
        }
    }
    assert_untouched(&server, &before);
}

#[test]
fn none_logs_in_with_hidden_users() {
    let server = server(&["--hide-users"]);
    let before = entries(&server);
    for some in names().chunks(FAILED_LOGINS as usize - 1) {
        let mut pop = server.open();
        for name in some {
            assert!(ask(&mut pop, &[b"USER ", name]).starts_with("+OK "));
            assert_eq!(ask(&mut pop, &[b"PASS ", b"secret"]), "-ERR invalid password", "{}", show(name));
        }
    }
    assert_untouched(&server, &before);
}

#[test]
fn none_logs_in_with_a_digest() {
    let server = server(&[]);
    let before = entries(&server);
    for some in names().chunks(FAILED_LOGINS as usize - 1) {
        let mut pop = server.open();
        let digest = super::secrets::digest(&pop.timestamp, b"secret");
        for name in some {
            let reply = ask(&mut pop, &[b"APOP ", name, b" ", digest.as_bytes()]);
            assert_eq!(reply, "-ERR permission denied", "{}", show(name));
        }
    }
    assert_untouched(&server, &before);
}
