//! What the tests beyond the memo share.
//!
//! | module    | duty                                                              |
//! |-----------|-------------------------------------------------------------------|
//! | `fixture` | a server with a Users directory of its own, gone when dropped   |
//! | `pop`     | a client on anything that carries octets, a deadline on each wait |
//! | `talk`    | the memo's `C:` / `S:` notation, spoken by such a client          |
//! | `model`   | a server held to the model of a maildrop                           |
//! | `program` | the built program run as a process of its own                     |
//! | `mail`    | maildrops put together from messages                              |
#![allow(dead_code, reason = "every test program uses its own part of this")]

pub mod fixture;
pub mod mail;
pub mod model;
pub mod pop;
pub mod program;
pub mod talk;

use crate::player::DEADLINE;
use std::io::{self, Write};
use std::thread;
use std::time::{Duration, Instant};

/// Between two looks at what somebody else is about to do.
const BETWEEN_LOOKS: Duration = Duration::from_millis(2);

/// Looks until there is something to be seen; panics when the deadline has passed.
#[track_caller]
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let give_up = Instant::now() + DEADLINE;
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < give_up, "waited in vain for {what}");
        thread::sleep(BETWEEN_LOOKS);
    }
}

/// Says past the test harness what could not be shown on this machine.
pub fn skipped(what_is_missing: &str) {
    let _ = writeln!(io::stderr(), "skipped: {what_is_missing}");
}

/// Whether this process may do what file modes forbid.
pub fn is_superuser() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|of_this_process| of_this_process.uid() == 0)
}
