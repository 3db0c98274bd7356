//! The wire: command lines come in, replies go out, whatever carries them.
//!
//! It knows lines and buffers, no mail and no command.

use crate::message::Piece;
use crate::reply::Reply;
use crate::{limits, stuffing};
use std::fmt;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Who is at the other end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Peer {
    /// A TCP connection; only such a peer may try RPOP.
    Tcp(SocketAddr),
    /// A pipe, a terminal, a socket of another family.
    Local,
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Peer::Tcp(address) => address.fmt(f),
            Peer::Local => f.write_str("a local peer"),
        }
    }
}

/// What came in place of a command line.
#[derive(PartialEq, Eq, Debug)]
pub enum Line<'a> {
    /// A line without its CRLF or LF.
    Whole(&'a [u8]),
    /// A line of more than [`limits::COMMAND_LINE`] octets, read to its end.
    TooLong,
}

/// Whatever carries octets both ways.
pub trait Carrier: Read + Write + Send {}

impl<C: Read + Write + Send> Carrier for C {}

/// A carrier of two halves.
pub struct Halves<I, O> {
    pub input: I,
    pub output: O,
}

impl<I: Read, O> Read for Halves<I, O> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.input.read(buffer)
    }
}

impl<I, O: Write> Write for Halves<I, O> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.output.write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

/// Sets the timers of a connection, and that it never waits for more to send.
///
/// # Errors
/// What the system says: the client may be gone already.
pub fn set_timers(stream: &TcpStream, autologout: Duration) -> io::Result<()> {
    // A socket of another family than TCP has no delay to turn off.
    let _ = stream.set_nodelay(true);
    stream.set_read_timeout(Some(autologout))?;
    stream.set_write_timeout(Some(limits::REPLY_STALL))
}

/// A connection with a buffer in each direction. Replies are written when the
/// client's input runs dry, so that pipelined commands cost few system calls.
pub struct Wire {
    pub peer: Peer,
    carrier: Box<dyn Carrier>,
    unread: Box<[u8; limits::INPUT_BUFFER]>,
    /// The octets of `unread` which are still to be looked at.
    start: usize,
    end: usize,
    replies: Vec<u8>,
}

impl Wire {
    /// A wire to a client, over this.
    pub fn new(peer: Peer, carrier: Box<dyn Carrier>) -> Self {
        let unread = Box::new([0; limits::INPUT_BUFFER]);
        Wire { peer, carrier, unread, start: 0, end: 0, replies: Vec::new() }
    }

    /// The next command line; `None` when the client has closed its side, with
    /// or without half a line before.
    ///
    /// # Errors
    /// When reading or writing fails. `WouldBlock` or `TimedOut`: the client was
    /// silent for as long as the timer of the input allows.
    pub fn read_line(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut too_long = false;
        loop {
            if let Some(length) = memchr::memchr(b'\n', &self.unread[self.start..self.end]) {
                let line = self.start..self.start + length;
                self.start = line.end + 1;
                if too_long || length >= limits::COMMAND_LINE {
                    return Ok(Some(Line::TooLong));
                }
                let line = &self.unread[line];
                return Ok(Some(Line::Whole(line.strip_suffix(b"\r").unwrap_or(line))));
            }
            if self.end - self.start >= limits::COMMAND_LINE {
                too_long = true;
                self.start = self.end;
            }
            if !self.read_more()? {
                return Ok(None);
            }
        }
    }

    /// Waits for octets from the client, having said all there is to say.
    fn read_more(&mut self) -> io::Result<bool> {
        self.flush()?;
        self.unread.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        loop {
            match self.carrier.read(&mut self.unread[self.end..]) {
                Ok(n) => {
                    self.end += n;
                    return Ok(n > 0);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }

    /// Says a reply.
    ///
    /// # Errors
    /// When the replies gathered so far had to be written and could not.
    pub fn reply(&mut self, reply: &Reply) -> io::Result<()> {
        self.line(reply.as_str().as_bytes())
    }

    /// Says a line that needs no byte-stuffing, of a CAPA or LIST response.
    ///
    /// # Errors
    /// As [`Wire::reply`].
    pub fn line(&mut self, line: &[u8]) -> io::Result<()> {
        self.replies.extend_from_slice(line);
        self.replies.extend_from_slice(b"\r\n");
        self.flush_when_full()
    }

    /// Says a line, or a part of one, of a message, byte-stuffed.
    ///
    /// # Errors
    /// As [`Wire::reply`].
    #[inline]
    pub fn piece(&mut self, piece: Piece<'_>) -> io::Result<()> {
        stuffing::stuff(piece, &mut self.replies);
        self.flush_when_full()
    }

    /// Ends a multi-line response.
    ///
    /// # Errors
    /// As [`Wire::reply`].
    pub fn end_of_response(&mut self) -> io::Result<()> {
        self.replies.extend_from_slice(stuffing::TERMINATION);
        self.flush_when_full()
    }

    #[inline]
    fn flush_when_full(&mut self) -> io::Result<()> {
        if self.replies.len() < limits::OUTPUT_BUFFER { Ok(()) } else { self.write_replies() }
    }

    /// Writes what is to be said, and keeps no more memory than an idle
    /// connection should.
    ///
    /// # Errors
    /// When writing fails; `WouldBlock` or `TimedOut` when the client takes nothing.
    pub fn flush(&mut self) -> io::Result<()> {
        self.write_replies()?;
        self.replies.shrink_to(limits::IDLE_OUTPUT);
        Ok(())
    }

    fn write_replies(&mut self) -> io::Result<()> {
        if !self.replies.is_empty() {
            self.carrier.write_all(&self.replies)?;
            self.carrier.flush()?;
            self.replies.clear();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    /// Gives its parts one per read.
    struct Parts(VecDeque<Vec<u8>>);

    impl Read for Parts {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some(part) = self.0.pop_front() else { return Ok(0) };
            buffer[..part.len()].copy_from_slice(&part);
            Ok(part.len())
        }
    }

    fn lines(parts: &[&[u8]]) -> Vec<String> {
        let input = Parts(parts.iter().map(|p| p.to_vec()).collect());
        let mut wire = Wire::new(Peer::Local, Box::new(Halves { input, output: io::sink() }));
        let mut found = Vec::new();
        while let Some(line) = wire.read_line().unwrap() {
            found.push(match line {
                Line::Whole(line) => String::from_utf8_lossy(line).into_owned(),
                Line::TooLong => "too long".to_owned(),
            });
        }
        found
    }

    #[test]
    fn lines_come_whole_however_they_arrive() {
        assert_eq!(lines(&[b"STAT\r\nNOOP\r\nQ"]), ["STAT", "NOOP"]);
        assert_eq!(lines(&[b"ST", b"AT\r", b"\nNOOP\n", b"\r\n"]), ["STAT", "NOOP", ""]);
        let octets: Vec<&[u8]> = b"QUIT\r\n".chunks(1).collect();
        assert_eq!(lines(&octets), ["QUIT"]);
    }

    #[test]
    fn a_lone_cr_does_not_end_a_line() {
        assert_eq!(lines(&[b"A\rB\r\r\n"]), ["A\rB\r"]);
    }

    #[test]
    fn a_line_that_is_too_long_is_one_line() {
        let longest = [&[b'x'; limits::COMMAND_LINE - 2][..], b"\r\n"].concat();
        assert_eq!(lines(&[&longest])[0].len(), limits::COMMAND_LINE - 2);
        let longer = [b'x'; 3000];
        assert_eq!(lines(&[&longer, &longer, &longer, b"\r\nSTAT\r\n"]), ["too long", "STAT"]);
        assert_eq!(lines(&[&longer[..1024], b"\nSTAT\r\n"]), ["too long", "STAT"]);
    }
}
