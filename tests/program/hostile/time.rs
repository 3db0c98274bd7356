//! Time: who does not log in, does not finish a line or says nothing is waited for so long and
//! no longer, whatever octets it sends meanwhile.
//!
//! Silence as such is in `beyond`; clocks that are set are in `scripts/load`.

use super::in_process::{LONG, context, greeted, is_free, on_socket, users};
use crate::common::fixture::{Files, TestServer};
use crate::common::pop::{Connection, Pop};
use crate::common::program::{Session, inetd};
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

/// CAPA is a good command as often as one likes, and yet no login.
#[test]
fn a_login_must_succeed_in_time_whatever_is_said_meanwhile() {
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
fn who_says_nothing_before_the_login_is_closed_without_a_word() {
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
    let begun = Instant::now();
    let (_session, mut pop) = greeted(&ServerContext { login_time: Some(AMPLE), ..context(&users) }, LONG);
    assert!(pop.log_in("mrose", "secret").starts_with("+OK"));
    std::thread::sleep((AMPLE * 2).saturating_sub(begun.elapsed()));
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

/// Only a whole command ends the silence; a line in drops does not.
#[test]
fn a_line_that_trickles_in_is_silence() {
    let users = users();
    let before = users.read("mrose");
    let (session, client) = on_socket(&context(&users), AMPLE);
    let mut trickling = client.try_clone().expect("a descriptor");
    let mut pop = Pop::greeted(client);
    assert!(pop.log_in("mrose", "secret").starts_with("+OK"));
    assert_eq!(pop.ask("DELE 1"), "+OK message 1 deleted");
    let lasted = keep_sending(&mut trickling, b"x");
    session.join().expect("no panic");
    assert!(lasted >= AMPLE / 2, "{lasted:?}");
    assert!(is_free(&users, "mrose"));
    assert_eq!(users.read("mrose"), before);
}

/// Three silent ones beside one that works: it is not kept from anything.
#[test]
fn the_silent_do_not_hinder_the_others() {
    let server = TestServer::new();
    let silent: Vec<Pop> = (0..3).map(|_| server.open()).collect();
    let mut half = std::net::TcpStream::connect(server.address()).expect("a connection");
    half.write_all(b"USER mro").expect("to be heard");
    server.log_in("mrose", "secret").quit();
    drop(silent);
    let mut half = half.client();
    assert!(half.line().starts_with("+OK dewey"));
    assert!(half.ask("se").starts_with("+OK mrose"), "the rest of the line comes and is a command");
}
