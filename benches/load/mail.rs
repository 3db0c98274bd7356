//! The maildrops that every server is given: the same messages, made from a seed.
//!
//! The layout of a maildrop on disk is in `make`.

use std::io::Write as _;

pub const PASSWORD: &str = "secret";
pub const SEPARATOR: &[u8] = b"From bench@example.org Sat Nov 21 09:00:00 2026\n";

/// What the lines of a message's body look like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// 70 letters and spaces.
    Normal,
    /// The same with a dot in front.
    Dots,
    /// No letter to five, at random: lines of one length would be foreseen.
    Short,
}

/// A maildrop's contents.
pub struct Kind {
    pub name: &'static str,
    pub messages: u64,
    /// Octets of each message as RETR counts them, headers included; it is as
    /// much longer as the last line takes.
    pub octets: usize,
    pub lines: Lines,
}

const fn kind(name: &'static str, messages: u64, octets: usize, lines: Lines) -> Kind {
    Kind { name, messages, octets, lines }
}

pub const KINDS: [Kind; 8] = [
    kind("small", 10, 1_000, Lines::Normal),
    kind("letters", 5_000, 2_600, Lines::Normal),
    kind("normal", 1, 122_000_000, Lines::Normal),
    kind("dots", 1, 122_000_000, Lines::Dots),
    kind("short", 1, 122_000_000, Lines::Short),
    kind("many", 100_000, 300, Lines::Normal),
    kind("large", 100_000, 10_000, Lines::Normal),
    kind("million", 1_000_000, 200, Lines::Normal),
];

/// The maildrop of a user: several have the same, as `small1`, `small2`.
pub fn of_user(user: &str) -> Option<&'static Kind> {
    let name = user.trim_end_matches(|c: char| c.is_ascii_digit());
    KINDS.iter().find(|kind| kind.name == name)
}

const POOL_LINES: usize = 4096;
const LINE: usize = 70;

/// Makes messages as they lie in an mbox, lines ending in LF.
pub struct Writer {
    pool: Vec<u8>,
    seed: u64,
}

impl Writer {
    pub fn new(seed: u64) -> Self {
        let mut random = seed;
        let mut pool = Vec::with_capacity(POOL_LINES * (LINE + 1));
        for _ in 0..POOL_LINES {
            // No line is like another thing that a server looks for: no dot, no "From ".
            pool.extend((0..LINE).map(|_| b"etaoinshrdlu cmfwyp gbvk"[next(&mut random) as usize % 24]));
            pool.push(b'\n');
        }
        Writer { pool, seed }
    }

    /// Message `number` of this kind.
    pub fn message(&self, kind: &Kind, number: u64) -> Vec<u8> {
        let mut text = Vec::with_capacity(kind.octets + 2 * LINE);
        // Writing to memory does not fail.
        let _ = write!(
            text,
            "From: bench@example.org\nTo: {0}@example.org\nSubject: message {number}\nMessage-ID: <{number}.{0}@example.org>\n\n",
            kind.name
        );
        let mut octets = text.len() + 5;
        let mut random = self.seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ kind.octets as u64;
        while octets < kind.octets {
            let line = self.line(next(&mut random) as usize, kind.lines);
            if kind.lines == Lines::Dots {
                text.push(b'.');
                octets += 1;
            }
            text.extend_from_slice(line);
            octets += line.len() + 1;
        }
        text
    }

    fn line(&self, random: usize, lines: Lines) -> &[u8] {
        let end = (random % POOL_LINES + 1) * (LINE + 1);
        match lines {
            Lines::Short => &self.pool[end - 1 - (random >> 32) % 6..end],
            Lines::Normal | Lines::Dots => &self.pool[end - LINE - 1..end],
        }
    }
}

/// splitmix64.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The message as RETR sends it: CRLF, byte-stuffed, with the termination line.
pub fn on_the_wire(text: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(text.len() + text.len() / 16 + 16);
    for line in text.split_inclusive(|octet| *octet == b'\n') {
        if line.first() == Some(&b'.') {
            wire.push(b'.');
        }
        wire.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(line));
        wire.extend_from_slice(b"\r\n");
    }
    wire.extend_from_slice(b".\r\n");
    wire
}
