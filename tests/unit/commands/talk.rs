//! Unit tests of `src/commands/talk`.

use super::*;
use std::net::TcpListener;

const SHORT: Duration = Duration::from_millis(20);

/// A line to a server that is given the other end of it.
fn line() -> (Line, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let stream = TcpStream::connect(listener.local_addr().expect("an address")).expect("a connection");
    (Line::new(stream, Transcript::none(), SHORT), listener.accept().expect("a client").0)
}

fn talked(line: &Line, input: &[u8]) -> (Option<u8>, Vec<u8>) {
    let mut shown = Vec::new();
    let ended = thread::scope(|scope| {
        scope.spawn(|| line.send_all(input, false));
        line.end(line.receive(&mut shown, false))
    });
    (ended.err().map(|(code, _)| code), shown)
}

#[test]
fn a_server_that_never_closes_is_given_up() {
    let (line, mut server) = line();
    server.write_all(b"+OK ready\r\n+OK goodbye\r\n").expect("a connection");
    let (code, shown) = talked(&line, b"QUIT");
    assert_eq!(code, Some(exit::CANNOT_WRITE));
    assert_eq!(shown, b"+OK ready\r\n+OK goodbye\r\n");
    drop(server);
}

#[test]
fn a_server_that_says_nothing_still_gets_every_line() {
    let (line, mut server) = line();
    let (code, _) = talked(&line, b"NOOP\nno end");
    assert_eq!(code, Some(exit::CANNOT_WRITE));
    let mut heard = String::new();
    server.read_to_string(&mut heard).expect("text");
    assert_eq!(heard, "NOOP\r\nno end\r\n");
}

#[test]
fn a_line_of_any_length_is_sent_whole() {
    for length in [limits::TALK_PART - 1, limits::TALK_PART, limits::TALK_PART + 1, 3 * limits::TALK_PART] {
        let (line, mut server) = line();
        let long = vec![b'x'; length];
        let _ = talked(&line, &[&long[..], b"\n"].concat());
        let mut heard = Vec::new();
        server.read_to_end(&mut heard).expect("octets");
        assert_eq!(heard, [&long[..], b"\r\n"].concat(), "{length}");
    }
}
