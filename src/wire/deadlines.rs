//! For how long a client is waited for, and which of its deadlines it has missed.

use super::transport::Input;
use crate::limits;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// When a client must have logged in.
#[derive(Clone)]
pub struct LoginDeadline {
    at: Instant,
    /// Whether it holds now; `None`: always.
    crowded: Option<Arc<AtomicBool>>,
}

impl LoginDeadline {
    /// A client must log in within this time, or if there is a condition, as long as
    /// that is true.
    pub fn within(time: Duration, crowded: Option<&Arc<AtomicBool>>) -> Self {
        LoginDeadline { at: Instant::now() + time, crowded: crowded.cloned() }
    }

    fn has_passed(&self, now: Instant) -> bool {
        self.at <= now && self.crowded.as_ref().is_none_or(|crowded| crowded.load(Ordering::Relaxed))
    }

    /// When to look at it again.
    fn next_look(&self, now: Instant) -> Instant {
        if self.at > now { self.at } else { now + limits::CROWD_LOOK }
    }
}

/// Until when a line is waited for.
#[derive(Clone)]
pub struct Deadlines {
    silence: Instant,
    /// When a line that has begun must be complete.
    line: Option<Instant>,
    login: Option<LoginDeadline>,
}

impl Deadlines {
    /// For a line that has not begun: the client may be silent for this long.
    pub fn new(silence: Duration, login: Option<&LoginDeadline>) -> Self {
        Deadlines { silence: Instant::now() + silence, line: None, login: login.cloned() }
    }

    /// Part of a line has come, or what had come was discarded.
    pub fn line_has_begun(&mut self, begun: bool) {
        self.line = begun.then(|| self.line.unwrap_or_else(|| Instant::now() + limits::LINE_TIME));
    }

    /// # Errors
    /// `TimedOut` when a deadline has passed.
    fn time_left(&self) -> io::Result<Duration> {
        let now = Instant::now();
        let passed = |end: Option<Instant>| end.is_some_and(|end| end <= now);
        if passed(Some(self.silence)) {
            return Err(timed_out("silent for too long"));
        } else if passed(self.line) {
            return Err(timed_out("took too long for a line"));
        } else if self.login.as_ref().is_some_and(|login| login.has_passed(now)) {
            return Err(timed_out("took too long to log in"));
        }
        let login = self.login.as_ref().map(|login| login.next_look(now));
        let ends = [self.line, login].into_iter().flatten();
        Ok(ends.fold(self.silence, Instant::min) - now)
    }
}

/// Reads from a client until a deadline has passed.
pub struct TimedReader {
    input: Box<dyn Input>,
    pub deadlines: Deadlines,
}

impl TimedReader {
    pub fn new(input: Box<dyn Input>, deadlines: Deadlines) -> Self {
        TimedReader { input, deadlines }
    }
}

impl Read for TimedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.input.set_timeout(self.deadlines.time_left()?)?;
            match self.input.read(buffer) {
                // With a timeout, a signal interrupts a read.
                Err(e) if is_timeout(&e) || e.kind() == io::ErrorKind::Interrupted => {}
                read => {
                    self.deadlines.line_has_begun(true);
                    return read;
                }
            }
        }
    }
}

/// The client has missed a deadline.
pub fn timed_out(how: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, how)
}

/// Whether a timeout of the transport is over. If the system says "timed out" itself, the
/// client's machine does not answer any more.
pub fn is_timeout(e: &io::Error) -> bool {
    match e.kind() {
        io::ErrorKind::WouldBlock => true,
        io::ErrorKind::TimedOut => e.raw_os_error().is_none(),
        _ => false,
    }
}

#[cfg(test)]
#[path = "../../tests/unit/wire/deadlines.rs"]
mod tests;
