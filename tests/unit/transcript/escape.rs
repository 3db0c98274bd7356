//! Unit tests of `src/transcript/escape.rs`.

use super::*;

#[test]
fn what_cannot_be_seen_is_named() {
    let mut shown = String::new();
    escape(b"a <b>\0\r\x1b[1m\t\x7f\xe9\xff\x80", &mut shown);
    assert_eq!(shown, "a <b><NUL><CR><ESC>[1m<TAB><DEL><0xE9><0xFF><0x80>");
}

#[test]
fn a_long_line_is_cut() {
    let mut shown = String::new();
    escape_start(&[b'x'; limits::SHOWN_LINE + 1], 5000, &mut shown);
    assert!(shown.starts_with("xxx"));
    assert!(shown.ends_with(&format!("x<{} more octets>", 5000 - limits::SHOWN_LINE)), "{shown}");
}
