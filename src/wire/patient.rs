//! Pipes and terminals, which have no timers: a thread of its own reads or
//! writes, and the session waits only so long for that thread.
//!
//! A thread that waits for a dead client for ever ends with its process, of
//! which such a client has one for itself.

use super::transport::{Sink, Source};
use crate::limits;
use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

fn start(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().stack_size(limits::SESSION_STACK).spawn(work).map(drop)
}

/// Reads from what has no timer.
pub struct PatientReader {
    parts: Receiver<io::Result<Vec<u8>>>,
    part: Vec<u8>,
}

impl PatientReader {
    /// # Errors
    /// When there is no thread to be had.
    pub fn new(input: File) -> io::Result<Self> {
        let (sender, parts) = sync_channel(1);
        start(move || read_parts(input, &sender))?;
        Ok(PatientReader { parts, part: Vec::new() })
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

impl Source for PatientReader {
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
pub struct PatientWriter {
    parts: SyncSender<Vec<u8>>,
    written: Receiver<io::Result<()>>,
}

impl PatientWriter {
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
        Ok(PatientWriter { parts, written })
    }
}

impl Sink for PatientWriter {
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
