//! LIST and UIDL of 100,000 messages in a session without a network, login
//! included, beside a plain copy of so many octets.

use crate::mail::{self, Fixture, Lines};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};

const MESSAGES: usize = 100_000;
/// So often in one session that the login counts for little.
const TIMES: usize = 10;
const COMMANDS: [&str; 2] = ["LIST", "UIDL"];

#[divan::bench(args = COMMANDS, sample_count = 10)]
fn listed_ten_times(bencher: Bencher<'_, '_>, command: &str) {
    let fixture = Fixture::new("listing", &mail::maildrop(MESSAGES, &mail::text(Lines::Normal, 300)));
    let commands = format!("{command}\r\n").repeat(TIMES);
    // The first session finds everything out, and leaves it behind.
    let octets = fixture.session(&format!("{commands}QUIT\r\n"));
    assert!(octets > (TIMES * MESSAGES * "1 300\r\n".len()) as u64);
    bencher.counter(BytesCount::new(octets)).bench_local(|| fixture.session(&commands));
}

#[divan::bench(sample_count = 10)]
fn limit_copied(bencher: Bencher<'_, '_>) {
    let octets = vec![b'1'; TIMES * MESSAGES * "100000 372\r\n".len()];
    let mut copy = vec![0; octets.len()];
    bencher.counter(BytesCount::of_slice(&octets)).bench_local(|| {
        black_box(&mut copy).copy_from_slice(black_box(&octets));
    });
}
