//! `pop1081 inetd`: a whole session on every kind of descriptor. Only the protocol reaches the
//! client, although everything is logged and standard error is the client's connection.

use crate::common::fixture::Files;
use crate::common::pop::{Connection, Pop};
use crate::common::program::{
    NOT_SET_UP, Session, finish, has_terminals, inetd, pipes, program, session_on, wait,
};
use crate::common::talk::talk_to_the_end;
use crate::player::users::TestUsers;
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};

const SESSION: &str = "
C: NOOP
S: -ERR *
C: USER mrose
S: +OK mrose is a real hoopy frood
C: PASS wrong
S: -ERR invalid password
C: USER mrose
S: +OK mrose is a real hoopy frood
C: RPOP mrose
S: -ERR permission denied, RPOP needs a port below 1024
C: USER mrose
S: +OK mrose is a real hoopy frood
C: PASS secret
S: +OK mrose's maildrop has 2 messages (320 octets)
C: RETR 1
S: +OK 120 octets
S: Date: Tue, 1 Nov 88 09:12 PST
S: From: ford@betelgeuse
S: To: mrose@dewey
S: Subject: towels
S:
S: Do you know where yours are?
S: .
C: NONSENSE
S: -ERR *
C: DELE 1
S: +OK message 1 deleted
C: QUIT
S: +OK dewey POP3 server signing off (1 message left)
";

pub fn users() -> TestUsers {
    TestUsers::copy_of_shipped().expect("a private Users directory")
}

pub fn verbose(users: &TestUsers) -> Command {
    let mut command = inetd(users);
    command.env("RUST_LOG", "trace");
    command
}

/// Starts a process with one socket as all its standard descriptors, as inetd does.
pub fn spawn_on(mut command: Command, socket: impl Into<OwnedFd>) -> Child {
    let socket = socket.into();
    let copy = || Stdio::from(socket.try_clone().expect("a descriptor"));
    command.stdin(copy()).stdout(copy()).stderr(copy()).spawn().expect("the program")
}

#[track_caller]
pub fn play_session(session: Session, pop: Pop, users: &TestUsers) {
    talk_to_the_end(pop, SESSION);
    session.ends_well();
    let left = users.read("mrose");
    assert!(left.starts_with(b"secret\nFrom deep@magrathea "), "message 1 is still there");
}

pub fn tcp_pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let client = TcpStream::connect(listener.local_addr().expect("an address")).expect("a connection");
    (client, listener.accept().expect("a client").0)
}

#[test]
fn on_a_tcp_socket() {
    let users = users();
    let (client, server) = tcp_pair();
    let (session, pop) = session_on(client, spawn_on(verbose(&users), server));
    play_session(session, pop, &users);
}

#[test]
fn on_a_socket_pair() {
    let users = users();
    let (client, server) = UnixStream::pair().expect("a pair");
    let (session, pop) = session_on(client, spawn_on(verbose(&users), server));
    play_session(session, pop, &users);
}

#[test]
fn on_two_pipes_with_standard_error_in_the_one_to_the_client() {
    let users = users();
    let (from_server, stdout, stdin, to_server) = pipes();
    let stderr = stdout.try_clone().expect("a descriptor");
    let child = verbose(&users).stdin(stdin).stdout(stdout).stderr(stderr).spawn().expect("the program");
    let (session, pop) = session_on((from_server, to_server), child);
    play_session(session, pop, &users);
}

#[test]
fn on_a_socket_for_input_and_a_pipe_for_output() {
    let users = users();
    let (client, server) = UnixStream::pair().expect("a pair");
    let (from_server, stdout, _, _) = pipes();
    let stdin = OwnedFd::from(server);
    let child = verbose(&users).stdin(stdin).stdout(stdout).spawn().expect("the program");
    let (session, pop) = session_on((from_server, client), child);
    play_session(session, pop, &users);
}

#[test]
fn on_a_terminal() {
    if !has_terminals() {
        return;
    }
    let users = users();
    let (from_server, stdout, stdin, to_server) = pipes();
    let on_terminal = r#"stty raw -echo && exec "$PROGRAM" inetd --hostname dewey --users "$USERS""#;
    let child = Command::new("script")
        .args(["--quiet", "--return", "--command", on_terminal, "/dev/null"])
        .env("PROGRAM", env!("CARGO_BIN_EXE_pop1081"))
        .env("USERS", users.directory())
        .env("SHELL", "/bin/sh")
        .env("RUST_LOG", "trace")
        .stdin(stdin)
        .stdout(stdout)
        .spawn()
        .expect("script");
    let (session, pop) = session_on((from_server, to_server), child);
    play_session(session, pop, &users);
}

/// Shows that there is a log that the tests above could see: where standard error is not the
/// client's connection, the log is there, and with `--log` it is in the file.
#[test]
fn the_log_goes_to_standard_error_or_to_a_file_of_its_own() {
    let users = users();
    let (from_server, stdout, stdin, to_server) = pipes();
    let mut command = verbose(&users);
    let mut child = command.stdin(stdin).stdout(stdout).stderr(Stdio::piped()).spawn().expect("the program");
    drop(command);
    talk_to_the_end(Pop::greeted((from_server, to_server)), SESSION);
    let log = finish(&mut child).stderr;
    assert!(log.contains("mrose") && log.contains("logged in"), "{log}");

    let users = self::users();
    let (client, server) = tcp_pair();
    let mut command = verbose(&users);
    command.arg("--log").arg(users.log());
    let (session, pop) = session_on(client, spawn_on(command, server));
    play_session(session, pop, &users);
    let log = users.read("../log");
    assert!(String::from_utf8_lossy(&log).contains("logged in"));
}

/// Else inetd would start the server for it again and again.
#[test]
fn a_client_hears_that_the_server_is_not_set_up_but_not_why() {
    for (arguments, code) in [
        (["--nonsense", "x"], 64),
        (["--users", "/nowhere"], 66),
        (["--log", "/nowhere/log"], 73),
        (["--verbose", "--practice"], 64),
    ] {
        let (client, server) = tcp_pair();
        let mut command = program(["inetd"]);
        command.args(arguments);
        let mut child = spawn_on(command, server);
        let mut client = client.client();
        assert_eq!(client.line(), NOT_SET_UP.trim_end(), "{arguments:?}");
        client.closed();
        assert_eq!(wait(&mut child).code(), Some(code), "{arguments:?}");
    }
}
