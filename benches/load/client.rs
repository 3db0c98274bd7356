//! The client's side of a connection: commands out, replies in, each checked.
//!
//! A reply to RETR is taken by the octets that it must have, not searched for
//! its end, so that the client is as little of the limit as can be.

use crate::index::Expected;
use crate::{Outcome, mail};
use memchr::{memchr, memmem};
use socket2::SockRef;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Nothing that is measured takes longer; a server that is silent for so long has failed.
const SILENCE: Duration = Duration::from_secs(120);
/// Octets read at once at first, and once much is known to come.
const SMALL_BUFFER: usize = 4 * 1024;
const BUFFER: usize = 256 * 1024;
const TERMINATION: &[u8] = b"\r\n.\r\n";

/// When the client's system tells the server that octets have arrived.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Acknowledging {
    /// Whenever it likes, which is up to 40 ms later.
    Plain,
    /// At once (TCP_QUICKACK).
    AtOnce,
}

pub struct Client {
    stream: TcpStream,
    acknowledging: Acknowledging,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl Client {
    /// Connects and reads the greeting.
    pub fn connect(server: SocketAddr, acknowledging: Acknowledging) -> Outcome<Self> {
        let stream = TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(SILENCE))?;
        stream.set_write_timeout(Some(SILENCE))?;
        let mut client = Client { stream, acknowledging, buffer: vec![0; SMALL_BUFFER], start: 0, end: 0 };
        client.ok()?;
        Ok(client)
    }

    pub fn login(&mut self, user: &str) -> Outcome<()> {
        self.command(&format!("USER {user}"))?;
        self.command(&format!("PASS {}", mail::PASSWORD))?;
        Ok(())
    }

    /// Sends a command; its one-line reply.
    pub fn command(&mut self, command: &str) -> Outcome<String> {
        self.send(format!("{command}\r\n").as_bytes())?;
        self.ok()
    }

    /// Ends the session and waits for the server to close the connection.
    pub fn quit(mut self) -> Outcome<()> {
        self.command("QUIT")?;
        if self.fill()? > 0 { Err("octets after the reply to QUIT".into()) } else { Ok(()) }
    }

    pub fn send(&mut self, commands: &[u8]) -> Outcome<()> {
        Ok(self.stream.write_all(commands)?)
    }

    /// The next line, which must be `+OK` and more.
    pub fn ok(&mut self) -> Outcome<String> {
        let length = self.line()?;
        let line = &self.buffer[self.start..self.start + length];
        let line = String::from_utf8_lossy(line).trim_end().to_owned();
        self.start += length;
        if line.starts_with("+OK") { Ok(line) } else { Err(line.into()) }
    }

    /// Octets of the next line, which is in the buffer afterwards.
    fn line(&mut self) -> Outcome<usize> {
        loop {
            if let Some(lf) = memchr(b'\n', &self.buffer[self.start..self.end]) {
                return Ok(lf + 1);
            }
            if self.fill()? == 0 {
                return Err("the server closed the connection".into());
            }
        }
    }

    /// Takes the reply to a RETR; looks at its first line, length and last octets.
    pub fn message(&mut self, expected: &Expected) -> Outcome<()> {
        self.take(expected, |_| ())
    }

    /// The same, and compares the digest of every octet.
    pub fn message_digested(&mut self, expected: &Expected) -> Outcome<()> {
        let mut digest = crc32fast::Hasher::new();
        self.take(expected, |octets| digest.update(octets))?;
        if digest.finalize() == expected.digest { Ok(()) } else { Err("a message is not as it was".into()) }
    }

    fn take(&mut self, expected: &Expected, mut look: impl FnMut(&[u8])) -> Outcome<()> {
        let length = self.line()?;
        let first = &self.buffer[self.start..self.start + length];
        if !first.starts_with(b"+OK") {
            return Err(String::from_utf8_lossy(first).into());
        }
        self.start += length;
        let mut left = expected.wire as usize;
        // The end of the message must lie in the buffer whole, to be looked at.
        while left > self.end - self.start {
            let passed = (self.end - self.start).saturating_sub(TERMINATION.len());
            look(&self.buffer[self.start..self.start + passed]);
            self.start += passed;
            left -= passed;
            if self.fill()? == 0 {
                return Err("the server closed the connection within a message".into());
            }
        }
        let rest = &self.buffer[self.start..self.start + left];
        look(rest);
        self.start += left;
        if rest.ends_with(TERMINATION) { Ok(()) } else { Err("a message of another length".into()) }
    }

    /// Takes the reply to LIST or UIDL; its lines, without the first and the last.
    pub fn listing(&mut self, mut look: impl FnMut(&[u8])) -> Outcome<()> {
        self.ok()?;
        loop {
            let octets = &self.buffer[self.start..self.end];
            if let Some(end) = memmem::find(octets, TERMINATION) {
                look(&octets[..end + 2]);
                self.start += end + TERMINATION.len();
                return Ok(());
            }
            let passed = octets.len().saturating_sub(TERMINATION.len());
            look(&octets[..passed]);
            self.start += passed;
            if self.fill()? == 0 {
                return Err("the server closed the connection within a listing".into());
            }
        }
    }

    /// Reads what has arrived; 0 when the server has closed its side.
    fn fill(&mut self) -> Outcome<usize> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.end == self.buffer.len() {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        let read = self.stream.read(&mut self.buffer[self.end..])?;
        self.end += read;
        if self.end == self.buffer.len() && self.end < BUFFER {
            self.buffer.resize(BUFFER, 0);
        }
        if self.acknowledging == Acknowledging::AtOnce {
            // The system forgets it after a while.
            SockRef::from(&self.stream).set_tcp_quickack(true)?;
        }
        Ok(read)
    }
}
