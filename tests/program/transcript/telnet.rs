//! TELNET controls are never part of a command, and are answered where a client waits for it.

use super::Lab;
use crate::common::fixture::TestServer;
use crate::common::pop::{Connection, Pop};
use crate::player::DEADLINE;
use socket2::SockRef;
use std::io::{Read, Write};
use std::net::TcpStream;

/// Debian's telnet sends this on Ctrl-C, and shows nothing until it is answered.
#[test]
fn ctrl_c() {
    let lab = Lab::new();
    let mut stream = TcpStream::connect(lab.server.address()).expect("a connection");
    stream.set_read_timeout(Some(DEADLINE)).expect("a timer");
    let mut said = Vec::new();
    while !said.ends_with(b"\r\n") {
        let mut octet = [0];
        stream.read_exact(&mut octet).expect("a greeting");
        said.extend(octet);
    }
    stream.write_all(b"\xff\xf4\xff\xfd\x06").expect("a connection");
    let mut answer = [0; 3];
    stream.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"\xff\xfc\x06");
    let mut pop = stream.client();
    assert!(pop.log_in("mrose", "secret").starts_with("+OK"));
    pop.quit();
    let text = lab.only();
    let controls = "C: <IAC IP> <IAC DO TIMING-MARK>\nS: <IAC WONT TIMING-MARK>\nC: USER mrose\n";
    assert!(text.contains(controls), "{text}");
}

/// Cut at every place, in the middle of a command and before it.
#[test]
fn controls_in_pieces() {
    let server = TestServer::new();
    let mut pop = server.log_in("mrose", "secret");
    for octet in b"ST\xff\xf1A\xff\xfc\x01T\xff\xfe\x18\r\n" {
        pop.send(&[*octet]);
    }
    assert_eq!(pop.line(), "+OK 2 320");
    pop.send(b"DELE 1\xff\xf4STAT\r\nDELE 1\xff\xf8NOOP\r\n");
    assert_eq!((pop.line().as_str(), pop.line().as_str()), ("+OK 2 320", "+OK"));
    pop.send(b"\xff\xfa\x18\x00anything\xff\xf0LAST\r\n");
    assert_eq!(pop.line(), "+OK 0");
    pop.quit();
}

/// Some clients send the mark after Ctrl-C as urgent data, which the system would set aside.
#[test]
fn a_mark_that_is_urgent() {
    let server = TestServer::new();
    let stream = TcpStream::connect(server.address()).expect("a connection");
    let urgent = stream.try_clone().expect("a descriptor");
    let mut pop = Pop::greeted(stream);
    assert!(pop.log_in("mrose", "secret").starts_with("+OK"));
    for _ in 0..3 {
        pop.send(b"\xff\xf4\xff");
        SockRef::from(&urgent).send_out_of_band(b"\xf2").expect("a connection");
        assert_eq!(pop.ask("STAT"), "+OK 2 320");
    }
    pop.quit();
}

/// Every option is refused once; a refusal is not answered.
#[test]
fn options() {
    let server = TestServer::new();
    let mut stream = TcpStream::connect(server.address()).expect("a connection");
    let every: Vec<u8> = (0..=255).filter(|option| *option != b'\n').collect();
    let mut expected = Vec::new();
    for (verb, answer) in [(253, Some(252)), (251, Some(254)), (252, None), (254, None)] {
        for &option in &every {
            stream.write_all(&[255, verb, option]).expect("a connection");
            expected.extend(answer.into_iter().flat_map(|answer| [255, answer, option]));
        }
    }
    stream.write_all(b"QUIT\r\n").expect("a connection");
    stream.set_read_timeout(Some(DEADLINE)).expect("a timer");
    let mut said = Vec::new();
    stream.read_to_end(&mut said).expect("everything");
    let after_greeting = said.iter().position(|octet| *octet == b'\n').expect("a greeting") + 1;
    let (answers, goodbye) = said[after_greeting..].split_at(expected.len());
    assert!(answers == expected, "{answers:?}");
    assert_eq!(goodbye, b"+OK dewey POP3 server signing off\r\n");
}

/// An octet 255 that begins no control belongs to the line.
#[test]
fn an_octet_255_in_a_password() {
    let server = TestServer::new();
    server.write("odd", b"\xff \xff\xffz\n");
    for typed in [&b"PASS \xff \xff\xff\xff\xffz"[..], b"PASS \xff\xff \xff\xff\xff\xffz"] {
        let mut pop = server.open();
        pop.ask("USER odd");
        assert!(pop.ask(typed).starts_with("+OK"), "{}", typed.escape_ascii());
        pop.quit();
    }
}
