//! Clients that leave without QUIT, leave in the middle of a line, or fall silent: the session
//! ends, nothing changes, and the maildrop is unlocked.

use crate::common::fixture::{Files, TestServer};
use crate::common::pop::Pop;
use crate::common::program::{Session, inetd, wait};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::thread;

#[track_caller]
fn assert_untouched(server: &TestServer, before: &[u8]) {
    let mut pop = server.log_in_when_free("mrose", "secret");
    assert_eq!(pop.ask("STAT"), "+OK 2 320");
    assert_eq!(pop.ask("LAST"), "+OK 0");
    assert_eq!(server.read("mrose"), before);
}

#[test]
fn half_a_line_before_the_end_is_no_command() {
    let server = TestServer::new();
    let before = server.read("mrose");
    for half in ["QUIT", "QUIT\r", "DELE 2", "QU", ""] {
        let mut pop = server.log_in_when_free("mrose", "secret");
        pop.ask("RETR 1");
        while pop.octets_of_line() != b"." {}
        pop.ask("DELE 1");
        pop.send(half.as_bytes());
        pop.hang_up();
        assert_untouched(&server, &before);
    }
}

#[test]
fn half_a_line_before_the_login_ends_the_session() {
    let server = TestServer::new();
    for half in ["USER mro", "\r", "PASS"] {
        let mut pop = server.open();
        pop.send(half.as_bytes());
        pop.hang_up();
    }
    server.log_in("mrose", "secret").quit();
}

/// A client that leaves during a long reply without having read any of it.
#[test]
fn a_client_that_reads_nothing_and_leaves() {
    let server = TestServer::new();
    let long = format!("pw\nFrom a\nSubject: long\n\n{}\n", "0123456789abcdef\n".repeat(500_000));
    server.write("long", long.as_bytes());
    let mut stream = TcpStream::connect(server.address()).expect("a connection");
    let commands = "USER long\r\nPASS pw\r\nDELE 1\r\nRSET\r\nRETR 1\r\nRETR 1\r\n";
    std::io::Write::write_all(&mut stream, commands.as_bytes()).expect("to be heard");
    drop(stream);
    let mut pop = server.log_in_when_free("long", "pw");
    assert_eq!(pop.ask("LAST"), "+OK 0");
    assert_eq!(server.read("long"), long.as_bytes());
}

/// After `--autologout` seconds of silence the session ends without a reply and without UPDATE,
/// on a socket and on a pipe.
#[test]
fn a_silent_client_is_logged_out() {
    let server = TestServer::with(&["--autologout", "2"]);
    let before = server.read("mrose");
    let mut on_tcp = server.log_in("mrose", "secret");
    on_tcp.ask("DELE 1");
    let unknown = server.open();

    let other = TestServer::new();
    let mut command = inetd(&other.users);
    let (on_pipe_session, mut on_pipe) = Session::on_pipes(command.args(["--autologout", "2"]));
    assert!(on_pipe.log_in("mrose", "secret").starts_with("+OK"));
    on_pipe.ask("DELE 1");

    let (client, end) = UnixStream::pair().expect("a pair");
    let end = OwnedFd::from(end);
    let mut command = inetd(&other.users);
    command.args(["--autologout", "2"]).stdin(end.try_clone().expect("a descriptor")).stdout(end);
    let mut process = command.spawn().expect("the program");
    drop(command);
    let mut on_unix = Pop::greeted(client);
    assert!(on_unix.log_in("stef", "zaphod").starts_with("+OK"));
    on_unix.ask("DELE 4");

    for pop in [on_tcp, unknown, on_pipe, on_unix] {
        pop.closed();
    }
    on_pipe_session.ends_well();
    assert_eq!(wait(&mut process).code(), Some(0));
    assert_untouched(&server, &before);
    assert_untouched(&other, &before);
    assert!(server.log().contains("an autologout of less than ten minutes"));
}

/// A client that keeps sending commands outlasts one that was silent from before its login.
#[test]
fn every_command_starts_the_timer_again() {
    let server = TestServer::with(&["--autologout", "2"]);
    let silent = server.open();
    let mut pop = server.log_in("mrose", "secret");
    let logged_out = thread::spawn(|| silent.closed());
    while !logged_out.is_finished() {
        assert_eq!(pop.ask("NOOP"), "+OK");
    }
    logged_out.join().expect("to be logged out without a reply");
    assert_eq!(pop.quit(), "+OK dewey POP3 server signing off (2 messages left)");
}

/// Standard input is empty: the server greets and ends.
#[test]
fn an_empty_input() {
    let server = TestServer::new();
    let output = inetd(&server.users).stdin(Stdio::null()).stdout(Stdio::piped()).output();
    let output = output.expect("the program");
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8(output.stdout).expect("text");
    assert!(said.starts_with("+OK dewey") && said.lines().count() == 1, "{said}");
    assert!(!server.users.path(".pop1081").exists());
}
