//! Reading command lines, beside a plain search for their ends.

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use pop1081::protocol::command::Command;

const LINES: [&str; 8] =
    ["USER mrose", "PASS open sesame", "STAT", "LIST", "RETR 4711", "TOP 17 20", "DELE 12", "retr x"];

#[divan::bench]
fn parsed(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(LINES.len())).bench_local(|| {
        black_box(LINES).iter().filter(|line| Command::parse(line.as_bytes()).is_ok()).count()
    });
}

#[divan::bench]
fn limit_line_ends_found(bencher: Bencher<'_, '_>) {
    let octets = LINES.map(|line| format!("{line}\r\n")).concat().into_bytes();
    bencher
        .counter(ItemsCount::new(LINES.len()))
        .counter(BytesCount::of_slice(&octets))
        .bench_local(|| memchr::memchr_iter(b'\n', black_box(&octets)).count());
}
