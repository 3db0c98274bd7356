//! Servers that are no servers: the examiner survives them, says what they did, and comes to an end.

use super::server::{NAME, PASSWORD};
use crate::player;
use crate::player::server::nobody_listens;
use pop1081::grade::catalogue::Library;
use pop1081::grade::catalogue::Rfc;
use pop1081::grade::examiner::{Examiner, Outcome};
use pop1081::grade::target::{Examinee, Unused};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// On a busy machine a server may come to say nothing in time: then it is examined again.
const PATIENCE: [Duration; 3] = [Duration::from_millis(60), Duration::from_secs(1), Duration::from_secs(10)];

/// Of how many dialogues one is played.
const SAMPLE: usize = 4;

/// Far longer than patience, wearing thin, allows for, also on a busy machine.
const LONGEST: Duration = Duration::from_secs(120);

/// Whoever connects is treated like this.
fn listen(treat: fn(TcpStream)) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            thread::spawn(move || treat(client));
        }
    });
    address
}

/// Examines it; what is said of the dialogues that failed.
#[track_caller]
fn examine(treat: fn(TcpStream), patience: Duration) -> Vec<String> {
    let library = Library::open().expect("sound data");
    let (name, password) = (NAME.to_owned(), PASSWORD.to_owned());
    let examinee = Examinee { address: listen(treat), unused: Unused::default(), name, password };
    let started = Instant::now();
    let some: Vec<&str> = library.dialogues.iter().step_by(SAMPLE).map(|one| one.id.as_str()).collect();
    let played = Examiner::new(&library, &examinee, None, patience).examine(
        Rfc::Rfc1081,
        |dialogue| some.contains(&dialogue.id.as_str()),
        &mut |_, _, _| {},
    );
    assert!(started.elapsed() < LONGEST, "it took {:?}", started.elapsed());
    assert!(played.len() > 40);
    let failures = played.iter().filter_map(|(_, outcome)| match outcome {
        Outcome::Failed(failure) => Some(failure.failure.came.clone()),
        _ => None,
    });
    failures.collect()
}

/// Examined, it fails with these words.
#[track_caller]
fn says(treat: fn(TcpStream), words: &str) {
    let mut failures = Vec::new();
    for patience in PATIENCE {
        failures = examine(treat, patience);
        if failures.iter().any(|failure| failure.contains(words)) {
            return;
        }
    }
    panic!("{words:?} is not in {failures:?}");
}

fn until_gone(client: &mut TcpStream) {
    let mut buffer = [0; 1024];
    while client.read(&mut buffer).is_ok_and(|count| count > 0) {}
}

#[test]
fn silence() {
    says(until_gone_quietly, "nothing in time");
}

#[test]
fn closed_at_once() {
    says(drop, "the connection closed");
}

#[test]
fn closed_after_a_word() {
    says(|mut client| drop(client.write_all(b"+OK he")), "\"+OK he\" before it");
}

#[test]
fn garbage() {
    let treat = |mut client: TcpStream| {
        let garbage: Vec<u8> = (0..=255).cycle().take(5000).collect();
        let _ = client.write_all(&garbage);
        until_gone(&mut client);
    };
    says(treat, "\\x0b\\x0c\\r");
}

#[test]
fn a_line_without_end() {
    says(|mut client| while client.write_all(&[b'+'; 8192]).is_ok() {}, "a line without end");
}

#[test]
fn lines_without_end() {
    let treat = |mut client: TcpStream| while client.write_all(&b"+OK\r\n".repeat(1000)).is_ok() {};
    says(treat, "more than was asked for");
}

#[test]
fn a_message_without_end() {
    // Whatever is asked for, it is granted, with a message that goes on and on.
    let treat = |mut client: TcpStream| {
        let _ = client.write_all(b"+OK\r\n");
        let mut buffer = [0; 1024];
        while client.read(&mut buffer).is_ok_and(|count| count > 0) {
            let said = buffer.starts_with(b"RETR");
            let _ = client.write_all(b"+OK\r\n");
            while said && client.write_all(&b"words\r\n".repeat(1000)).is_ok() {}
        }
    };
    says(treat, "lines and no end");
}

#[test]
fn an_octet_now_and_then() {
    let treat = |mut client: TcpStream| {
        for octet in b"+OK dewey POP3 server ready".iter().cycle() {
            thread::sleep(Duration::from_millis(10));
            if client.write_all(&[*octet]).is_err() {
                return;
            }
        }
    };
    says(treat, "so far");
}

/// Runs `pop1081 grade`; its exit code, and what it says on standard error.
fn grade(arguments: &[&str]) -> (Option<i32>, String) {
    let said = player::server::grade().args(arguments).output().expect("the program");
    let stdout = String::from_utf8_lossy(&said.stdout);
    assert!(stdout.is_empty() || said.status.success(), "{stdout}");
    (said.status.code(), String::from_utf8_lossy(&said.stderr).into_owned())
}

#[test]
fn nothing_listens() {
    let (_socket, address) = nobody_listens();
    let address = address.to_string();
    let (code, said) = grade(&["--user", "mrose", "--password-file", "Cargo.toml", &address]);
    assert_eq!(code, Some(69), "{said}");
}

#[test]
fn another_machine_is_left_alone() {
    // An address for documentation (RFC 5737): nothing is sent to it.
    let (code, said) = grade(&["--user", "mrose", "--password-file", "Cargo.toml", "192.0.2.1:110"]);
    assert_eq!(code, Some(64), "{said}");
    assert!(said.contains("--yes-delete-mail"), "{said}");
}

#[test]
fn usage_errors() {
    for arguments in [
        &["127.0.0.1:1"][..],
        &["--user", "mrose"],
        &["--user", "mrose", "a", "b"],
        &["--user", "mrose", "--rfc", "822", "127.0.0.1:1"],
        &["--user", "mrose", "--patience", "0", "127.0.0.1:1"],
        &["--user", "mrose", "--only", "nothing-such", "127.0.0.1:1"],
        &["--user", "mrose", "--only", "uidl-all", "127.0.0.1:1"],
        &["--user", "mrose", "--chapter", "Nothing", "127.0.0.1:1"],
        &["--user", "mrose", "--stage", "14", "127.0.0.1:1"],
        &["--list", "--stage", "x"],
        &["--start", "true", "127.0.0.1:1"],
        &["--each", "Cargo.toml", "127.0.0.1:1"],
        &["--each", "Cargo.toml", "--jobs", "0"],
        &["--start", "true", "--reset", "true"],
        &["--user", "mrose", "no address"],
        &["--password", "x", "--user", "mrose", "127.0.0.1:1"],
    ] {
        let (code, said) = grade(arguments);
        assert_eq!(code, Some(64), "{arguments:?}: {said}");
    }
    let (code, said) = grade(&["--each", "Cargo.toml"]);
    assert_eq!(code, Some(65), "{said}");
    let (code, said) = grade(&["--user", "mrose", "--password-file", "no/such/file", "127.0.0.1:1"]);
    assert!(code == Some(69) || code == Some(66), "{said}");
}

#[test]
fn print_maildrop() {
    let (code, said) = grade(&["--print-maildrop"]);
    assert_eq!((code, said.as_str()), (Some(0), ""));
    let directory = std::env::temp_dir().join(format!("pop1081-test-print-{}", std::process::id()));
    let place = directory.display().to_string();
    let (code, said) = grade(&["--print-maildrop", &place]);
    assert_eq!((code, said.as_str()), (Some(0), ""));
    let library = Library::open().expect("sound data");
    for (number, message) in (1..).zip(&library.maildrop) {
        let file = std::fs::read(directory.join(format!("{number:02}"))).expect("a file");
        let lines = file.strip_suffix(b"\n").unwrap_or(&file).split(|&octet| octet == b'\n');
        assert!(lines.eq(message.lines.iter().map(Vec::as_slice)), "message {number}");
        assert_ne!(file.ends_with(b"\n"), message.unended, "message {number}");
    }
    let files = std::fs::read_dir(&directory).expect("a directory").count();
    std::fs::remove_dir_all(&directory).expect("to remove it");
    assert_eq!(files, library.maildrop.len());
    assert_eq!(grade(&["--print-maildrop", "a", "b"]).0, Some(64));
    assert_eq!(grade(&["--print-maildrop", "Cargo.toml"]).0, Some(73));
}

/// What the program says of a server that cannot be examined: one sentence, and no report.
#[track_caller]
fn refused(treat: fn(TcpStream), patience: &str, code: i32, words: &str) {
    let address = listen(treat).to_string();
    let (found, said) =
        grade(&["--user", "mrose", "--password-file", "Cargo.toml", "--patience", patience, &address]);
    assert_eq!((found, said.lines().count()), (Some(code), 1), "{said}");
    assert!(said.contains(words), "{said}");
}

#[test]
fn no_pop3_server() {
    refused(until_gone_quietly, "1", 69, "no greeting came in time");
    refused(drop, "30", 69, "closed without a greeting");
    refused(
        |mut client| drop(client.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")),
        "30",
        69,
        "it greets with HTTP",
    );
}

fn until_gone_quietly(mut client: TcpStream) {
    until_gone(&mut client);
}

#[test]
fn a_wrong_password() {
    let treat = |mut client: TcpStream| {
        let _ = client.write_all(b"+OK ready\r\n");
        let mut buffer = [0; 1024];
        while client.read(&mut buffer).is_ok_and(|count| count > 0) {
            let refused = buffer.starts_with(b"PASS");
            let _ = client.write_all(if refused { b"-ERR no\r\n" } else { b"+OK\r\n" });
        }
    };
    refused(treat, "30", 77, "PASS was answered with -ERR no; are the user and the password right?");
}
