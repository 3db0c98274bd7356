//! Properties of bursting, reading and quoting, on random maildrops through
//! windows so small that every line is cut somewhere.
//!
//! They are held against a model that goes from line to line and has no windows.

#[path = "../../model/mbox.rs"]
#[allow(dead_code, reason = "the tests of the program use more of it")]
mod model;

use super::listing::Span;
use super::mbox::Quoter;
use super::mbox::{burst, read};
use crate::protocol::message::Chunk;
use crate::protocol::stuffing;
use arbtest::arbitrary::{self, Unstructured};
use model::without_end;
use std::fs::{self, File};
use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

/// Text in which everything that matters is likely.
fn text(u: &mut Unstructured<'_>) -> arbitrary::Result<Vec<u8>> {
    const WORDS: [&[u8]; 14] = [
        b"From ",
        b"\nFrom ",
        b"\n\nFrom x\n",
        b"\r\n\r\nFrom y\r\n",
        b"\n>From ",
        b">",
        b">>>",
        b"\n",
        b"\r\n",
        b"\r",
        b".",
        b"Fro",
        b"x",
        b"\0\xff long enough a word to fill a window",
    ];
    let mut text = Vec::new();
    for _ in 0..u.int_in_range(0..=40)? {
        text.extend_from_slice(u.choose(&WORDS)?);
    }
    Ok(text)
}

struct Scratch(PathBuf);

impl Scratch {
    fn new(content: &[u8]) -> (Self, File) {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("pop1081-{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::write(&path, content).unwrap();
        let file = File::open(&path).unwrap();
        (Scratch(path), file)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Line one of every maildrop here; what is burst begins behind it.
const LINE_ONE: &[u8] = b"pw\n";

fn burst(file: &File, size: usize, window: usize) -> Vec<Span> {
    let mut spans = Vec::new();
    burst::burst_through(vec![0; window], file, LINE_ONE.len() as u64, size as u64, |span| spans.push(span))
        .unwrap();
    spans
}

/// The lines that reading hands out, and the octets that it counts.
fn read(file: &File, span: &Span, window: usize) -> (Vec<Vec<u8>>, u64) {
    let (mut lines, mut octets, mut in_line) = (Vec::<Vec<u8>>::new(), 0, false);
    read::read_through(vec![0; window], file, span, &mut |chunk| {
        match chunk {
            Chunk::Lines(whole) => {
                assert!(!in_line && whole.ends_with(b"\n"), "whole lines");
                lines.extend(whole.split_inclusive(|o| *o == b'\n').map(|line| without_end(line).to_vec()));
            }
            Chunk::Fragment { octets, starts, ends } => {
                assert_eq!(starts, !in_line, "a part knows whether it starts a line");
                if starts {
                    lines.push(Vec::new());
                }
                lines.last_mut().ok_or_else(|| io::Error::other("no line"))?.extend_from_slice(octets);
                in_line = !ends;
            }
        }
        let mut response = vec![0; 2 * chunk.len() + stuffing::SLACK];
        octets += stuffing::stuff(chunk, &mut response).octets;
        Ok(ControlFlow::Continue(()))
    })
    .unwrap();
    (lines, octets)
}

/// Milliseconds for the main property; `POP1081_BUDGET_MS` asks for more.
fn budget() -> u64 {
    std::env::var("POP1081_BUDGET_MS").map_or(1_500, |ms| ms.parse().unwrap())
}

#[test]
fn burst_and_read_are_what_the_model_says_through_any_window() {
    arbtest::arbtest(|u| {
        let maildrop = [LINE_ONE, b"From a\n", &text(u)?].concat();
        let (_scratch, file) = Scratch::new(&maildrop);
        let (burst_window, read_window) = (u.int_in_range(16..=99)?, u.int_in_range(16..=99)?);
        let expected = model::burst(&maildrop).expect("a separator line behind line one");
        let spans = burst(&file, maildrop.len(), burst_window);
        assert_eq!(spans.len(), expected.len(), "{}", maildrop.escape_ascii());
        for (span, placed) in spans.iter().zip(&expected) {
            let places = (span.start as usize, span.text as usize, span.end as usize);
            assert_eq!(places, (placed.start, placed.text, placed.end), "{}", maildrop.escape_ascii());
            assert_eq!(span.octets, placed.message.octets(), "{}", maildrop.escape_ascii());
            let (lines, octets) = read(&file, span, read_window);
            assert_eq!(lines, placed.message.lines, "{}", maildrop.escape_ascii());
            assert_eq!(octets, span.octets, "{}", maildrop.escape_ascii());
        }
        Ok(())
    })
    .budget_ms(budget());
}

#[test]
fn fingerprints_are_the_same_through_any_window() {
    arbtest::arbtest(|u| {
        let maildrop = [LINE_ONE, b"From a\n", &text(u)?, &text(u)?, &text(u)?, &text(u)?].concat();
        let (_scratch, file) = Scratch::new(&maildrop);
        let whole = burst(&file, maildrop.len(), maildrop.len());
        // As in earnest, a window holds more of a separator line than its fingerprint is made of.
        let window = u.int_in_range(300..=400)?;
        assert_eq!(burst(&file, maildrop.len(), window), whole, "{}", maildrop.escape_ascii());
        Ok(())
    })
    .budget_ms(500);
}

#[test]
fn what_is_quoted_comes_back_as_one_message_octet_for_octet() {
    arbtest::arbtest(|u| {
        let message = text(u)?;
        let mut maildrop = [LINE_ONE, b"From a\n"].concat();
        let mut quoter = Quoter::new();
        for part in message.chunks(u.int_in_range(1..=9)?) {
            quoter.push(part, &mut maildrop);
        }
        quoter.end(&mut maildrop);
        maildrop.extend_from_slice(match message.last() {
            None | Some(b'\n') => b"\n",
            Some(b'\r') => b"\r\n\n",
            Some(_) => b"\n\n",
        });
        let (_scratch, file) = Scratch::new(&maildrop);
        let spans = burst(&file, maildrop.len(), u.int_in_range(16..=99)?);
        assert_eq!(spans.len(), 1, "{}", maildrop.escape_ascii());
        let lines: Vec<Vec<u8>> =
            message.split_inclusive(|o| *o == b'\n').map(|line| without_end(line).to_vec()).collect();
        assert_eq!(read(&file, &spans[0], 32).0, lines, "{}", message.escape_ascii());
        Ok(())
    })
    .budget_ms(500);
}
