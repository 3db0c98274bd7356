//! What launchers do besides handing over a connection: they lend a socket that listens, say in
//! variables who the client is, hand over a client that has gone, and have standard error lead to
//! the client. That sessions on every kind of descriptor are whole is shown in `inetd`.

use super::inetd::{play_session, spawn_on, talkative, tcp_pair, users};
use crate::common::fixture::Files;
use crate::common::pop::{Connection, Pop};
use crate::common::program::{finish, has, pipes, program, run, session_on, wait};
use crate::common::{skipped, wait_for};
use crate::player::users::TestUsers;
use std::fs::{self, File};
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A server at a socket that somebody else listens on; it ends soon after its last session.
fn at_listening(socket: io::Result<impl Into<OwnedFd>>, users: &TestUsers) -> Child {
    let mut command = talkative(users);
    command.args(["--autologout", "1"]);
    spawn_on(command, socket.expect("a descriptor"))
}

#[test]
fn at_a_listening_tcp_socket_sessions_run_side_by_side() {
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

/// The launcher sees clients that nobody has accepted and starts the server anew.
#[test]
fn a_listening_socket_is_given_back() {
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
fn at_a_listening_unix_socket() {
    let users = users();
    // The name of a socket must be short; the directory's may be long.
    let directory = File::open(users.directory()).expect("a directory");
    let path = format!("/proc/self/fd/{}/.socket", directory.as_raw_fd());
    let Ok(listener) = UnixListener::bind(&path) else { return skipped("no /proc/self/fd") };
    let child = at_listening(listener.try_clone(), &users);
    let (session, pop) = session_on(UnixStream::connect(&path).expect("a connection"), child);
    play_session(session, pop, &users);
}

/// Its socket has no peer any more, but it does not listen either.
#[test]
fn a_client_that_has_gone_is_no_listening_socket() {
    let users = users();
    let (client, server) = tcp_pair();
    socket2::SockRef::from(&client).set_linger(Some(Duration::ZERO)).expect("a connection");
    drop(client);
    wait_for("the reset", || server.peer_addr().is_err().then_some(()));
    assert_eq!(wait(&mut spawn_on(talkative(&users), server)).code(), Some(0));
}

#[test]
fn a_socket_that_does_not_block_is_waited_for() {
    let users = users();
    let (client, server) = tcp_pair();
    server.set_nonblocking(true).expect("a connection");
    let (session, pop) = session_on(client, spawn_on(talkative(&users), server));
    play_session(session, pop, &users);
}

/// One session on pipes; its log.
#[track_caller]
fn log_with(variables: &[(&str, &str)]) -> String {
    let users = users();
    let (from_server, stdout, stdin, to_server) = pipes();
    let mut command = talkative(&users);
    command.env_remove("SSH_CONNECTION").envs(variables.iter().copied());
    let mut child = command.stdin(stdin).stdout(stdout).stderr(Stdio::piped()).spawn().expect("the program");
    drop(command);
    let mut pop = Pop::greeted((from_server, to_server));
    pop.ask("USER mrose");
    assert_eq!(pop.ask("RPOP mrose"), "-ERR permission denied");
    pop.log_in("mrose", "secret");
    pop.quit();
    finish(&mut child).stderr
}

#[test]
fn the_log_names_the_client_of_whom_a_launcher_speaks() {
    let log = log_with(&[("SOCAT_PEERADDR", "192.0.2.7"), ("SOCAT_PEERPORT", "99")]);
    assert!(log.contains("mrose from 192.0.2.7:99 (SOCAT_PEERADDR): logged in"), "{log}");
}

#[test]
fn what_a_launcher_says_is_never_more_than_an_address() {
    let log = log_with(&[("REMOTE_HOST", "192.0.2.7\n[2026] forged"), ("REMOTE_PORT", "1")]);
    assert!(log.contains("mrose from a local peer: logged in") && !log.contains("forged"), "{log}");
}

/// From a client's port below 1024, if one could believe it.
#[test]
fn no_variable_makes_a_client_trusted() {
    let users = users();
    fs::create_dir_all(users.directory().join(".rhosts")).expect("a directory");
    fs::write(users.directory().join(".rhosts/mrose"), "127.0.0.1 mrose\n").expect("a file");
    let (client, server) = UnixStream::pair().expect("a pair");
    let mut command = talkative(&users);
    command.env("TCPREMOTEIP", "127.0.0.1").env("TCPREMOTEPORT", "1023");
    let (session, mut pop) = session_on(client, spawn_on(command, server));
    pop.ask("USER mrose");
    assert_eq!(pop.ask("RPOP mrose"), "-ERR permission denied");
    pop.quit();
    session.ends_well();
}

#[test]
fn standard_error_is_turned_away_from_the_client() {
    let users = users();
    let (client, server) = tcp_pair();
    let child = spawn_on(talkative(&users), server);
    let standard_error = format!("/proc/{}/fd/2", child.id());
    let (session, pop) = session_on(client, child);
    match fs::read_link(standard_error) {
        Ok(target) => assert_eq!(target.to_str(), Some("/dev/null")),
        Err(_) => skipped("no /proc"),
    }
    play_session(session, pop, &users);
}

/// To a person at a terminal, who would else see nothing but an exit code.
#[test]
fn a_mistake_on_the_command_line_is_told_at_a_terminal() {
    if !has("script") {
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

/// Nobody else would hear of it.
#[test]
fn a_server_that_can_t_serve_says_so_in_its_log() {
    let users = users();
    let (client, server) = tcp_pair();
    let mut command = program(["inetd", "--users", "/nowhere"]);
    command.arg("--log").arg(users.log());
    let mut child = spawn_on(command, server);
    client.client().closed();
    assert_eq!(wait(&mut child).code(), Some(66));
    let log = String::from_utf8(users.read("../log")).expect("text");
    assert!(log.contains("ERROR") && log.contains("/nowhere: No such file"), "{log}");
}
