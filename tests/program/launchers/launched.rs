//! What launchers do besides handing over a connection: they pass a listening socket, name the
//! client in variables, hand over a client that has gone, and connect standard error to the
//! client. Whole sessions on every kind of descriptor are in `inetd`.

use super::inetd::{play_session, spawn_on, tcp_pair, users, verbose};
use crate::common::fixture::Files;
use crate::common::pop::{Connection, Pop};
use crate::common::program::{NOT_SET_UP, finish, has_terminals, pipes, program, run, session_on, wait};
use crate::common::{skipped, wait_for};
use crate::player::users::TestUsers;
use std::fs::{self, File};
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A server on a socket on which the launcher listens; it ends soon after its last session.
fn at_listening(socket: io::Result<impl Into<OwnedFd>>, users: &TestUsers) -> Child {
    let mut command = verbose(users);
    command.args(["--autologout", "2"]);
    spawn_on(command, socket.expect("a descriptor"))
}

#[test]
fn on_a_listening_tcp_socket_sessions_run_at_once() {
    let users = users();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let connect = || TcpStream::connect(address).expect("a connection");
    let child = at_listening(listener.try_clone(), &users);
    let mut other = Pop::greeted(connect());
    let (session, pop) = session_on(connect(), child);
    assert!(other.log_in("dotty", "morse").starts_with("+OK"));
    other.quit();
    play_session(session, pop, &users);
}

/// A launcher that sees a client not yet accepted starts the server again.
#[test]
fn a_listening_socket_is_left_to_the_launcher() {
    let users = users();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    for _ in 0..2 {
        let early = TcpStream::connect(address).expect("a connection");
        let mut child = at_listening(listener.try_clone(), &users);
        Pop::greeted(early).quit();
        assert_eq!(wait(&mut child).code(), Some(0));
    }
}

#[test]
fn on_a_listening_unix_socket() {
    let users = users();
    // A socket's path must be short, the directory's may be long.
    let directory = File::open(users.directory()).expect("a directory");
    let path = format!("/proc/self/fd/{}/.socket", directory.as_raw_fd());
    let Ok(listener) = UnixListener::bind(&path) else { return skipped("no /proc/self/fd") };
    let child = at_listening(listener.try_clone(), &users);
    let (session, pop) = session_on(UnixStream::connect(&path).expect("a connection"), child);
    play_session(session, pop, &users);
}

/// Its socket has no peer any more, but it is not a listening one.
#[test]
fn a_client_that_has_gone() {
    let users = users();
    let (client, server) = tcp_pair();
    socket2::SockRef::from(&client).set_linger(Some(Duration::ZERO)).expect("a connection");
    drop(client);
    wait_for("the reset", || server.peer_addr().is_err().then_some(()));
    assert_eq!(wait(&mut spawn_on(verbose(&users), server)).code(), Some(0));
}

#[test]
fn a_nonblocking_socket() {
    let users = users();
    let (client, server) = tcp_pair();
    server.set_nonblocking(true).expect("a connection");
    let (session, pop) = session_on(client, spawn_on(verbose(&users), server));
    play_session(session, pop, &users);
}

/// One session on pipes; its log.
#[track_caller]
fn log_with(variables: &[(&str, &str)]) -> String {
    let users = users();
    let (from_server, stdout, stdin, to_server) = pipes();
    let mut command = verbose(&users);
    command.envs(variables.iter().copied());
    let mut child = command.stdin(stdin).stdout(stdout).stderr(Stdio::piped()).spawn().expect("the program");
    drop(command);
    let mut pop = Pop::greeted((from_server, to_server));
    pop.ask("USER mrose");
    assert_eq!(pop.ask("RPOP mrose"), "-ERR permission denied, RPOP needs a port below 1024");
    pop.log_in("mrose", "secret");
    pop.quit();
    finish(&mut child).stderr
}

#[test]
fn the_log_names_the_client_that_a_launcher_reports() {
    let log = log_with(&[("SOCAT_PEERADDR", "192.0.2.7"), ("SOCAT_PEERPORT", "99")]);
    assert!(log.contains("mrose from 192.0.2.7:99 (SOCAT_PEERADDR): logged in"), "{log}");
}

#[test]
fn a_reported_client_that_is_no_address_is_ignored() {
    let log = log_with(&[("REMOTE_HOST", "192.0.2.7\n[2026] forged"), ("REMOTE_PORT", "1")]);
    assert!(log.contains("mrose from a local peer: logged in") && !log.contains("forged"), "{log}");
}

/// RPOP needs a port below 1024 of a TCP connection.
#[test]
fn no_variable_makes_a_client_trusted() {
    let users = users();
    fs::create_dir_all(users.directory().join(".rhosts")).expect("a directory");
    fs::write(users.directory().join(".rhosts/mrose"), "127.0.0.1 mrose\n").expect("a file");
    let (client, server) = UnixStream::pair().expect("a pair");
    let mut command = verbose(&users);
    command.env("TCPREMOTEIP", "127.0.0.1").env("TCPREMOTEPORT", "1023");
    let (session, mut pop) = session_on(client, spawn_on(command, server));
    pop.ask("USER mrose");
    assert_eq!(pop.ask("RPOP mrose"), "-ERR permission denied, RPOP needs a port below 1024");
    pop.quit();
    session.ends_well();
}

#[test]
fn standard_error_does_not_lead_to_the_client() {
    let users = users();
    let (client, server) = tcp_pair();
    let child = spawn_on(verbose(&users), server);
    let standard_error = format!("/proc/{}/fd/2", child.id());
    let (session, pop) = session_on(client, child);
    match fs::read_link(standard_error) {
        Ok(target) => assert_eq!(target.to_str(), Some("/dev/null")),
        Err(_) => skipped("no /proc"),
    }
    play_session(session, pop, &users);
}

/// A person at a terminal would otherwise see only an exit code.
#[test]
fn a_usage_error_is_printed_on_a_terminal() {
    if !has_terminals() {
        return;
    }
    let mut at_terminal = Command::new("script");
    at_terminal.args([
        "--quiet",
        "--return",
        "--command",
        r#"exec "$PROGRAM" inetd --nonsense"#,
        "/dev/null",
    ]);
    let said = run(at_terminal.env("PROGRAM", env!("CARGO_BIN_EXE_pop1081")).env("SHELL", "/bin/sh"), b"");
    assert_eq!(said.code, Some(64));
    assert!(said.stdout.starts_with("pop1081: "), "{}", said.stdout);
}

#[test]
fn a_server_that_cannot_serve_says_why_in_its_log() {
    for (arguments, why) in [
        (["--users", "/nowhere"], "/nowhere: No such file"),
        (["--nonsense", "--practice"], "--help lists"),
        (["--verbose", "--practice"], "--verbose needs"),
    ] {
        let users = users();
        let (client, server) = tcp_pair();
        let mut command = program(["inetd"]);
        command.args(arguments).arg("--log").arg(users.log());
        let mut child = spawn_on(command, server);
        let mut client = client.client();
        assert_eq!(client.line(), NOT_SET_UP.trim_end(), "{arguments:?}");
        client.closed();
        assert_ne!(wait(&mut child).code(), Some(0));
        let log = String::from_utf8(users.read("../log")).expect("text");
        assert!(log.contains("ERROR") && log.contains(why), "{arguments:?}: {log}");
    }
}

/// Each client is told, and the launcher starts the server for the next one only.
#[test]
fn at_a_listening_socket_a_client_hears_that_the_server_is_not_set_up() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    for _ in 0..2 {
        let client = TcpStream::connect(address).expect("a connection");
        let socket = listener.try_clone().expect("a descriptor");
        let mut child = spawn_on(program(["inetd", "--users", "/nowhere"]), socket);
        let mut client = client.client();
        assert_eq!(client.line(), NOT_SET_UP.trim_end());
        client.closed();
        assert_eq!(wait(&mut child).code(), Some(66));
    }
}

/// One descriptor beside the three of the client is too few.
#[test]
fn without_descriptors_no_text_of_the_system_reaches_the_client() {
    for limit in 4..9 {
        let users = users();
        let (client, server) = tcp_pair();
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -n \"$LIMIT\" && exec \"$PROGRAM\" inetd --users \"$USERS\""]);
        command.env("PROGRAM", env!("CARGO_BIN_EXE_pop1081")).env("USERS", users.directory());
        command.env("LIMIT", limit.to_string()).env_remove("RUST_LOG");
        let mut child = spawn_on(command, server);
        let mut client = client.client();
        client.send(b"QUIT\r\n");
        let heard = String::from_utf8(client.rest()).expect("text");
        assert!(!heard.contains("pop1081: "), "{limit}: {heard}");
        let lines = heard.lines().count();
        let told = heard == NOT_SET_UP || heard.starts_with("+OK ") && lines == 2;
        assert!(told, "{limit}: {heard}");
        wait(&mut child);
    }
}
