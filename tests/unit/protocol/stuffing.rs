//! Unit tests of `src/protocol/stuffing.rs`.

use super::*;

fn stuffed(chunk: Chunk<'_>) -> (Vec<u8>, u64) {
    let octets = match chunk {
        Chunk::Lines(octets) | Chunk::Fragment { octets, .. } => octets,
    };
    let mut response = vec![0; 2 * octets.len() + SLACK];
    let Stuffed { written, octets } = stuff(chunk, &mut response);
    response.truncate(written);
    (response, octets)
}

fn part(octets: &[u8], starts: bool, ends: bool) -> Vec<u8> {
    stuffed(Chunk::Fragment { octets, starts, ends }).0
}

#[test]
fn only_a_dot_that_begins_a_line_is_doubled() {
    assert_eq!(part(b".", true, true), b"..\r\n");
    assert_eq!(part(b"..x", true, true), b"...x\r\n");
    assert_eq!(part(b"x.", true, true), b"x.\r\n");
    assert_eq!(part(b"", true, true), b"\r\n");
    assert_eq!(part(b".rest of a long line", false, false), b".rest of a long line");
}

/// The same without any cleverness.
fn modelled(lines: &[u8]) -> (Vec<u8>, u64) {
    let (mut response, mut octets) = (Vec::new(), 0);
    for line in lines.split_inclusive(|o| *o == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        response.extend_from_slice(if line.starts_with(b".") { b"." } else { b"" });
        response.extend_from_slice(line);
        response.extend_from_slice(b"\r\n");
        octets += line.len() as u64 + 2;
    }
    (response, octets)
}

#[test]
fn lines_of_any_kind() {
    arbtest::arbtest(|u| {
        const WORDS: [&[u8]; 10] =
            [b"\n", b"\n", b"\r\n", b"\r", b".", b"..", b"x", b"\xff\x8a\0", b"seven..", b"a longer word. "];
        let mut lines = Vec::new();
        for _ in 0..u.int_in_range(0..=300)? {
            lines.extend_from_slice(u.choose(&WORDS)?);
        }
        lines.push(b'\n');
        assert_eq!(stuffed(Chunk::Lines(&lines)), modelled(&lines), "{}", lines.escape_ascii());
        Ok(())
    })
    .budget_ms(300);
}
