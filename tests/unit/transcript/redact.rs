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
    escape_start(&[b'x'; limits::SHOWN_LINE + 1], 5000, limits::SHOWN_LINE, &mut shown);
    assert!(shown.starts_with("xxx"));
    assert!(shown.ends_with(&format!("x<{} more octets>", 5000 - limits::SHOWN_LINE)), "{shown}");
}

fn elided(lines: usize, cut: usize) -> (Vec<String>, u64, Vec<String>) {
    let all: String = (1..=lines).map(|n| format!("line {n}\r\n")).collect();
    let (mut elision, mut first) = (Elision::default(), Vec::new());
    for part in all.as_bytes().chunks(cut) {
        elision.take(part, |line| first.push(line.to_owned()));
    }
    let (left_out, last) = elision.end();
    (first, left_out, last.into())
}

#[test]
fn a_short_response_is_whole() {
    let whole = limits::ELISION_FIRST + limits::ELISION_LAST;
    for lines in 0..=whole {
        let (first, left_out, last) = elided(lines, 5);
        assert_eq!((first.len() + last.len(), left_out), (lines, 0));
    }
}

#[test]
fn of_a_long_one_the_ends() {
    for cut in [1, 7, 10_000] {
        let (first, left_out, last) = elided(100, cut);
        assert_eq!((first.len(), last.len()), (limits::ELISION_FIRST, limits::ELISION_LAST));
        assert_eq!(left_out as usize, 100 - limits::ELISION_FIRST - limits::ELISION_LAST);
        assert_eq!((first[0].as_str(), last[last.len() - 1].as_str()), ("line 1", "line 100"));
    }
}

#[test]
fn a_line_that_fills_its_room_has_no_line_end_in_it() {
    for length in limits::SHOWN_LINE - 3..limits::SHOWN_LINE + 3 {
        let (mut elision, mut came) = (Elision::default(), String::new());
        elision.take(&[&vec![b'x'; length][..], b"\r\n"].concat(), |line| came = line.to_owned());
        assert!(!came.contains("CR") && came.contains(&"x".repeat(length.min(limits::SHOWN_LINE))), "{came}");
        assert_eq!(came.contains("more octets"), length > limits::SHOWN_LINE, "{came}");
    }
}
