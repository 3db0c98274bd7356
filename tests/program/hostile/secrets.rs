//! Secrets: wherever a client types a password, neither it nor its digest appears in the log at any
//! level, on standard error, in a reply, or in the `Debug` text of a type.

use super::in_process::users;
use crate::common::fixture::Files;
use crate::common::pop::Pop;
use crate::common::program::{finish, inetd, program, run};
use crate::player::users::TestUsers;
use md5::{Digest, Md5};
use pop1081::maildrop::Maildrop;
use pop1081::protocol::command::Command;
use pop1081::protocol::credentials::{Password, UserName};
use pop1081::users::Users;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;

/// In every password and every wrong one, so that it can be searched for.
const MARK: &str = "Xyzzy";
const RIGHT: &str = "Xyzzy-on-line-one";

/// One session each.
const SLIPS: [&str; 10] = [
    "PASS Xyzzy-too-early\r\n",
    "USER trillian\r\nPASS Xyzzy-wrong\r\nUSER trillian\r\nPASS Xyzzy-wrong-again\r\n",
    "USER trillian\r\nPASS Xyzzy-on-line-one\r\nPASS Xyzzy-again\r\n",
    "USER zarniwoop\r\nPASS Xyzzy-on-line-one\r\n",
    "USER long\r\nPASS Xyzzy\r\n",
    "USER trillian\r\nPASS\tXyzzy-tab\r\nPASS  Xyzzy-space\r\n",
    "USER trillian\r\nPASSXyzzy-joined\r\nPAS Xyzzy-typo\r\nPASSWORD Xyzzy\r\nXyzzy-alone\r\nLOGIN trillian Xyzzy\r\n",
    "USER trillian Xyzzy-with-name\r\n",
    "APOP trillian Xyzzy-for-a-digest\r\nAPOP trillian\r\nAPOP trillian Xyzzy Xyzzy\r\n",
    "USER trillian\r\nPASS Xyzzy-never-ended",
];

/// A password in place of another argument. The memo's reply to USER repeats its argument, and a
/// transcript shows arguments as they were given, so these stand apart.
const MISPLACED: [&str; 7] = [
    "USER trillian\r\nPASS Xyzzy-on-line-one\r\nSTAT Xyzzy\r\nXyzzy\r\nQUIT Xyzzy\r\n",
    "USER Xyzzy\r\n",
    "USER Xyzzy-for-a-name\r\n",
    "USER Xyzzy\x1b[1m\r\n",
    "USER trillian/Xyzzy\x07\r\n",
    "USER trillian\r\nRPOP Xyzzy-for-a-remote-user\r\n",
    "APOP Xyzzy-for-a-name c4c9334bac560ecc979e58001b3e22fb\r\n",
];

pub fn digest(timestamp: &str, password: &[u8]) -> String {
    let digest = Md5::new().chain_update(timestamp).chain_update(password).finalize();
    digest.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn users_with_secrets() -> TestUsers {
    let users = users();
    users.write("trillian", format!("{RIGHT}\nFrom a\nSubject: x\n\n").as_bytes());
    users.write("zarniwoop", format!("{RIGHT}\nno mailbox\n").as_bytes());
    users.write("long", format!("Xyzzy-{}\n", "y".repeat(3000)).as_bytes());
    users
}

/// Every slip, a line that is too long, and both kinds of APOP, on a connection each; the replies,
/// without those that repeat an argument, and the digests that were used.
fn commit_all(address: &str, misplaced: bool) -> (String, Vec<String>) {
    let too_long = format!("USER trillian\r\nPASS {}\r\n", "Xyzzy".repeat(300));
    let (mut said, mut digests) = (String::new(), vec![digest("", RIGHT.as_bytes())]);
    let open = || Pop::greeted(TcpStream::connect(address).expect("a connection"));
    for slip in SLIPS.iter().copied().chain([too_long.as_str()]) {
        let mut pop = open();
        pop.send(slip.as_bytes());
        pop.close_output();
        said += &String::from_utf8_lossy(&pop.rest());
    }
    for slip in MISPLACED.iter().filter(|_| misplaced) {
        let mut pop = open();
        pop.send(slip.as_bytes());
        pop.close_output();
        drop(pop.rest());
    }
    for password in [RIGHT, "Xyzzy-wrong"] {
        let mut pop = open();
        let digest = digest(&pop.timestamp, password.as_bytes());
        said += &pop.ask(format!("APOP trillian {digest}"));
        if misplaced {
            said += &pop.ask(format!("APOP {digest} trillian"));
        }
        digests.push(digest);
        said += &pop.quit();
    }
    (said, digests)
}

#[track_caller]
fn assert_secret(text: &str, digests: &[String]) {
    for secret in digests.iter().map(String::as_str).chain([MARK, &MARK.to_uppercase(), &MARK.to_lowercase()])
    {
        let line = text.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret} is in {line:?}");
    }
}

/// What a server leaves after every slip.
struct Left {
    log: String,
    said: String,
    digests: Vec<String>,
    transcripts: String,
}

fn served(options: &[&str], level: &str) -> Left {
    let users = users_with_secrets();
    let mut command =
        program(["--listen", "127.0.0.1:0", "--hostname", "dewey", "--login-delay", "0", "--users"]);
    command.arg(users.directory()).args(options).env("RUST_LOG", level);
    let directory = users.directory().with_file_name("transcripts");
    let transcribed = options.contains(&"--transcript");
    if transcribed {
        fs::create_dir(&directory).expect("a directory");
        command.arg(&directory);
    }
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program");
    let mut first = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut first).expect("a line");
    let address = first.trim_end().strip_prefix("listening on ").expect("an address");
    let (said, digests) = commit_all(address, !transcribed);
    child.kill().expect("to be killed");
    let log = finish(&mut child).stderr;
    Left { log, said, digests, transcripts: if transcribed { all_in(&directory) } else { String::new() } }
}

fn all_in(directory: &Path) -> String {
    let files = fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry").path());
    files.map(|path| String::from_utf8_lossy(&fs::read(path).expect("a file")).into_owned()).collect()
}

#[test]
fn no_log_and_no_reply_contains_one() {
    for options in [&[][..], &["--hide-users"]] {
        for level in ["trace", "debug", "warn"] {
            let Left { log, said, digests, .. } = served(options, level);
            assert!(
                log.contains("trillian from") && said.contains("+OK trillian's maildrop has"),
                "{log}{said}"
            );
            assert_secret(&log, &digests);
            assert_secret(&said, &digests);
        }
    }
}

#[test]
fn no_transcript_contains_one() {
    let Left { log, digests, transcripts, .. } = served(&["--transcript"], "trace");
    assert!(transcripts.contains("USER trillian") && transcripts.contains("PASS"), "{transcripts}");
    assert_secret(&transcripts, &digests);
    assert_secret(&log, &digests);
}

#[test]
fn no_log_and_no_reply_of_inetd_contains_one() {
    let users = users_with_secrets();
    for slip in SLIPS.into_iter().chain(MISPLACED) {
        let ended = run(inetd(&users).env("RUST_LOG", "trace"), slip.as_bytes());
        assert_eq!(ended.code, Some(0));
        assert!(ended.stderr.contains("connected"));
        assert_secret(&ended.stderr, &[]);
        assert!(MISPLACED.contains(&slip) || !ended.stdout.contains(MARK), "{slip}");
    }
}

#[test]
fn no_debug_text_contains_one() {
    let users = users_with_secrets();
    let directory = Users::new(&users.directory()).expect("a Users directory");
    let name = UserName::new(b"trillian").expect("a name");
    let account = directory.find(&name).expect("a user");
    let mut shown = format!("{:?} {:?}", Password::new(MARK.as_bytes()), Command::parse(b"PASS Xyzzy"));
    shown += &format!("{directory:?} {account:#?}");
    let identified = account.check_password(&Password::new(RIGHT.as_bytes())).expect("the right password");
    shown += &format!("{identified:?}");
    let maildrop = Maildrop::open(identified).expect("a maildrop");
    shown += &format!("{:?} {:?}", maildrop.remaining(), maildrop.name);
    let octets: Vec<String> = MARK.bytes().map(|octet| octet.to_string()).collect();
    assert_secret(&shown, &[octets.join(", "), octets.join(",\n")]);
    assert!(shown.contains("trillian"));
}
