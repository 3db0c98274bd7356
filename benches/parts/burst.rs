//! Bursting a maildrop of 64 MB from the page cache, beside a plain count of its
//! line ends through a window of the same size.

use crate::mail::{self, Fixture, Lines};
use divan::Bencher;
use divan::counter::BytesCount;
use pop1081::limits;
use pop1081::maildrop::internals;
use std::fs::File;
use std::io::Read;

const OCTETS: usize = 64_000_000;

/// Octets of each message, and its lines.
const KINDS: [(usize, Lines); 3] = [(10_000, Lines::Normal), (300, Lines::Normal), (10_000, Lines::Short)];

fn fixture((octets, lines): (usize, Lines)) -> (Fixture, u64) {
    let maildrop = mail::maildrop(OCTETS / octets, &mail::text(lines, octets));
    (Fixture::new("burst", &maildrop), maildrop.len() as u64)
}

#[divan::bench(args = KINDS, sample_count = 10)]
fn burst(bencher: Bencher<'_, '_>, kind: (usize, Lines)) {
    let (fixture, size) = fixture(kind);
    let file = File::open(fixture.maildrop()).expect("the maildrop");
    bencher.counter(BytesCount::new(size)).bench_local(|| {
        let listing = internals::burst(&file, mail::LINE_ONE, size).expect("a maildrop that can be parsed");
        assert_eq!(listing.messages.len(), OCTETS / kind.0);
    });
}

#[divan::bench(args = KINDS, sample_count = 10)]
fn limit_line_ends_counted(bencher: Bencher<'_, '_>, kind: (usize, Lines)) {
    let (fixture, size) = fixture(kind);
    let mut window = vec![0; limits::FILE_BUFFER];
    bencher.counter(BytesCount::new(size)).bench_local(|| {
        let mut file = File::open(fixture.maildrop()).expect("the maildrop");
        let mut lines = 0;
        while let Some(read) = Some(file.read(&mut window).expect("octets")).filter(|read| *read > 0) {
            lines += memchr::memchr_iter(b'\n', &window[..read]).count();
        }
        lines
    });
}
