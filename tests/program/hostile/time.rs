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
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

const SHORT: Duration = Duration::from_millis(300);
/// Enough for a few commands on a busy machine.
const AMPLE: Duration = Duration::from_secs(1);
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
    let context = ServerContext { login_time: Some(AMPLE * 3), ..context(&users) };
    let (_session, mut pop) = greeted(&context, LONG);
    assert!(pop.log_in("mrose", "secret").starts_with("+OK"));
    // A client that comes later and does not log in is closed when that time has passed.
    let (_later, later) = greeted(&context, LONG);
    later.closed();
    assert_eq!(pop.quit(), "+OK dewey POP3 server signing off (2 messages left)");
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
    let (session, client) = on_socket(&context(&users), AMPLE);
    let mut slow = client.try_clone().expect("a descriptor");
    let mut pop = Pop::greeted(client);
    assert!(pop.log_in("mrose", "secret").starts_with("+OK"));
    assert_eq!(pop.ask("DELE 1"), "+OK message 1 deleted");
    let lasted = keep_sending(&mut slow, b"x");
    session.join().expect("no panic");
    assert!(lasted >= AMPLE / 2, "{lasted:?}");
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
