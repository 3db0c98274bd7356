//! What a client is connected to: a socket, which has timeouts of its own, or a
//! pipe or a terminal, which have none, so that a thread reads or writes there.
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

/// Gives a client's octets. A read that finds none within the timeout fails with
/// `WouldBlock` or `TimedOut`.
pub trait Input: Read + Send {
    /// Sets the timeout, within about a second.
    ///
    /// # Errors
    /// What the system says.
    fn set_timeout(&mut self, timeout: Duration) -> io::Result<()>;
}

/// Takes the replies. A write of which nothing is taken within the timeout fails
/// with `WouldBlock` or `TimedOut`.
pub trait Output: Write + Send {
    /// As [`Input::set_timeout`].
    ///
    /// # Errors
    /// What the system says.
    fn set_timeout(&mut self, timeout: Duration) -> io::Result<()>;
}

/// A timeout of a socket that is wrong by no more than this is not set again: it
/// would cost a system call per command. One that ends too early does no harm, for
/// the reader looks at the clock.
const SLACK: Duration = Duration::from_secs(1);

/// A socket's timeout for writing is this part of the wait.
const PARTS: u32 = 12;

/// The receiving half of a socket.
pub struct SocketReader {
    stream: Arc<TcpStream>,
    timeout: Duration,
}

/// The sending half of a socket.
pub struct SocketWriter {
    stream: Arc<TcpStream>,
    timeout: Duration,
}

impl SocketReader {
    /// That of this stream.
    pub fn new(stream: &Arc<TcpStream>) -> Self {
        SocketReader { stream: Arc::clone(stream), timeout: Duration::ZERO }
    }
}

impl SocketWriter {
    /// That of this stream.
    pub fn new(stream: &Arc<TcpStream>) -> Self {
        SocketWriter { stream: Arc::clone(stream), timeout: Duration::ZERO }
    }
}

/// Whether a socket with the first timeout need not be given the second.
fn is_near(timeout: Duration, wanted: Duration) -> bool {
    !timeout.is_zero() && timeout.abs_diff(wanted) <= SLACK
}

/// The system takes zero for no timeout at all.
fn not_zero(timeout: Duration) -> Option<Duration> {
    Some(timeout.max(Duration::from_millis(1)))
}

impl Input for SocketReader {
    fn set_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        if !is_near(self.timeout, timeout) {
            self.stream.set_read_timeout(not_zero(timeout))?;
            self.timeout = timeout;
        }
        Ok(())
    }
}

impl Read for SocketReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.stream).read(buffer)
    }
}

impl Output for SocketWriter {
    fn set_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        if !is_near(self.timeout, timeout) {
            self.stream.set_write_timeout(not_zero(timeout / PARTS))?;
            self.timeout = timeout;
        }
        Ok(())
    }
}

impl Write for SocketWriter {
    /// The system tells how many octets were sent only when all are, or when the
    /// timeout passes. So the socket's timeout is a part of the wait: else a client
    /// that reads no more could take twice as long.
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let mut parts_left = PARTS;
        loop {
            parts_left -= 1;
            match (&*self.stream).write(octets) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock && parts_left > 0 => {}
                other => return other,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn start(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().stack_size(limits::SESSION_STACK).spawn(work).map(drop)
}

/// Reads from a pipe or a terminal.
pub struct PipeReader {
    parts: Receiver<io::Result<Vec<u8>>>,
    part: Vec<u8>,
    timeout: Duration,
}

impl PipeReader {
    /// # Errors
    /// When the system refuses a thread.
    pub fn new(input: File) -> io::Result<Self> {
        let (sender, parts) = sync_channel(1);
        start(move || read_parts(input, &sender))?;
        Ok(PipeReader { parts, part: Vec::new(), timeout: Duration::ZERO })
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

impl Input for PipeReader {
    fn set_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        self.timeout = timeout;
        Ok(())
    }
}

impl Read for PipeReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.part.is_empty() {
            self.part = match self.parts.recv_timeout(self.timeout) {
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

/// Writes to a pipe or a terminal, one part at a time.
pub struct PipeWriter {
    parts: SyncSender<Vec<u8>>,
    written: Receiver<io::Result<()>>,
    timeout: Duration,
}

impl PipeWriter {
    /// # Errors
    /// When the system refuses a thread.
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
        Ok(PipeWriter { parts, written, timeout: Duration::ZERO })
    }
}

impl Output for PipeWriter {
    fn set_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        self.timeout = timeout;
        Ok(())
    }
}

impl Write for PipeWriter {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let part = &octets[..octets.len().min(limits::PIPE_PART)];
        let handed_over = self.parts.send(part.to_vec()).is_ok();
        match self.written.recv_timeout(self.timeout) {
            Ok(written) if handed_over => written.map(|()| part.len()),
            Err(RecvTimeoutError::Timeout) => Err(io::ErrorKind::TimedOut.into()),
            Ok(_) | Err(RecvTimeoutError::Disconnected) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What never waits, as memory or a file: its timeout has no effect.
pub struct Untimed<T>(pub T);

impl<T: Read + Send> Input for Untimed<T> {
    fn set_timeout(&mut self, _: Duration) -> io::Result<()> {
        Ok(())
    }
}

impl<T: Read> Read for Untimed<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<T: Write + Send> Output for Untimed<T> {
    fn set_timeout(&mut self, _: Duration) -> io::Result<()> {
        Ok(())
    }
}

impl<T: Write> Write for Untimed<T> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
