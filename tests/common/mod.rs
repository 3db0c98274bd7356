//! What the tests of the program share.
//!
//! | module    | duty                                                              |
//! |-----------|-------------------------------------------------------------------|
//! | `fixture` | a server with a Users directory of its own, gone when dropped     |
//! | `pop`     | a client on any kind of connection, with a deadline on each wait  |
//! | `talk`    | dialogues in the memo's `C:` / `S:` notation, by such a client    |
//! | `model`   | a session compared with the model of its maildrop                 |
//! | `program` | the built program, run as a process                               |
//! | `mail`    | maildrops made of messages                                        |
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

/// Between two attempts of [`wait_for`].
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(2);

/// Calls this until it returns something; panics after the deadline.
#[track_caller]
pub fn wait_for<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let give_up = Instant::now() + DEADLINE;
    loop {
        if let Some(result) = attempt() {
            return result;
        }
        assert!(Instant::now() < give_up, "no sign of {what} within the deadline");
        thread::sleep(BETWEEN_ATTEMPTS);
    }
}

/// Prints, past the test harness, what could not be tested on this machine.
pub fn skipped(what_is_missing: &str) {
    let _ = writeln!(io::stderr(), "skipped: {what_is_missing}");
}

/// Whether this process may do what file modes forbid.
pub fn is_superuser() -> bool {
    let id = std::process::Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout == b"0\n")
}
