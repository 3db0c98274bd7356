//! How long the examiner waits for an answer. It waits in full at first; a
//! server that keeps it waiting again and again wears its patience thin, so
//! that even an examination of a silent server ends.

use std::time::Duration;

/// Answers waited for in vain after which waiting becomes shorter.
const IN_FULL: u32 = 6;

/// Answers waited for in vain after which there is no more waiting.
const AT_ALL: u32 = 40;

/// The part of the patience that is left then.
const WORN: u32 = 5;

#[derive(Clone, Copy, Debug)]
pub struct Patience {
    full: Duration,
    in_vain: u32,
}

impl Patience {
    pub fn new(full: Duration) -> Patience {
        Patience { full, in_vain: 0 }
    }

    /// How long to wait for the next answer.
    pub fn now(&self) -> Duration {
        if self.in_vain < IN_FULL { self.full } else { self.full / WORN }
    }

    /// How long to wait for a server that is no longer needed.
    pub fn goodbye(&self) -> Duration {
        self.now() / WORN
    }

    pub fn waited_in_vain(&mut self) {
        self.in_vain += 1;
    }

    pub fn is_over(&self) -> bool {
        self.in_vain >= AT_ALL
    }
}
