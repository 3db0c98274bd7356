//! Unit tests of `src/maildrop/inspect.rs`.

use super::*;
use std::{env, fs, process};

#[test]
fn what_a_separator_line_says() {
    for line in [
        "From ford@betelgeuse Tue Nov  1 09:12:00 1988",
        "From a Tue Nov 1 9:05 1988\r",
        "From - Sat Nov 21 09:00:00 2026",
        "From a b Mon, 7 Nov 88 10:00 PST remote from c",
    ] {
        assert!(says_when(line.as_bytes()), "{line}");
    }
    for line in ["From ", "From a", "From Mon to Tue", "From the door, at 10:00", "From Sun 10:00"] {
        assert!(!says_when(line.as_bytes()), "{line}");
    }
}

/// However small the window is, the same lines are found.
#[test]
fn windows_do_not_matter() {
    let long = "x".repeat(700);
    let text = format!(
        "pw\n\nFrom a\nb\n\nFrom b\nFrom c\n>From d\nx From e\n\r\nFrom f\n{long}\nFrom g {long}\n\nFrom h"
    );
    let path = env::temp_dir().join(format!("pop1081-inspect-{}", process::id()));
    fs::write(&path, &text).unwrap();
    let file = File::open(&path).unwrap();
    let expected = [(3, true), (6, true), (7, false), (11, true), (13, false), (15, true)];
    for size in (LOOK + CONTEXT + 1..LOOK + 300).chain([100_000]) {
        let mut found = Vec::new();
        from_lines(vec![0; size], &file, 3, text.len() as u64, |line, separates, text| {
            assert!(text.starts_with(SEPARATOR) && !text.contains(&b'\n'));
            found.push((line, separates));
        })
        .unwrap();
        assert_eq!(found, expected, "{size}");
    }
    fs::remove_file(&path).unwrap();
}
