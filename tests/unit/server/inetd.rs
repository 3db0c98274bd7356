//! Unit tests of `src/server/inetd.rs`.

use super::*;
use std::io::Read;

const SHORT: Duration = Duration::from_millis(1);

/// Both ways to accept, on every system that has them.
fn ways() -> Vec<fn(&Listener, Duration) -> io::Result<TcpStream>> {
    let mut ways: Vec<fn(&Listener, Duration) -> io::Result<TcpStream>> = vec![Listener::accept_polled];
    if system::ACCEPT_HAS_TIMEOUT {
        ways.push(Listener::accept_timed);
    }
    ways
}

#[test]
fn a_lent_socket_without_a_client_is_given_back() {
    for accept in ways() {
        let listener = Listener::Tcp(TcpListener::bind("127.0.0.1:0").expect("a port"));
        let silence = accept(&listener, SHORT).expect_err("nobody comes");
        assert_eq!(silence.kind(), io::ErrorKind::WouldBlock);
    }
}

#[test]
fn a_client_is_accepted_on_a_connection_that_blocks() {
    for accept in ways() {
        let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
        let mut client = TcpStream::connect(socket.local_addr().expect("an address")).expect("a connection");
        let mut stream = accept(&Listener::Tcp(socket), SHORT).expect("a client");
        let read = thread::spawn(move || {
            let mut octet = [0];
            stream.read_exact(&mut octet).map(|()| octet)
        });
        client.write_all(b"Q").expect("to be heard");
        assert_eq!(read.join().expect("no panic").expect("an octet"), *b"Q");
    }
}
