//! Unit tests of `src/transcript/elide.rs`.

use super::*;

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
