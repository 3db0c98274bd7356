//! What carries octets from and to a client: a socket, which has timers; or a pipe
//! or a terminal, which have none, so that a thread reads or writes for them.
//!
//! A thread that waits for a dead client ends with its process, which serves that
//! client only.

use crate::limits;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
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

fn start(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().stack_size(limits::SESSION_STACK).spawn(work).map(drop)
}

/// Reads from what has no timer.
pub struct PipeReader {
    parts: Receiver<io::Result<Vec<u8>>>,
    part: Vec<u8>,
}

impl PipeReader {
    /// # Errors
    /// When there is no thread to be had.
    pub fn new(input: File) -> io::Result<Self> {
        let (sender, parts) = sync_channel(1);
        start(move || read_parts(input, &sender))?;
        Ok(PipeReader { parts, part: Vec::new() })
    }
}

fn read_parts(mut input: File, parts: &SyncSender<io::Result<Vec<u8>>>) {
    let mut buffer = [0; limits::INPUT_BUFFER];
    loop {
        let part = match input.read(&mut buffer) {
            Ok(0) => return,
            Ok(n) => Ok(buffer[..n].to_vec()),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => Err(e),
        };
        let failed = part.is_err();
        if parts.send(part).is_err() || failed {
            return;
        }
    }
}

impl Source for PipeReader {
    fn receive(&mut self, buffer: &mut [u8], wait: Duration) -> io::Result<usize> {
        if self.part.is_empty() {
            self.part = match self.parts.recv_timeout(wait) {
                Ok(part) => part?,
                Err(RecvTimeoutError::Timeout) => return Err(io::ErrorKind::TimedOut.into()),
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
            };
        }
        let length = self.part.len().min(buffer.len());
        buffer[..length].copy_from_slice(&self.part[..length]);
        self.part.drain(..length);
        Ok(length)
    }
}

/// Writes to what has no timer, one part at a time.
pub struct PipeWriter {
    parts: SyncSender<Vec<u8>>,
    written: Receiver<io::Result<()>>,
}

impl PipeWriter {
    /// # Errors
    /// When there is no thread to be had.
    pub fn new(mut output: File) -> io::Result<Self> {
        let (parts, to_write) = sync_channel::<Vec<u8>>(1);
        let (done, written) = sync_channel(1);
        start(move || {
            while let Ok(part) = to_write.recv() {
                if done.send(output.write_all(&part)).is_err() {
                    return;
                }
            }
        })?;
        Ok(PipeWriter { parts, written })
    }
}

impl Sink for PipeWriter {
    fn send(&mut self, octets: &[u8], wait: Duration) -> io::Result<usize> {
        let part = &octets[..octets.len().min(limits::PIPE_PART)];
        let handed_over = self.parts.send(part.to_vec()).is_ok();
        match self.written.recv_timeout(wait) {
            Ok(written) if handed_over => written.map(|()| part.len()),
            Err(RecvTimeoutError::Timeout) => Err(io::ErrorKind::TimedOut.into()),
            Ok(_) | Err(RecvTimeoutError::Disconnected) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

/// What never makes anybody wait: memory, a file.
pub struct Untimed<T>(pub T);

impl<T: Read + Send> Source for Untimed<T> {
    fn receive(&mut self, buffer: &mut [u8], _: Duration) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<T: Write + Send> Sink for Untimed<T> {
    fn send(&mut self, octets: &[u8], _: Duration) -> io::Result<usize> {
        self.0.write(octets)
    }
}
