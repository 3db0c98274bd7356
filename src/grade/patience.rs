//! How long the examiner waits for a server.

use std::time::Duration;

/// Timeouts after which each wait is shorter.
const IN_FULL: u32 = 2;

/// Timeouts in a row after which nothing more is tried.
const IN_A_ROW: u32 = 20;

/// A shorter wait, unless the answers that do come take longer.
const SHORTER: Duration = Duration::from_millis(250);

/// What the patience is divided by where the server has only to close.
const TO_CLOSE: u32 = 5;

/// Connections that the server does not close after QUIT before that is no longer waited for.
const NOT_CLOSED: u32 = 3;

/// How long it is waited for then.
const GOODBYE: Duration = Duration::from_millis(20);

/// Logins refused for as long as they were tried again, after which they are tried again only
/// this long: the server does not let go of its lock.
const LOCKED_OUT: u32 = 3;
const LOCK: Duration = Duration::from_millis(100);

/// How long they are tried again before: far longer than a session takes to end.
const FOR_LOCK: Duration = Duration::from_secs(2);

/// A shorter wait is at least so many times as long as the slowest answer.
const SAFETY: u32 = 2;

/// How long the examiner waits for an answer: in full at first; where answers
/// fail to come again and again, shorter, but longer than any answer has taken.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    full: Duration,
    in_vain: u32,
    in_a_row: u32,
    not_closed: u32,
    locked_out: u32,
    slowest: Duration,
}

impl Patience {
    pub fn new(full: Duration) -> Patience {
        Patience { full, in_vain: 0, in_a_row: 0, not_closed: 0, locked_out: 0, slowest: Duration::ZERO }
    }

    /// How long to wait for the next answer.
    pub fn now(&self) -> Duration {
        if self.in_vain < IN_FULL { self.full } else { self.at_least(SHORTER) }
    }

    /// How long to wait until the server closes a connection.
    pub fn goodbye(&self) -> Duration {
        match self.not_closed < NOT_CLOSED {
            true => self.at_least(self.now() / TO_CLOSE),
            false => GOODBYE.max(self.slowest).min(self.full),
        }
    }

    /// How long to try again a login that is refused.
    pub fn lock(&self) -> Duration {
        match self.locked_out < LOCKED_OUT {
            true => self.at_least(FOR_LOCK),
            false => self.at_least(LOCK.min(self.full / TO_CLOSE)),
        }
    }

    pub fn locked_out(&mut self) {
        self.locked_out += 1;
    }

    fn at_least(&self, wait: Duration) -> Duration {
        wait.max(self.slowest * SAFETY).min(self.full)
    }

    /// The slowest answer of a dialogue took so long.
    pub fn answered(&mut self, slowest: Duration) {
        self.slowest = slowest.max(self.slowest);
    }

    /// A dialogue has gone, with a timeout at its end or without.
    pub fn waited(&mut self, in_vain: bool) {
        self.in_vain += u32::from(in_vain);
        self.in_a_row = if in_vain { self.in_a_row + 1 } else { 0 };
    }

    pub fn not_closed(&mut self) {
        self.not_closed += 1;
    }

    pub fn is_over(&self) -> bool {
        self.in_a_row >= IN_A_ROW
    }
}
