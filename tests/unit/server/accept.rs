//! Unit tests of `src/server/accept.rs`.

use super::*;
use std::io::Read;
use std::net::SocketAddr;

fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

/// What the server says to a client that says this.
fn heard(address: SocketAddr, says: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).expect("a connection");
    let mut heard = String::new();
    stream.write_all(says).and_then(|()| stream.read_to_string(&mut heard)).expect("an answer");
    heard
}

#[test]
fn a_panic_ends_its_session_only_and_gives_its_slot_back() {
    let (listener, address) = listener();
    let session: Arc<Session> = Arc::new(|mut stream: Arc<TcpStream>, _| {
        let mut said = [0];
        let read = (&*stream).read(&mut said).expect("an octet");
        assert!(read == 0 || said != *b"P", "a panic made for a test");
        Arc::get_mut(&mut stream).map(|stream| stream.write_all(b"served"));
    });
    let slots = Slots::new(2, 0, &Arc::default());
    let mut acceptor = Acceptor::new(&session, &slots);
    thread::spawn(move || acceptor.run(&listener));
    let mut other = TcpStream::connect(address).expect("a connection");
    while !slots.any_taken() {
        thread::yield_now();
    }
    let mut panics = 0;
    while panics < 5 {
        panics += usize::from(heard(address, b"P").is_empty());
    }
    other.write_all(b"S").expect("to be heard");
    let mut said = String::new();
    other.read_to_string(&mut said).expect("an answer");
    assert_eq!(said, "served");
    while slots.any_taken() {
        thread::yield_now();
    }
}

#[test]
fn silence_ends_the_service_only_when_no_session_is_open() {
    let session: Arc<Session> = Arc::new(|_, _| ());
    let slots = Slots::new(1, 0, &Arc::default());
    let mut acceptor = Acceptor::new(&session, &slots);
    let slot = Slots::take(&slots, None);
    let mut silence = || acceptor.serve(Err(io::ErrorKind::WouldBlock.into()));
    assert!(slot.is_ok() && silence().is_continue());
    drop(slot);
    assert!(silence().is_break());
}
