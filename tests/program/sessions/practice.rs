//! `--practice`: every session has the maildrop as if it were a copy of its own.

use super::apop::apop;
use crate::common::fixture::TestServer;
use crate::common::program::{inetd, program, run};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use xxhash_rust::xxh3::xxh3_128;

/// Every file below a directory, with its octets and the time of its last change.
fn everything(directory: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        let metadata = fs::symlink_metadata(&path).expect("a file");
        if metadata.is_dir() {
            found.extend(everything(&path));
            found.insert(path, (Vec::new(), metadata.modified().expect("a time")));
        } else {
            let octets = fs::read(&path).expect("a file");
            found.insert(path, (octets, metadata.modified().expect("a time")));
        }
    }
    found
}

#[test]
fn thirty_students_share_a_maildrop_and_each_empties_it() {
    let server = TestServer::with(&["--practice"]);
    let before = everything(&server.path(""));
    let mut students: Vec<_> = (0..30).map(|_| server.log_in("mrose", "secret")).collect();
    for pop in &mut students {
        assert_eq!(pop.ask("STAT"), "+OK 2 320");
        assert_eq!(pop.lines("RETR 2").len(), 8);
        assert_eq!(pop.ask("LAST"), "+OK 2");
        assert_eq!(pop.ask("DELE 1"), "+OK message 1 deleted");
        assert_eq!(pop.ask("DELE 2"), "+OK message 2 deleted");
        assert_eq!(pop.lines("UIDL").len(), 0);
    }
    for pop in students {
        assert_eq!(pop.quit(), "+OK dewey POP3 server signing off (maildrop empty)");
    }
    let mut again = server.log_in("mrose", "secret");
    assert_eq!(again.ask("STAT"), "+OK 2 320");
    assert_eq!(again.ask("LAST"), "+OK 0");
    assert_eq!(again.quit(), "+OK dewey POP3 server signing off (2 messages left)");
    assert_eq!(everything(&server.path("")), before);
}

/// Beside a server without `--practice`: its sidecar is read and not written, its lock ignored.
#[test]
fn beside_another_server() {
    let other = TestServer::new();
    let mut pop = other.log_in("mrose", "secret");
    pop.response("RETR 1");
    pop.quit();
    other.settle("mrose");
    let _locked = other.log_in("mrose", "secret");
    let before = everything(&other.path(""));
    let commands = b"USER mrose\r\nPASS secret\r\nLAST\r\nDELE 1\r\nQUIT\r\n";
    let ended = run(inetd(&other.users).arg("--practice"), commands);
    let replies: Vec<&str> = ended.stdout.lines().skip(3).collect();
    let goodbye = "+OK dewey POP3 server signing off (1 message left)";
    assert_eq!(replies, ["+OK 1", "+OK message 1 deleted", goodbye]);
    assert_eq!(everything(&other.path("")), before);
}

/// The file of an intent to move octets, without a payload.
fn unfinished_move() -> Vec<u8> {
    const MOVE: u64 = 1;
    let words = [2, MOVE, 7, 99, 0, 0, 0, 1024, 0, 0].map(u64::to_le_bytes);
    let payload = xxh3_128(b"").to_le_bytes();
    let mut intent = [&b"pop1081\x0a"[..], words.as_flattened(), &payload].concat();
    intent.resize(512 - 16, 0);
    let checksum = xxh3_128(&intent).to_le_bytes();
    [&intent[..], &checksum, &[0; 512]].concat()
}

/// Finishing somebody's change would be writing.
#[test]
fn a_maildrop_with_an_unfinished_change_is_refused() {
    let server = TestServer::with(&["--practice"]);
    fs::create_dir(server.path(".pop1081")).expect("a directory");
    server.write(".pop1081/mrose.lock", &unfinished_move());
    let before = everything(&server.path(""));
    assert_eq!(server.open().log_in("mrose", "secret"), "-ERR mrose's maildrop can't be parsed");
    assert!(server.log().contains("practice may not finish it"), "{}", server.log());
    assert_eq!(everything(&server.path("")), before);
}

/// A server with which all practise with mrose's maildrop.
fn with_mrose(transcripts: &[&str]) -> TestServer {
    TestServer::with(&[&["--practice=mrose"], transcripts].concat())
}

/// Users with their own passwords, and whoever has no file with any.
#[test]
fn all_practise_with_the_maildrop_of_one() {
    let server = with_mrose(&[]);
    let before = everything(&server.path(""));
    for (name, password) in
        [("mrose", "secret"), ("stef", "zaphod"), ("hermit", "alone"), ("alice", "x"), ("bob", "y z")]
    {
        let mut pop = server.open();
        assert_eq!(pop.ask(format!("USER {name}")), format!("+OK {name} is a real hoopy frood"));
        let ready = format!("+OK {name}'s maildrop has 2 messages (320 octets)");
        assert_eq!(pop.ask(format!("PASS {password}")), ready);
        assert_eq!(pop.lines("RETR 1").len(), 6);
        assert_eq!(pop.ask("DELE 1"), "+OK message 1 deleted");
        assert_eq!(pop.quit(), "+OK dewey POP3 server signing off (1 message left)");
    }
    for (name, password) in [("mrose", "zaphod"), ("stef", "secret"), ("hermit", " ")] {
        assert_eq!(server.open().log_in(name, password), "-ERR invalid password", "{name}");
    }
    assert_eq!(everything(&server.path("")), before);
}

#[test]
fn practice_by_apop_and_not_by_rpop() {
    let server = with_mrose(&[]);
    for (name, secret, right) in
        [("stef", "zaphod", true), ("stef", "secret", false), ("mrose", "secret", true), ("alice", "x", true)]
    {
        let mut pop = server.open();
        let reply = apop(&mut pop, name, secret.as_bytes());
        assert_eq!(reply.starts_with("+OK"), right, "{name}: {reply}");
    }
    let mut pop = server.open();
    assert!(pop.ask("USER alice").starts_with("+OK"));
    assert_eq!(pop.ask("RPOP alice"), "-ERR permission denied, RPOP needs a port below 1024");
}

/// Nobody gets a name that leads anywhere.
#[test]
fn names_for_practice_are_names_of_users() {
    let server = with_mrose(&[]);
    fs::create_dir(server.path("directory")).expect("a directory");
    for name in ["../mrose", ".hidden", "-x", "a/b", &"x".repeat(41)] {
        assert!(server.open().ask(format!("USER {name}")).starts_with("-ERR"), "{name}");
    }
    assert!(server.open().log_in("directory", "x").starts_with("-ERR unable to open"));
    fs::remove_file(server.path("mrose")).expect("a file");
    let reply = server.open().log_in("alice", "x");
    assert!(reply.contains("the maildrop for practice: No such file"), "{reply}");
}

#[test]
fn a_maildrop_for_practice_must_be_there() {
    let users = TestServer::new();
    let directory = users.path("");
    let directory = directory.to_str().expect("a plain path");
    for (name, code, says) in [
        ("--practice=frated", 67, "frated has no maildrop to practise with: No such file"),
        ("--practice=../mrose", 64, "--practice takes a user's name, not '../mrose'"),
        ("--practice=", 64, "--practice takes a user's name"),
    ] {
        let ended = run(&mut program([name, "-u", directory, "-l", "127.0.0.1:0"]), b"");
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(code), ""), "{name}: {}", ended.stderr);
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
    }
    let ended = run(&mut program(["-u", directory, "--practice", "mrose"]), b"");
    assert_eq!(ended.code, Some(64));
    assert!(ended.stderr.contains("as in --practice=mrose"), "{}", ended.stderr);
}
