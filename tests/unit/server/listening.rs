//! Unit tests of `src/server/listening.rs`.
#![cfg(target_os = "linux")]

use super::*;
use std::net::TcpStream;

/// Nothing is set for each connection.
#[test]
fn a_connection_inherits_what_it_needs() {
    let listener = listen_at("127.0.0.1:0").expect("a port");
    let _client = TcpStream::connect(listener.local_addr().expect("an address")).expect("a connection");
    let (stream, _) = listener.accept().expect("a client");
    let socket = SockRef::from(&stream);
    assert!(socket.out_of_band_inline().expect("an option"));
    assert!(socket.keepalive().expect("an option"));
    let (idle, pause) = (socket.tcp_keepalive_time(), socket.tcp_keepalive_interval());
    let (idle, pause) = (idle.expect("an option"), pause.expect("an option"));
    let retries = socket.tcp_keepalive_retries().expect("an option");
    assert_eq!((idle, pause), (limits::KEEPALIVE_IDLE, limits::KEEPALIVE_PAUSE));
    assert_eq!(idle + pause * retries, 2 * limits::KEEPALIVE_IDLE);
}
