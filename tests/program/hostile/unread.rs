//! A client that asks for a large message and never reads it: on every kind of connection the
//! session ends, the lock is free, and nothing changes.

use super::in_process::{is_free, users};
use crate::common::fixture::{Files, TestServer};
use crate::common::program::{Session, has_terminals, inetd, pipes};
use crate::common::wait_for;
use crate::player::users::TestUsers;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

const GREEDY: &[u8] = b"USER large\r\nPASS pw\r\nDELE 1\r\nRSET\r\nRETR 1\r\nRETR 1\r\n";

fn large() -> Vec<u8> {
    format!("pw\nFrom a\nSubject: large\n\n{}\n", "0123456789abcdef\n".repeat(500_000)).into_bytes()
}

fn users_with_large() -> TestUsers {
    let users = users();
    users.write("large", &large());
    users
}

/// The client reads the greeting, sends its commands, reads that it is logged in, and no more.
fn asks(client: &mut (impl Read + Write)) {
    reads(client, "+OK dewey");
    client.write_all(GREEDY).expect("to be heard");
    reads(client, "+OK large is");
    reads(client, "+OK large's");
}

fn reads(client: &mut impl Read, start: &str) {
    let mut line = String::new();
    BufReader::with_capacity(1, client).read_line(&mut line).expect("a line");
    assert!(line.starts_with(start), "{line}");
}

#[track_caller]
fn assert_let_go(users: &TestUsers) {
    wait_for("the lock to be free", || is_free(users, "large").then_some(()));
    assert!(users.read("large") == large(), "the maildrop has changed");
}

fn impatient(users: &TestUsers) -> Command {
    let mut command = inetd(users);
    command.args(["--autologout", "2"]);
    command
}

#[track_caller]
fn on_one_socket(mut client: impl Read + Write, server: impl Into<OwnedFd>) {
    let users = users_with_large();
    let server = server.into();
    let mut command = impatient(&users);
    command.stdin(server.try_clone().expect("a descriptor")).stdout(server);
    let session = Session(command.spawn().expect("the program"));
    drop(command);
    asks(&mut client);
    assert_let_go(&users);
    session.ends_well();
}

#[test]
fn on_a_server() {
    let server = TestServer::with(&["--autologout", "2"]);
    server.write("large", &large());
    let mut client = TcpStream::connect(server.address()).expect("a connection");
    asks(&mut client);
    assert_let_go(&server.users);
    let mut pop = server.log_in_when_free("large", "pw");
    assert_eq!(pop.ask("LAST"), "+OK 0");
    wait_for("the reason in the log", || server.log().contains("read nothing of a reply").then_some(()));
}

#[test]
fn on_a_tcp_socket() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let client = TcpStream::connect(listener.local_addr().expect("an address")).expect("a connection");
    on_one_socket(client, listener.accept().expect("a client").0);
}

#[test]
fn on_a_socket_pair() {
    let (client, server) = UnixStream::pair().expect("a pair");
    on_one_socket(client, server);
}

/// Two halves as one.
struct Both<R, W>(R, W);

impl<R: Read, W> Read for Both<R, W> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<R, W: Write> Write for Both<R, W> {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.1.write(octets)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.1.flush()
    }
}

#[test]
fn on_two_pipes() {
    let users = users_with_large();
    let (from_server, stdout, stdin, to_server) = pipes();
    let mut command = impatient(&users);
    let session = Session(command.stdin(stdin).stdout(stdout).spawn().expect("the program"));
    drop(command);
    asks(&mut Both(&from_server, &to_server));
    assert_let_go(&users);
    session.ends_well();
}

#[test]
fn on_a_terminal() {
    if !has_terminals() {
        return;
    }
    let users = users_with_large();
    let (from_server, stdout, stdin, to_server) = pipes();
    let on_terminal =
        r#"stty raw -echo && exec "$PROGRAM" inetd --autologout 2 --hostname dewey --users "$USERS""#;
    let script = Command::new("script")
        .args(["--quiet", "--return", "--command", on_terminal, "/dev/null"])
        .env("PROGRAM", env!("CARGO_BIN_EXE_pop1081"))
        .env("USERS", users.directory())
        .env("SHELL", "/bin/sh")
        .stdin(stdin)
        .stdout(stdout)
        .stderr(Stdio::null())
        .spawn();
    let _session = Session(script.expect("script"));
    asks(&mut Both(&from_server, &to_server));
    assert_let_go(&users);
}
