//! What carries octets from and to a client, and waits only so long for it.
//!
//! Sockets are here; pipes and terminals, which have no timers of their own, are
//! in `patient`.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

/// Where a client's octets come from.
pub trait Source: Send {
    /// Reads what has come, or waits for it about so long, and not much more
    /// than a second longer. 0 octets: nothing will come any more.
    ///
    /// # Errors
    /// `WouldBlock` or `TimedOut` when nothing came in that time; else what the
    /// system says.
    fn receive(&mut self, buffer: &mut [u8], wait: Duration) -> io::Result<usize>;
}

/// Where a client's octets go.
pub trait Sink: Send {
    /// Writes as many of the octets as the client takes, waiting for it about so
    /// long.
    ///
    /// # Errors
    /// `WouldBlock` or `TimedOut` when it took none in that time; else what the
    /// system says.
    fn send(&mut self, octets: &[u8], wait: Duration) -> io::Result<usize>;
}

/// A timer of a socket that is wrong by no more than this is not set again: it
/// would cost a system call per command. One that ends too early is no harm,
/// for whoever waits looks at the clock.
const SLACK: Duration = Duration::from_secs(1);

/// A socket's timer for writing is this part of the wait.
const PARTS: u32 = 12;

/// One direction of a socket, with the timer that the socket has for it.
pub struct Socket {
    stream: Arc<TcpStream>,
    timer: Duration,
}

impl Socket {
    /// One direction of this stream; the other may be another's.
    pub fn new(stream: &Arc<TcpStream>) -> Self {
        Socket { stream: Arc::clone(stream), timer: Duration::ZERO }
    }

    /// Sets the timer to this duration unless it is near enough.
    fn wind(
        &mut self,
        wait: Duration,
        set: fn(&TcpStream, Option<Duration>) -> io::Result<()>,
    ) -> io::Result<()> {
        if self.timer.is_zero() || self.timer.abs_diff(wait) > SLACK {
            // No timer at all is what zero means to the system.
            set(&self.stream, Some(wait.max(Duration::from_millis(1))))?;
            self.timer = wait;
        }
        Ok(())
    }
}

impl Source for Socket {
    fn receive(&mut self, buffer: &mut [u8], wait: Duration) -> io::Result<usize> {
        self.wind(wait, TcpStream::set_read_timeout)?;
        (&*self.stream).read(buffer)
    }
}

impl Sink for Socket {
    /// The system tells what a client has taken of these octets only when it has
    /// taken all or the timer is over. So the timer is a part of the wait, lest a
    /// client that takes nothing any more be waited for twice as long.
    fn send(&mut self, octets: &[u8], wait: Duration) -> io::Result<usize> {
        let part = wait / PARTS;
        self.wind(part, TcpStream::set_write_timeout)?;
        let mut parts_left = PARTS;
        loop {
            parts_left -= 1;
            match (&*self.stream).write(octets) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock && parts_left > 0 => {}
                other => return other,
            }
        }
    }
}

/// What never makes anybody wait: memory, a file.
pub struct Prompt<T>(pub T);

impl<T: Read + Send> Source for Prompt<T> {
    fn receive(&mut self, buffer: &mut [u8], _: Duration) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<T: Write + Send> Sink for Prompt<T> {
    fn send(&mut self, octets: &[u8], _: Duration) -> io::Result<usize> {
        self.0.write(octets)
    }
}
