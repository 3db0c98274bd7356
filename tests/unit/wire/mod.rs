//! Unit tests of `src/wire/mod.rs`.

use super::*;
use std::collections::VecDeque;
use std::io::Read;

/// Gives its parts one per read, or as much of one as there is room for.
struct Parts(VecDeque<Vec<u8>>);

impl Read for Parts {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(mut part) = self.0.pop_front() else { return Ok(0) };
        let fits = part.len().min(buffer.len());
        let rest = part.split_off(fits);
        if !rest.is_empty() {
            self.0.push_front(rest);
        }
        buffer[..fits].copy_from_slice(&part);
        Ok(fits)
    }
}

fn lines(parts: &[&[u8]]) -> Vec<String> {
    let input = Parts(parts.iter().map(|p| p.to_vec()).collect());
    let (source, sink) = (Box::new(Untimed(input)), Box::new(Untimed(io::sink())));
    let mut wire = Wire::new(Peer::Local, source, sink, limits::AUTOLOGOUT);
    let mut found = Vec::new();
    while let Some(line) = wire.read_line(None).unwrap() {
        found.push(match line {
            Line::Whole(line) => String::from_utf8_lossy(line).into_owned(),
            Line::TooLong(_) => "too long".to_owned(),
        });
    }
    found
}

#[test]
fn lines_come_whole_however_they_arrive() {
    assert_eq!(lines(&[b"STAT\r\nNOOP\r\nQ"]), ["STAT", "NOOP"]);
    assert_eq!(lines(&[b"ST", b"AT\r", b"\nNOOP\n", b"\r\n"]), ["STAT", "NOOP", ""]);
    let octets: Vec<&[u8]> = b"QUIT\r\n".chunks(1).collect();
    assert_eq!(lines(&octets), ["QUIT"]);
}

#[test]
fn a_lone_cr_does_not_end_a_line() {
    assert_eq!(lines(&[b"A\rB\r\r\n"]), ["A\rB\r"]);
}

#[test]
fn a_line_that_is_too_long_is_one_line() {
    let longest = [&[b'x'; limits::COMMAND_LINE - 2][..], b"\r\n"].concat();
    assert_eq!(lines(&[&longest])[0].len(), limits::COMMAND_LINE - 2);
    let longer = [b'x'; 3000];
    assert_eq!(lines(&[&longer, &longer, &longer, b"\r\nSTAT\r\n"]), ["too long", "STAT"]);
    assert_eq!(lines(&[&longer[..1024], b"\nSTAT\r\n"]), ["too long", "STAT"]);
}
