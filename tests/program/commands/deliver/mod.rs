//! `pop1081 deliver`: RETR sends what it was given.

mod exit_codes;
mod several;

use crate::common::fixture::{Files, TestServer};
use crate::common::mail::{maildrop, messages};
use crate::common::model::{Message, assert_serves, messages as modelled};
use crate::common::program::{deliver, deliver_command, deliver_to, finish, run};
use crate::common::wait_for;
use crate::player::users::TestUsers;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::process::Stdio;

fn users() -> TestUsers {
    TestUsers::copy_of_shipped().expect("a private Users directory")
}

/// The lines that RETR must send of a message that was given to `deliver`.
fn lines(message: &[u8]) -> Message {
    let with_separator = [b"pw\nFrom a\n", message].concat();
    // Not by the model, which removes quoting: of this message there is none to remove.
    let mut lines: Vec<Vec<u8>> =
        with_separator.split(|octet| *octet == b'\n').skip(2).map(<[u8]>::to_vec).collect();
    let ended = lines.pop_if(|last| last.is_empty()).is_some();
    let count = lines.len();
    for (number, line) in (1..).zip(&mut lines) {
        if (number < count || ended) && line.ends_with(b"\r") {
            line.pop();
        }
    }
    Message { lines }
}

const ROUND_TRIPS: [&[u8]; 20] = [
    b"Subject: plain\n\nLF\n",
    b"Subject: plain\r\n\r\nCRLF\r\n",
    b"Subject: mixed\r\n\nLF and CRLF\r\nend\n",
    b"no line end",
    b"Subject: x\n\nno line end",
    b"Subject: x\n\na CR at the end\r",
    b"Subject: x\n\na line of a CR at the end\n\r",
    b"Subject: x\r\n\r\nCRLF and a CR at the end\r\n\r",
    b"",
    b"\n",
    b"\r\n",
    b"\n\n\n\n",
    b"Subject: empty lines at the end\n\nx\n\n\n\n",
    b"Subject: x\n\nFrom here\n>From there\n>>From afar\n From a\n>> From b\n>\n>>>\n",
    b"\nFrom the body\n\nFrom after an empty line\n\nFrom\nFrom \nFrom",
    b">From the first line on\n>From\n",
    b"Subject: dots\n\n.\n..\n.x\n.",
    b"Subject: odd\n\n\x00\x01\x7f\x80\xff\rlone\r\rCRs\r\r\n\t\x0b\x0c\n",
    b"Subject: x\n\nFrom",
    b"Subject: x\n\nFrom ",
];

/// One after the other into one maildrop, of which every earlier octet stays.
#[test]
fn what_is_delivered_is_what_is_retrieved() {
    let server = TestServer::new();
    let mut expected = modelled(&server.read("stef"));
    for message in ROUND_TRIPS {
        deliver_to(&server.users, "stef", message);
        expected.push(lines(message));
        let file = server.read("stef");
        let separated = file.ends_with(b"\n\n") || file.ends_with(b"\n\r\n");
        assert!(separated, "an empty line ends it: {:?}", String::from_utf8_lossy(message));
        assert_eq!(modelled(&file), expected, "{:?}", String::from_utf8_lossy(message));
    }
    let mut pop = server.log_in("stef", "zaphod");
    assert_serves(&mut pop, &server.read("stef"));
    assert!(pop.quit().starts_with("+OK"));
}

#[test]
fn a_message_of_three_megabytes() {
    let server = TestServer::new();
    // Quoting and CRs fall on the ends of every buffer.
    let line = "From the line that is quoted, all the way to its end, of 61 octets\r\n";
    let message = format!("Subject: long\r\n\r\n{}", line.repeat(3_000_000 / line.len())).into_bytes();
    deliver_to(&server.users, "mrose", &message);
    let mut pop = server.log_in("mrose", "secret");
    let expected = lines(&message);
    assert_eq!(pop.ask("LIST 3"), format!("+OK 3 {}", message.len()));
    assert!(pop.response("RETR 3") == expected.retr());
}

/// A missing line end or empty line is added.
#[test]
fn the_end_of_a_maildrop_is_completed() {
    let server = TestServer::new();
    let ends: [&[u8]; 16] = [
        b"",
        b"pw",
        b"pw\n",
        b"pw\r\n",
        b"pw\n\n",
        b"pw\n\r\n\n",
        b"pw\nFrom a\nx",
        b"pw\nFrom a\nx\n",
        b"pw\nFrom a\nx\n\n",
        b"pw\nFrom a\nx\n\n\n",
        b"pw\r\nFrom a\r\nx\r\n",
        b"pw\r\nFrom a\r\nx\r\n\r\n",
        b"pw\nFrom a\nx\r",
        b"pw\nFrom a\nx\n\r",
        b"pw\nFrom a",
        b"pw\nFrom a\n",
    ];
    for end in ends {
        let what = String::from_utf8_lossy(end);
        server.write("u", end);
        deliver_to(&server.users, "u", b"Subject: new\n\nnew\n");
        let file = server.read("u");
        assert!(file.starts_with(end), "{what:?}");
        let mut expected = modelled(end);
        expected.push(lines(b"Subject: new\n\nnew\n"));
        assert_eq!(modelled(&file), expected, "{what:?}");
        let password = file.split(|octet| *octet == b'\n').next().expect("line one");
        assert_eq!(password.trim_ascii(), if end.is_empty() { &b""[..] } else { b"pw" });
        if !end.is_empty() {
            assert_serves(&mut server.log_in_when_free("u", "pw"), &file);
        }
    }
}

#[test]
fn no_mail_is_appended_to_what_cannot_be_parsed() {
    let users = users();
    for octets in [&b"pw\ngarbage\n"[..], b"pw\nFrom", b"pw\n \n"] {
        users.write("u", octets);
        let ended = deliver(&users, &["u"], b"hello\n");
        assert_eq!(ended.code, Some(75), "{}", ended.stderr);
        assert_eq!(users.read("u"), octets);
    }
}

/// `-f`, else a `From ` line in front, else Return-Path, else MAILER-DAEMON.
#[test]
fn the_sender_of_the_separator_line() {
    let users = users();
    let cases: [(&[&str], &str, &str, &str); 12] = [
        (&["-f", "ann@example.org"], "Subject: x\n\n", "ann@example.org", "Subject: x\n\n"),
        (&["-f", "ann@x"], "From bob@y Tue Nov  1 1988\nSubject: x\n", "ann@x", "Subject: x\n"),
        (&["-f", "ann@x"], "Return-Path: <bob@y>\n\n", "ann@x", "Return-Path: <bob@y>\n\n"),
        (&[], "From bob@y Tue Nov  1 1988\nSubject: x\n", "bob@y", "Subject: x\n"),
        (&[], "From bob@y\r\nReturn-Path: <c@z>\n", "bob@y", "Return-Path: <c@z>\n"),
        (&[], "Subject: x\nreturn-path: <bob@y>\n\n", "bob@y", "Subject: x\nreturn-path: <bob@y>\n\n"),
        (&[], "Return-Path: bob@y\n", "bob@y", "Return-Path: bob@y\n"),
        (&[], "Return-Path: <>\n\n", "MAILER-DAEMON", "Return-Path: <>\n\n"),
        (
            &[],
            "Subject: x\n\nReturn-Path: <bob@y>\n",
            "MAILER-DAEMON",
            "Subject: x\n\nReturn-Path: <bob@y>\n",
        ),
        (&[], "hello\n", "MAILER-DAEMON", "hello\n"),
        (&["-f", ""], "hello\n", "MAILER-DAEMON", "hello\n"),
        (&["-f", "a b\nFrom c"], "hello\n", "abFromc", "hello\n"),
    ];
    for (options, message, sender, text) in cases {
        users.write("u", b"pw\n");
        let ended = deliver(&users, &[options, &["u"]].concat(), message.as_bytes());
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let file = String::from_utf8(users.read("u")).expect("text");
        let (separator, rest) = file["pw\n".len()..].split_once('\n').expect("a separator line");
        assert_eq!(rest, format!("{text}\n"), "{message:?}");
        let words: Vec<&str> = separator.split_ascii_whitespace().collect();
        assert_eq!(words[..2], ["From", sender], "{message:?}");
        let [weekday, month, day, time, year] = words[2..] else { panic!("{separator}") };
        assert!(weekday.len() == 3 && month.len() == 3 && time.len() == 8, "{separator}");
        assert!((1..=31).contains(&day.parse().unwrap_or(0)) && year.len() == 4, "{separator}");
    }
}

/// A delivery waits for another writer and appends behind its mail.
#[test]
fn it_waits_for_a_lock_that_is_released() {
    let users = users();
    let new = messages(1).remove(0);
    users.write("u", &maildrop([]));
    let file = OpenOptions::new().append(true).open(users.path("u")).expect("a maildrop");
    fs2::FileExt::lock_exclusive(&file).expect("a lock");
    let mut command = deliver_command(&users);
    let mut child = command.arg("u").stdin(Stdio::piped()).spawn().expect("the program");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(b"hello\n").expect("to be read");
    drop(stdin);
    // It creates the lock file before it asks for the write lock.
    wait_for("the delivery to begin", || users.path(".pop1081/u.lock").exists().then_some(()));
    assert!(child.try_wait().expect("a process").is_none());
    (&file).write_all(&new).expect("to append");
    assert_eq!(users.read("u"), maildrop([&new]));
    drop(file);
    assert_eq!(finish(&mut child).code, Some(0));
    assert!(users.read("u").starts_with(&maildrop([&new])));
    assert_eq!(modelled(&users.read("u")).len(), 2);
}

/// If the maildrop is replaced while a delivery waits, the mail is appended to the new file.
#[test]
fn it_follows_the_name_and_not_the_file() {
    let users = users();
    for round in 1..=5 {
        users.write("u", &maildrop([]));
        let old = OpenOptions::new().append(true).open(users.path("u")).expect("a maildrop");
        fs2::FileExt::lock_exclusive(&old).expect("a lock");
        let control_files = users.path(".pop1081");
        let _ = fs::remove_dir_all(&control_files);
        let mut child = deliver_command(&users).arg("u").stdin(Stdio::null()).spawn().expect("the program");
        wait_for("the delivery to begin", || control_files.join("u.lock").exists().then_some(()));
        users.write("new", &maildrop(&messages(round)));
        fs::rename(users.path("new"), users.path("u")).expect("to rename");
        fs2::FileExt::unlock(&old).expect("to unlock");
        assert_eq!(finish(&mut child).code, Some(0));
        assert_eq!(old.metadata().expect("the old file").len(), maildrop([]).len() as u64);
        assert_eq!(modelled(&users.read("u")).len(), round + 1);
    }
}

#[test]
fn many_at_once_all_arrive_whole() {
    let users = users();
    users.write("u", b"pw\n");
    let text = |number: usize| format!("Subject: {number}\n\n{}\n", format!("line {number}\n").repeat(200));
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let (users, text) = (&users, &text);
            scope.spawn(move || {
                (0..5).for_each(|n| deliver_to(users, "u", text(writer * 5 + n).as_bytes()));
            });
        }
    });
    let mut arrived: Vec<Vec<Vec<u8>>> =
        modelled(&users.read("u")).into_iter().map(|message| message.lines).collect();
    let mut sent: Vec<Vec<Vec<u8>>> = (0..20).map(|number| lines(text(number).as_bytes()).lines).collect();
    arrived.sort();
    sent.sort();
    assert!(arrived == sent);
}

#[test]
fn a_delivery_is_logged() {
    let users = users();
    let ended = deliver(&users, &["mrose"], b"hello\n");
    assert!(ended.stderr.contains("mrose: delivered 6 octets"), "{}", ended.stderr);
    let log = users.log();
    let log = log.to_str().expect("a plain path");
    let ended = deliver(&users, &["--log", log, "mrose"], b"hello\n");
    assert_eq!(ended.stderr, "");
    assert!(fs::read_to_string(log).expect("a log").contains("mrose: delivered 6 octets"));
}

#[test]
fn the_log_has_no_password_at_any_level() {
    let users = users();
    users.write("trillian", b"Xyzzy-on-line-one\n");
    let ended = run(deliver_command(&users).env("RUST_LOG", "trace").arg("trillian"), b"hello\n");
    assert!(ended.stderr.contains("trillian: delivered"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("Xyzzy"), "{}", ended.stderr);
}
