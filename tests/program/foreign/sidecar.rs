//! The sidecar is a cache: whatever happens to it, the next login serves the correct numbers and
//! octets, and no message is marked that no RETR has referenced.

use crate::common::fixture::TestServer;
use crate::common::mail::{maildrop, message, messages, replaced};
use crate::common::model::{Message, assert_serves, messages as modelled};
use crate::common::pop::Pop;
use crate::common::program::make_fifo;
use std::fs;
use std::os::unix::fs::symlink;

const STATE: &str = ".pop1081/u.state";

/// A server where "u" has two messages, of which the first was retrieved, with unique-ids, and a
/// sidecar that the next login may use: an UPDATE has just removed a third.
fn server() -> (TestServer, Vec<u8>, Vec<String>) {
    let server = TestServer::new();
    server.write("u", &maildrop(&messages(3)));
    let mut pop = server.log_in("u", "pw");
    pop.response("RETR 1");
    pop.ask("DELE 3");
    let ids = pop.lines("UIDL");
    assert_eq!(pop.quit(), "+OK dewey POP3 server signing off (2 messages left)");
    let file = server.read("u");
    assert_eq!(file, maildrop(&messages(2)));
    assert_eq!(server.log_in("u", "pw").ask("LAST"), "+OK 1", "the sidecar is read");
    (server, file, ids)
}

/// A login sees the maildrop as it is. Marks may be lost, and never move to another message.
#[track_caller]
fn assert_right(server: &TestServer, file: &[u8], ids: &[String]) {
    let mut pop = server.log_in_when_free("u", "pw");
    let last = pop.ask("LAST");
    assert!(["+OK 0", "+OK 1"].contains(&last.as_str()), "{last}");
    assert_serves(&mut pop, file);
    assert_eq!(pop.lines("UIDL"), ids);
    pop.hang_up();
}

#[test]
fn it_is_removed() {
    let (server, file, ids) = server();
    fs::remove_file(server.path(STATE)).expect("a sidecar");
    assert_right(&server, &file, &ids);
}

#[test]
fn it_is_cut_anywhere() {
    let (server, file, ids) = server();
    let state = server.read(STATE);
    let messages = modelled(&file);
    for length in 0..state.len() {
        server.write(STATE, &state[..length]);
        let pop = server.log_in_when_free("u", "pw");
        assert!(serves(pop, &messages, &ids), "{length} octets are left of {}", state.len());
    }
}

#[test]
fn it_is_longer() {
    let (server, file, ids) = server();
    let state = server.read(STATE);
    for more in [1, 8, 64, 4096] {
        server.write(STATE, &[&state[..], &vec![0; more]].concat());
        assert_right(&server, &file, &ids);
    }
}

#[test]
fn it_is_something_else() {
    let (server, file, ids) = server();
    let state = server.read(STATE);
    let others = [
        vec![0; state.len()],
        vec![0xff; state.len()],
        b"pop1081".to_vec(),
        maildrop(&messages(2)),
        state.iter().rev().copied().collect(),
        [&state[..152], &state[152 + 64..], &state[152..152 + 64]].concat(),
    ];
    for other in others {
        server.write(STATE, &other);
        assert_right(&server, &file, &ids);
    }
}

/// Every octet in turn, one bit of it or two.
#[test]
fn a_bit_of_it_is_flipped() {
    let (server, file, ids) = server();
    let state = server.read(STATE);
    let messages = modelled(&file);
    let served_wrong = (0..state.len() * 8).step_by(7).filter(|bit| {
        let mut flipped = state.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        server.write(STATE, &flipped);
        !serves(server.log_in_when_free("u", "pw"), &messages, &ids)
    });
    let served_wrong: Vec<usize> = served_wrong.map(|bit| bit / 8).collect();
    assert!(served_wrong.is_empty(), "wrong for a flip in octets {served_wrong:?} of {}", state.len());
}

/// Whether a session serves these messages; a closed connection is wrong.
fn serves(mut pop: Pop, messages: &[Message], ids: &[String]) -> bool {
    let octets: u64 = messages.iter().map(Message::octets).sum();
    let list: String = (1..).zip(messages).map(|(n, m)| format!("{n} {}\r\n", m.octets())).collect();
    let uidl: String = ids.iter().map(|line| format!("{line}\r\n")).collect();
    let expected = [
        format!("+OK 2 {octets}\r\n+OK 2 messages ({octets} octets)\r\n{list}.\r\n").as_bytes(),
        &messages[0].retr(),
        &messages[1].top(0),
        &messages[1].retr(),
        format!("+OK\r\n{uidl}.\r\n+OK maildrop has 2 messages ({octets} octets)\r\n").as_bytes(),
    ]
    .concat();
    pop.send(b"LAST\r\nSTAT\r\nLIST\r\nRETR 1\r\nTOP 2 0\r\nRETR 2\r\nUIDL\r\nRSET\r\n");
    pop.close_output();
    let said = pop.rest();
    said.strip_prefix(b"+OK 0\r\n").or(said.strip_prefix(b"+OK 1\r\n")) == Some(&expected)
}

#[test]
fn it_is_that_of_another_maildrop() {
    let (server, file, ids) = server();
    server.write("v", &maildrop(&messages(5)));
    let mut pop = server.log_in("v", "pw");
    pop.response("RETR 5");
    pop.ask("DELE 2");
    pop.quit();
    fs::copy(server.path(".pop1081/v.state"), server.path(STATE)).expect("a copy");
    assert_right(&server, &file, &ids);
}

/// The same sidecar beside a copy of the same maildrop, which has another inode.
#[test]
fn the_maildrop_is_a_copy() {
    let (server, file, ids) = server();
    server.write("copy", &file);
    fs::rename(server.path("copy"), server.path("u")).expect("to rename");
    assert_right(&server, &file, &ids);
}

#[test]
fn a_directory_or_a_link_or_a_fifo_is_in_its_place() {
    let (server, file, ids) = server();
    let state = server.path(STATE);
    fs::rename(&state, server.path("../state")).expect("to rename");
    symlink(server.path("../state"), &state).expect("a link");
    assert_right(&server, &file, &ids);
    fs::remove_file(&state).expect("a link");
    fs::create_dir(&state).expect("a directory");
    assert_right(&server, &file, &ids);
    fs::remove_dir(&state).expect("a directory");
    if make_fifo(&state) {
        assert_right(&server, &file, &ids);
    }
}

/// Unfinished files of a crash have no effect and do not prevent new ones.
#[test]
fn unfinished_control_files_of_a_crash() {
    for file_name in [".pop1081/u.tmp", ".pop1081/u.new"] {
        for octets in [&b""[..], b"garbage", &[0; 5000], &maildrop(&messages(9))] {
            let (server, file, ids) = server();
            server.write(file_name, octets);
            assert_right(&server, &file, &ids);
            let mut pop = server.log_in_when_free("u", "pw");
            pop.ask("DELE 2");
            assert_eq!(pop.quit(), "+OK dewey POP3 server signing off (1 message left)");
            assert_eq!(server.read("u"), maildrop(&messages(1)));
            assert_eq!(server.log_in("u", "pw").ask("LAST"), "+OK 1", "the new sidecar is read");
        }
    }
}

/// Also within one tick of the file system's clock, with size and time as they were.
#[test]
fn an_edit_right_after_an_update() {
    for round in 0..10 {
        let (server, file, _) = server();
        let modified = fs::metadata(server.path("u")).and_then(|m| m.modified()).expect("a time");
        let edited: Vec<u8> = file.iter().map(|o| if *o == b'y' { b'\n' } else { *o }).collect();
        server.write("u", &edited);
        let opened = fs::OpenOptions::new().write(true).open(server.path("u")).expect("a maildrop");
        if round % 2 == 0 {
            opened.set_modified(modified).expect("a time");
        }
        let mut pop = server.log_in_when_free("u", "pw");
        assert_serves(&mut pop, &edited);
        pop.hang_up();
    }
}

/// A large maildrop changed in its middle and at its end looks as if it had only grown. After a RETR
/// has found out, the sidecar is dropped; in any case no message is removed because of it.
#[test]
fn an_edit_in_the_middle_with_mail_at_the_end() {
    for (found_out, deleted) in
        [(true, None), (true, Some(1)), (true, Some(3)), (true, Some(6)), (false, Some(1)), (false, Some(3))]
    {
        let (server, edited) = only_seems_to_have_grown();
        let mut pop = server.log_in("u", "pw");
        if found_out {
            let response = pop.response("RETR 4");
            assert!(response.starts_with(b"-ERR") || response == modelled(&edited)[3].retr());
        }
        if let Some(number) = deleted {
            pop.ask(format!("DELE {number}"));
        }
        let goodbye = pop.quit();
        let file = server.read("u");
        if goodbye.starts_with("-ERR") || deleted.is_none() {
            assert_eq!(file, edited, "{goodbye}");
        } else {
            let messages = (1..).zip(modelled(&edited));
            let left = messages.filter(|(number, _)| Some(*number) != deleted).map(|(_, message)| message);
            assert_eq!(modelled(&file), left.collect::<Vec<_>>());
        }
        if found_out {
            assert_serves(&mut server.log_in("u", "pw"), &file);
        }
    }
}

/// Message 4 is made a part of message 3 in place, and another message comes at the end; the first
/// and the last octets that the sidecar knows are as they were.
fn only_seems_to_have_grown() -> (TestServer, Vec<u8>) {
    let body = "a line of a message that is long enough\n".repeat(20);
    let mail: Vec<Vec<u8>> = (1..=7).map(|n| message(n, &format!("Subject: {n}\n\n{body}"))).collect();
    let server = TestServer::new();
    server.write("u", &maildrop(&mail));
    let mut pop = server.log_in("u", "pw");
    pop.lines("UIDL");
    pop.ask("DELE 7");
    pop.quit();
    let edited = replaced(&maildrop(&mail[..6]), "From m4@", "xrom m4@");
    let edited = [edited, message(9, "new\n")].concat();
    server.write("u", &edited);
    server.settle("u");
    (server, edited)
}

/// Two messages were exchanged and one appended, so the maildrop seems to have grown only. A
/// removal finds out and is refused, and the next one succeeds.
#[test]
fn a_wrong_one_is_used_once_only() {
    let server = TestServer::new();
    let long = "x".repeat(600);
    let texts = [long.as_str(), "two", "three, which is longer", long.as_str()];
    let m: Vec<_> = (1..).zip(texts).map(|(number, text)| message(number, text)).collect();
    server.write("u", &maildrop(&m));
    let mut pop = server.log_in("u", "pw");
    pop.lines("UIDL");
    pop.quit();
    server.settle("u");
    let exchanged = [m[0].clone(), m[2].clone(), m[1].clone(), m[3].clone(), message(5, "new")];
    server.write("u", &maildrop(&exchanged));
    let remove = || {
        let mut pop = server.log_in_when_free("u", "pw");
        assert_eq!(pop.ask("DELE 2"), "+OK message 2 deleted");
        pop.quit()
    };
    assert_eq!(remove(), "-ERR deleted messages not removed: another program has changed the maildrop");
    assert_eq!(remove(), "+OK dewey POP3 server signing off (4 messages left)");
    assert_eq!(server.read("u"), maildrop([&m[0], &m[1], &m[3], &exchanged[4]]));
}
