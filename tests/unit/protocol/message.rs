//! Unit tests of `src/protocol/message.rs`.

use super::*;

#[test]
fn the_first_message_is_number_one() {
    assert_eq!(MessageNumber::from_index(0).get(), 1);
    assert_eq!(MessageNumber::from_index(41).index(), 41);
}

#[test]
fn one_message_is_not_messages() {
    let drop = |messages, octets| Totals { messages, octets }.to_string();
    assert_eq!(drop(2, 320), "2 messages (320 octets)");
    assert_eq!(drop(1, 1), "1 message (1 octet)");
    assert_eq!(drop(0, 0), "0 messages (0 octets)");
}

/// The lines of a message that TOP sends, when it comes in pieces of so many lines.
fn top(message: &str, lines: u64, at_once: usize) -> String {
    let mut limit = LineLimit::top(lines);
    let all: Vec<&str> = message.split_inclusive('\n').collect();
    let mut sent = Vec::new();
    for part in all.chunks(at_once) {
        let part = part.concat();
        let (Chunk::Lines(chunk), more) = limit.of(Chunk::Lines(part.as_bytes())) else { panic!() };
        sent.extend_from_slice(chunk);
        if !more {
            break;
        }
    }
    String::from_utf8(sent).unwrap()
}

#[test]
fn headers_the_empty_line_and_so_many_more() {
    for at_once in 1..6 {
        assert_eq!(top("a\nb\n\nc\n\nd\n", 0, at_once), "a\nb\n\n");
        assert_eq!(top("a\nb\n\nc\n\nd\n", 1, at_once), "a\nb\n\nc\n");
        assert_eq!(top("a\nb\n\nc\n\nd\n", 2, at_once), "a\nb\n\nc\n\n");
        assert_eq!(top("a\r\n\r\nc\r\nd\r\n", 1, at_once), "a\r\n\r\nc\r\n");
        assert_eq!(top("a\n\nc\n", 9, at_once), "a\n\nc\n");
        assert_eq!(top("a\nb\n", 0, at_once), "a\nb\n");
    }
}

#[test]
fn a_line_in_parts_is_one_line() {
    let mut limit = LineLimit::top(1);
    let part = |octets, starts, ends| Chunk::Fragment { octets, starts, ends };
    assert!(limit.of(Chunk::Lines(b"a\n\n")).1);
    assert!(limit.of(part(b"x", true, false)).1);
    assert!(!limit.of(part(b"", false, true)).1);
}
