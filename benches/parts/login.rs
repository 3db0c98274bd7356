//! A login on a maildrop of so many messages that is as it was, the loading of
//! its sidecar, and beside it one read of the same file.

use crate::mail::{self, Fixture, Lines};
use divan::Bencher;
use divan::counter::ItemsCount;
use pop1081::maildrop::internals::{ControlFiles, Sidecar};
use pop1081::protocol::credentials::UserName;
use std::fs;

const MESSAGES: [usize; 3] = [10, 1_000, 100_000];

/// A maildrop that a session has been to.
fn fixture(messages: usize) -> Fixture {
    let fixture = Fixture::new("login", &mail::maildrop(messages, &mail::text(Lines::Normal, 300)));
    fixture.session("QUIT\r\n");
    fixture
}

#[divan::bench(args = MESSAGES)]
fn session_of_one_stat(bencher: Bencher<'_, '_>, messages: usize) {
    let fixture = fixture(messages);
    bencher.bench_local(|| fixture.session("STAT\r\n"));
}

#[divan::bench(args = MESSAGES)]
fn sidecar_loaded(bencher: Bencher<'_, '_>, messages: usize) {
    let fixture = fixture(messages);
    let name = UserName::new(fixture.user.as_bytes()).expect("a name");
    let files = ControlFiles::new(&fixture.users, &name);
    bencher.counter(ItemsCount::new(messages)).bench_local(|| {
        let sidecar = Sidecar::open(&files).expect("a file").expect("a sidecar");
        let listing = sidecar.listing(0).expect("a listing");
        assert_eq!(listing.messages.len(), messages);
    });
}

#[divan::bench(args = MESSAGES)]
fn limit_sidecar_read(bencher: Bencher<'_, '_>, messages: usize) {
    let fixture = fixture(messages);
    let sidecar = fixture.users.join(".pop1081").join(format!("{}.state", fixture.user));
    bencher.counter(ItemsCount::new(messages)).bench_local(|| fs::read(&sidecar).expect("the sidecar"));
}
