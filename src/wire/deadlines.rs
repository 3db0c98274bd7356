//! For how long a client is waited for, and what it means that a wait has ended.

use crate::limits;
use std::io;
use std::time::{Duration, Instant};

/// How long a line is waited for.
pub struct Deadlines {
    /// Silence ends then.
    silence: Instant,
    /// The line must be complete then, if it has begun.
    line: Option<Instant>,
    /// The caller's patience ends then.
    caller: Option<Instant>,
}

impl Deadlines {
    pub fn new(silence: Duration, caller: Option<Instant>) -> Self {
        Deadlines { silence: Instant::now() + silence, line: None, caller }
    }

    /// Whether part of a line has come.
    pub fn for_line(&mut self, begun: bool) {
        self.line = begun.then(|| self.line.unwrap_or_else(|| Instant::now() + limits::LINE_TIME));
    }

    /// # Errors
    /// `TimedOut` when there is none.
    pub fn time_left(&self) -> io::Result<Duration> {
        let now = Instant::now();
        let passed = |end: Option<Instant>| end.is_some_and(|end| end <= now);
        if passed(Some(self.silence)) {
            return Err(too_slow("silent for too long"));
        } else if passed(self.line) {
            return Err(too_slow("took too long for a line"));
        } else if passed(self.caller) {
            return Err(too_slow("took too long to log in"));
        }
        let ends = [self.line, self.caller].into_iter().flatten();
        Ok(ends.fold(self.silence, Instant::min) - now)
    }
}

pub fn too_slow(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, why)
}

pub fn is_timer(e: &io::Error) -> bool {
    matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

pub fn is_interruption(e: &io::Error) -> bool {
    e.kind() == io::ErrorKind::Interrupted
}
