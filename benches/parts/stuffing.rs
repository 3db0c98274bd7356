//! What RETR makes of stored lines, in memory, beside a plain copy; and a whole
//! message read from its file on the way.

use crate::mail::{self, ALL_LINES, Fixture, Lines};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use pop1081::limits;
use pop1081::maildrop::internals;
use pop1081::protocol::message::Chunk;
use pop1081::protocol::stuffing::{SLACK, stuff};
use std::fs::File;
use std::ops::ControlFlow;

#[divan::bench(args = ALL_LINES)]
fn stuffed(bencher: Bencher<'_, '_>, lines: Lines) {
    let text = mail::text(lines, limits::MESSAGE_BUFFER);
    let mut response = vec![0; 2 * text.len() + SLACK];
    bencher
        .counter(BytesCount::of_slice(&text))
        .bench_local(|| stuff(Chunk::Lines(black_box(&text)), &mut response).written);
}

#[divan::bench]
fn limit_copied(bencher: Bencher<'_, '_>) {
    let text = mail::text(Lines::Normal, limits::MESSAGE_BUFFER);
    let mut response = vec![0; text.len()];
    bencher.counter(BytesCount::of_slice(&text)).bench_local(|| {
        black_box(&mut response).copy_from_slice(black_box(&text));
    });
}

#[divan::bench(args = ALL_LINES, sample_count = 20)]
fn read_and_stuffed(bencher: Bencher<'_, '_>, lines: Lines) {
    let maildrop = mail::maildrop(1, &mail::text(lines, 16_000_000));
    let fixture = Fixture::new("stuffing", &maildrop);
    let file = File::open(fixture.maildrop()).expect("the maildrop");
    let listing = internals::burst(&file, mail::LINE_ONE, maildrop.len() as u64).expect("a maildrop");
    let message = listing.messages[0].span;
    let mut response = vec![0; 4 * limits::MESSAGE_BUFFER + SLACK];
    bencher.counter(BytesCount::new(maildrop.len())).bench_local(|| {
        let mut octets = 0;
        let taken = internals::read(&file, &message, |chunk| {
            octets += stuff(chunk, &mut response).octets;
            Ok(ControlFlow::Continue(()))
        });
        taken.expect("a message");
        assert_eq!(octets, message.octets);
    });
}
