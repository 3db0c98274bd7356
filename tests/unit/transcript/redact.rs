//! Unit tests of `src/transcript/redact.rs`.

use super::*;

#[track_caller]
fn shown(line: &str, password: PasswordPhase, expected: &str) {
    assert_eq!(&line[..visible_length(line.as_bytes(), password)], expected, "{line:?}");
}

#[test]
fn passwords_and_digests() {
    for password in [PasswordPhase::Early, PasswordPhase::Due, PasswordPhase::Past] {
        shown("PASS secret", password, "PASS");
        shown("pass  two words ", password, "pass");
        shown("PASS\tsecret", password, "PASS");
        shown("PaSSsecret", password, "PaSS");
        shown(" PASS secret", password, " PASS");
        shown("\x08\tPASS secret", password, "\x08\tPASS");
        shown("PASS", password, "PASS");
        shown("APOP mrose c4c9334b", password, "APOP mrose");
        shown("apop   mrose   c4c9334b", password, "apop   mrose");
        shown("APOP c4c9334b", password, "APOP");
        shown("APOP c4c9334bac560ecc979e58001b3e22fb mrose", password, "APOP");
        shown("APOP a b c", password, "APOP");
        shown("USER mrose secret", password, "USER");
    }
}

#[test]
fn what_is_no_secret() {
    for line in ["USER mrose", "RPOP mrose", "STAT", "LIST 1", "TOP 1 10", "QUIT"] {
        shown(line, PasswordPhase::Due, line);
    }
    shown("HELO dewey", PasswordPhase::Past, "HELO dewey");
}

#[test]
fn what_may_be_a_password() {
    for line in ["secret", "PSAS secret", "two words", ""] {
        shown(line, PasswordPhase::Due, "");
    }
    shown("LOGIN mrose secret", PasswordPhase::Early, "LOGIN");
    shown("PAS secret", PasswordPhase::Early, "PAS");
}

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
