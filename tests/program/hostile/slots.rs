//! Slots: a client beyond the limit is refused, and a slot is free again however its session ends,
//! for all clients and for those of one address.

use crate::common::fixture::TestServer;
use crate::common::pop::Connection;
use crate::common::wait_for;
use pop1081::limits::{BAD_COMMANDS_BEFORE_LOGIN, FAILED_LOGINS};
use socket2::SockRef;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const TOO_MANY: &str = "-ERR too many sessions, try again later\r\n";
const LOGIN: &str = "USER mrose\r\nPASS secret\r\n";

/// How the session of a greeted client ends, and its description.
type End = (&'static str, fn(TcpStream));

const ENDS: [End; 10] = [
    ("QUIT before a login", |stream| says(stream, "QUIT\r\n")),
    ("QUIT after a login", |stream| says(stream, &format!("{LOGIN}QUIT\r\n"))),
    ("too many bad commands", |stream| says(stream, &"X\r\n".repeat(BAD_COMMANDS_BEFORE_LOGIN as usize))),
    ("too many failed logins", |stream| {
        says(stream, &"USER mrose\r\nPASS wrong\r\n".repeat(FAILED_LOGINS as usize));
    }),
    ("the end of what the client says", |stream| {
        let mut pop = stream.client();
        pop.close_output();
        pop.closed();
    }),
    ("half a command and the end", |stream| {
        let mut pop = stream.client();
        assert!(pop.log_in("mrose", "secret").starts_with("+OK"));
        pop.send(b"QUIT");
        pop.hang_up();
    }),
    ("a client that is gone", drop),
    ("a reset before a login", |stream| reset(stream, "")),
    ("a reset after a login", |stream| reset(stream, "USER mrose\r\nPASS secret\r\nSTAT\r\n")),
    ("a reset in the middle of RETR", |stream| reset(stream, "USER large\r\nPASS pw\r\nRETR 1\r\n")),
];

/// Sends this and reads until the server closes.
fn says(stream: TcpStream, commands: &str) {
    let mut pop = stream.client();
    pop.send(commands.as_bytes());
    drop(pop.rest());
}

/// Sends this, reads as many lines, and resets the connection.
fn reset(stream: TcpStream, commands: &str) {
    (&stream).write_all(commands.as_bytes()).expect("to be heard");
    for _ in commands.lines() {
        assert!(line(&stream).starts_with("+OK"));
    }
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("a socket");
}

fn line(stream: &TcpStream) -> String {
    let mut line = String::new();
    stream.set_read_timeout(Some(crate::player::DEADLINE)).expect("a timeout");
    BufReader::with_capacity(1, stream).read_line(&mut line).expect("a line");
    line
}

fn connect(server: &TestServer) -> TcpStream {
    TcpStream::connect(server.address()).expect("a connection")
}

/// A greeted client, as soon as there is a slot for it.
#[track_caller]
fn greeted_when_free(server: &TestServer) -> TcpStream {
    wait_for("a free slot", || {
        let stream = connect(server);
        let line = line(&stream);
        assert!(line.starts_with("+OK dewey") || line == TOO_MANY, "{line}");
        line.starts_with("+OK").then_some(stream)
    })
}

#[track_caller]
fn refused(server: &TestServer) {
    let mut said = String::new();
    let mut stream = connect(server);
    stream.set_read_timeout(Some(crate::player::DEADLINE)).expect("a timeout");
    stream.read_to_string(&mut said).expect("text");
    assert_eq!(said, TOO_MANY);
}

fn server_with_one_slot(option: &str) -> TestServer {
    let server = TestServer::with(&[option, "1", "--login-time", "0"]);
    server.write("large", format!("pw\nFrom a\n\n{}\n", "0123456789\n".repeat(500_000)).as_bytes());
    server
}

fn comes_back_after_every_end(option: &str) {
    let server = server_with_one_slot(option);
    for (end, make_it_end) in ENDS {
        let holder = greeted_when_free(&server);
        refused(&server);
        make_it_end(holder);
        let next = greeted_when_free(&server);
        refused(&server);
        assert!(next.client().log_in("stef", "zaphod").starts_with("+OK"), "after {end}");
    }
}

#[test]
fn of_all_sessions_comes_back() {
    comes_back_after_every_end("--max-sessions");
}

#[test]
fn of_an_address_comes_back() {
    comes_back_after_every_end("--max-per-host");
}

/// Whether others are refused meanwhile is not tested: on a busy machine the slot may be free.
#[test]
fn comes_back_after_a_silence() {
    let server = TestServer::with(&["--max-sessions", "1", "--autologout", "1"]);
    for _ in 0..2 {
        says(greeted_when_free(&server), LOGIN);
    }
}

/// Ten thousand clients are refused, half of which do not wait for the reply; then all slots are
/// usable, and the log has one line a second about it.
#[test]
fn are_all_there_after_a_flood_of_refused_clients() {
    const SLOTS: usize = 5;
    let server = TestServer::with(&["--max-sessions", "5", "--login-time", "0"]);
    let holders: Vec<TcpStream> = (0..SLOTS).map(|_| greeted_when_free(&server)).collect();
    let begun = Instant::now();
    for _ in 0..5_000 {
        drop(connect(&server));
        assert_eq!(line(&connect(&server)), TOO_MANY);
    }
    let seconds = begun.elapsed().as_secs() as usize;
    let told = server.log().matches("refused, too many sessions").count();
    assert!((1..=seconds + 2).contains(&told), "{told} lines in {seconds} s");
    drop(holders);
    let again: Vec<TcpStream> = (0..SLOTS).map(|_| greeted_when_free(&server)).collect();
    refused(&server);
    drop(again);
}
