//! `--practice`: every session has the maildrop as if it were a copy of its own.

use crate::common::fixture::TestServer;
use crate::common::program::{inetd, run};
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
