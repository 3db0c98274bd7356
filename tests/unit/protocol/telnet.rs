//! Unit tests of `src/protocol/telnet.rs`.

use super::*;

/// The text and the controls that come of these octets, in parts of this size.
fn stripped(octets: &[u8], size: usize) -> (Vec<u8>, Vec<String>) {
    let (mut text, mut controls) = (Vec::new(), Vec::new());
    let (mut telnet, mut buffer) = (Telnet::new(octets), vec![0; size]);
    loop {
        match telnet.read(&mut buffer) {
            Ok(0) => return (text, controls),
            Ok(read) => text.extend_from_slice(&buffer[..read]),
            Err(e) => controls.push(e.downcast::<Control>().unwrap().to_string()),
        }
    }
}

#[track_caller]
fn expect(octets: &[u8], text: &[u8], controls: &[&str]) {
    for size in 1..=octets.len() {
        let (came, told) = stripped(octets, size);
        assert_eq!(came.escape_ascii().to_string(), text.escape_ascii().to_string());
        assert_eq!(told, controls);
    }
}

#[test]
fn what_telnet_sends_on_ctrl_c() {
    let controls = ["<IAC IP>", "<IAC DO TIMING-MARK>"];
    expect(b"STAT\r\n\xff\xf4\xff\xfd\x06NOOP\r\n", b"STAT\r\nNOOP\r\n", &controls);
    expect(b"\xff\xf3\xff\xf2", b"", &["<IAC BRK>", "<IAC DM>"]);
}

#[test]
fn who_interrupts_begins_a_new_line() {
    expect(b"DELE\xff\xf4NOOP\r\n", b"DELENOOP\r\n", &["<IAC IP>"]);
    assert!(Control::Command(IP).begins_line());
    expect(b"NO\xff\xf6OP", b"NOOP", &["<IAC AYT>"]);
}

#[test]
fn negotiations_and_what_is_answered() {
    expect(
        b"\xff\xfb\x18\xff\xfc\x01\xff\xfe\xff",
        b"",
        &["<IAC WILL TERMINAL-TYPE>", "<IAC WONT ECHO>", "<IAC DONT 255>"],
    );
    let answer = |verb| Control::Negotiation { verb, option: 6 }.answer().map(Control::octets);
    assert_eq!(answer(DO), Some(b"\xff\xfc\x06".to_vec()));
    assert_eq!(answer(WILL), Some(b"\xff\xfe\x06".to_vec()));
    assert_eq!((answer(WONT), answer(DONT)), (None, None));
}

#[test]
fn a_subnegotiation_is_no_text() {
    expect(b"A\xff\xfa\x18\x00vt\xff\xff100\xff\xf0B", b"AB", &["<IAC SB ... IAC SE>"]);
}

#[test]
fn an_octet_255_of_a_password() {
    expect(b"a\xff\tb\xff\n", b"a\xff\tb\xff\n", &[]);
    expect(b"a\xff\xffb\xff\xff\xff\xf1", b"a\xffb\xff", &["<IAC NOP>"]);
}

#[test]
fn a_line_end_always_ends_the_line() {
    for before in [&b"\xff"[..], b"\xff\xfd", b"\xff\xfa\x18", b"\xff\xfa\xff"] {
        let (text, _) = stripped(&[before, b"\nSTAT\n"].concat(), 1);
        assert!(text.ends_with(b"\nSTAT\n") && text.len() <= 7, "{}", text.escape_ascii());
    }
}
