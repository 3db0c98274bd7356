//! Time: the server waits no longer than its limits for a client that does not log in, does not
//! finish a line or is silent, whatever octets it sends.
//!
//! Plain silence is in `sessions/broken_clients`; clocks that are set are in `scripts/load`.

use super::in_process::{LONG, context, greeted, is_free, on_socket, users};
use crate::common::fixture::{Files, TestServer};
use crate::common::pop::{Connection, Pop};
use crate::common::program::{Session, inetd};
use crate::common::wait_for;
use crate::player::DEADLINE;
use pop1081::session::ServerContext;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const LOGIN: &str = "USER mrose\r\nPASS secret\r\n";
const SHORT: Duration = Duration::from_millis(300);
const BETWEEN: Duration = Duration::from_millis(15);

/// Sends the same octets again and again until the server closes; how long that was.
#[track_caller]
fn keep_sending(client: &mut UnixStream, octets: &[u8]) -> Duration {
    let begun = Instant::now();
    client.set_read_timeout(Some(BETWEEN)).expect("a timeout");
    let mut heard = [0; 4096];
    while client.write_all(octets).is_ok() {
        assert!(begun.elapsed() < DEADLINE, "the server waits for ever");
        match client.read(&mut heard) {
            Ok(0) => break,
            Ok(_) => std::thread::sleep(BETWEEN),
            Err(_) => {}
        }
    }
    begun.elapsed()
}

/// A session that has answered commands within a limit of time.
struct Answered {
    session: JoinHandle<()>,
    client: BufReader<UnixStream>,
    limit: Duration,
    begun: Instant,
}

/// A session with such a limit and silence that has answered all of this; a longer limit on a
/// machine that is too busy for a short one.
fn answered(limited: impl Fn(Duration) -> (ServerContext, Duration), commands: &str) -> Answered {
    let in_time = |limit| {
        let (begun, (context, silence)) = (Instant::now(), limited(limit));
        let (session, client) = on_socket(&context, silence);
        (&client).write_all(commands.as_bytes()).ok()?;
        let mut client = BufReader::new(client);
        let greeting_and_replies = 1 + commands.lines().count();
        let all = (0..greeting_and_replies).all(|_| {
            let mut line = String::new();
            client.read_line(&mut line).is_ok() && line.starts_with("+OK")
        });
        all.then_some(Answered { session, client, limit, begun })
    };
    (0..8).map(|power| SHORT * 2_u32.pow(power)).find_map(in_time).expect("all replies")
}

/// CAPA is a valid command however often it is sent, but it is no login.
#[test]
fn a_login_must_succeed_in_time_whatever_is_sent() {
    let users = users();
    let context = ServerContext { login_time: Some(SHORT), ..context(&users) };
    for octets in [&b"CAPA\r\n"[..], b"U", b"CAPA\r\nUS"] {
        let begun = Instant::now();
        let (session, mut client) = on_socket(&context, LONG);
        keep_sending(&mut client, octets);
        session.join().expect("no panic");
        assert!(begun.elapsed() >= SHORT, "{:?}", begun.elapsed());
    }
}

#[test]
fn a_client_that_is_silent_before_the_login_is_closed() {
    let users = users();
    let context = ServerContext { login_time: Some(SHORT), ..context(&users) };
    let begun = Instant::now();
    let (session, pop) = greeted(&context, LONG);
    pop.closed();
    session.join().expect("no panic");
    assert!(begun.elapsed() >= SHORT, "{:?}", begun.elapsed());
}

#[test]
fn after_the_login_that_time_does_not_count() {
    let users = users();
    let limited = |time| ServerContext { login_time: Some(time), ..context(&users) };
    let Answered { mut client, limit, .. } = answered(|time| (limited(time), LONG), LOGIN);
    // A client that comes later and does not log in is closed when that time has passed.
    let (_later, later) = greeted(&limited(limit), LONG);
    later.closed();
    client.get_mut().write_all(b"QUIT\r\n").expect("an open session");
    let mut goodbye = String::new();
    client.read_to_string(&mut goodbye).expect("a goodbye");
    assert_eq!(goodbye, "+OK dewey POP3 server signing off (2 messages left)\r\n");
}

#[test]
fn the_option_is_obeyed_on_tcp_and_on_pipes() {
    let server = TestServer::with(&["--login-time", "1"]);
    let (session, on_pipe) = Session::on_pipes(inetd(&server.users).args(["--login-time", "1"]));
    let begun = Instant::now();
    server.open().closed();
    assert!(begun.elapsed() >= Duration::from_millis(900), "{:?}", begun.elapsed());
    on_pipe.closed();
    session.ends_well();
}

/// Only a whole command starts the timer again.
#[test]
fn a_line_that_arrives_octet_by_octet_is_silence() {
    let users = users();
    let before = users.read("mrose");
    let login_and_dele = format!("{LOGIN}DELE 1\r\n");
    let Answered { session, client, limit, begun } =
        answered(|silence| (context(&users), silence), &login_and_dele);
    keep_sending(&mut client.into_inner(), b"x");
    session.join().expect("no panic");
    assert!(begun.elapsed() >= limit, "{:?}", begun.elapsed());
    wait_for("the lock to be free", || is_free(&users, "mrose").then_some(()));
    assert_eq!(users.read("mrose"), before);
}

#[test]
fn silent_clients_do_not_hinder_others() {
    let server = TestServer::new();
    let silent: Vec<Pop> = (0..3).map(|_| server.open()).collect();
    let mut half = std::net::TcpStream::connect(server.address()).expect("a connection");
    half.write_all(b"USER mro").expect("a connection");
    server.log_in("mrose", "secret").quit();
    drop(silent);
    let mut half = half.client();
    assert!(half.line().starts_with("+OK dewey"));
    assert!(half.ask("se").starts_with("+OK mrose"), "the rest of the line completes a command");
}
