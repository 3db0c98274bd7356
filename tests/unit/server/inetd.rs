//! Unit tests of `src/server/inetd.rs`.

use super::*;
use std::io::Read;

const SHORT: Duration = Duration::from_millis(1);

/// Both ways to accept, on every system that has them.
const WAYS: &[bool] = if crate::system::ACCEPT_HAS_TIMEOUT { &[true, false] } else { &[false] };

#[test]
fn a_lent_socket_without_a_client_is_given_back() {
    for &timed in WAYS {
        let listener = Listener::Tcp(TcpListener::bind("127.0.0.1:0").expect("a port"));
        let silence = listener.accept(SHORT, timed).expect_err("nobody comes");
        assert_eq!(silence.kind(), io::ErrorKind::WouldBlock);
    }
}

#[test]
fn a_client_is_accepted_on_a_connection_that_blocks() {
    for &timed in WAYS {
        let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
        let mut client = TcpStream::connect(socket.local_addr().expect("an address")).expect("a connection");
        let mut stream = Listener::Tcp(socket).accept(SHORT, timed).expect("a client");
        let read = thread::spawn(move || {
            let mut octet = [0];
            stream.read_exact(&mut octet).map(|()| octet)
        });
        client.write_all(b"Q").expect("to be heard");
        assert_eq!(read.join().expect("no panic").expect("an octet"), *b"Q");
    }
}
