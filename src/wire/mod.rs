//! The wire: command lines come in, replies go out, whatever carries them, and
//! nobody is waited for without end.
//!
//! It knows lines, buffers and time, no mail and no command. TELNET controls are
//! taken out here, and what passes is told to the transcript, if there is one.

mod buffer;
mod deadlines;
mod peer;
mod transport;

pub use peer::Peer;
pub use transport::{PipeReader, PipeWriter, Sink, Socket, Source, Untimed};

use crate::limits;
use crate::protocol::message::Chunk;
use crate::protocol::reply::Reply;
use crate::protocol::stuffing;
use crate::protocol::telnet::Filter;
use crate::transcript::{LineEnd, Transcript};
use buffer::WriteBuffer;
use deadlines::{Deadlines, is_interruption, is_timer, too_slow};
use std::io;
use std::mem;
use std::time::{Duration, Instant};

/// What came in place of a command line.
#[derive(PartialEq, Eq, Debug)]
pub enum Line<'a> {
    /// A line without its CRLF or LF.
    Whole(&'a [u8]),
    /// A line of more than [`limits::COMMAND_LINE`] octets, read to its end.
    TooLong,
}

/// A connection with a buffer in each direction. Replies are written when the
/// client's input runs dry, so that pipelined commands cost few system calls.
pub struct Wire {
    pub peer: Peer,
    /// Hears of everything that passes.
    pub transcript: Transcript,
    source: Box<dyn Source>,
    sink: Box<dyn Sink>,
    /// For how long a client may be silent.
    silence: Duration,
    unread: Vec<u8>,
    /// The octets of `unread` which are still to be looked at.
    start: usize,
    end: usize,
    /// The line that is being read is too long, and its start forgotten.
    too_long: bool,
    replies: WriteBuffer,
    /// Since when, and how many octets of, replies have been written without
    /// listening in between.
    reply_burst: Option<(Instant, u64)>,
    telnet: Filter,
}

impl Wire {
    /// A wire to a client that may be silent for so long.
    pub fn new(peer: Peer, source: Box<dyn Source>, sink: Box<dyn Sink>, silence: Duration) -> Self {
        Wire {
            peer,
            transcript: Transcript::none(),
            source,
            sink,
            silence,
            unread: vec![0; limits::FIRST_INPUT_BUFFER],
            start: 0,
            end: 0,
            too_long: false,
            replies: WriteBuffer::default(),
            reply_burst: None,
            telnet: Filter::default(),
        }
    }

    /// The next command line; `None` when the client has closed its side, with
    /// or without half a line before. `until`: to be waited for no longer.
    ///
    /// # Errors
    /// When reading or writing fails. `TimedOut`: the client was silent for too
    /// long, or took too long for a line or for a reply.
    pub fn read_line(&mut self, until: Option<Instant>) -> io::Result<Option<Line<'_>>> {
        let mut deadlines = None;
        loop {
            if let Some(length) = memchr::memchr(b'\n', &self.unread[self.start..self.end]) {
                let line = self.start..self.start + length;
                self.start = line.end + 1;
                if mem::take(&mut self.too_long) || length >= limits::COMMAND_LINE {
                    self.transcript.tell(|to| to.too_long());
                    return Ok(Some(Line::TooLong));
                }
                let line = &self.unread[line];
                let (line, end) = match line.strip_suffix(b"\r") {
                    Some(line) => (line, LineEnd::CrLf),
                    None => (line, LineEnd::Lf),
                };
                self.transcript.tell(|to| to.command(line, end));
                return Ok(Some(Line::Whole(line)));
            }
            let begun = self.too_long || self.end > self.start;
            if self.end - self.start >= limits::COMMAND_LINE {
                self.too_long = true;
                self.start = self.end;
            }
            let deadlines = deadlines.get_or_insert_with(|| Deadlines::new(self.silence, until));
            deadlines.for_line(begun);
            if !self.read_more(deadlines)? {
                let half_line = &self.unread[self.start..self.end];
                self.transcript.tell(|to| to.half_line(half_line));
                return Ok(None);
            }
        }
    }

    /// Waits for octets from the client, having said all there is to say.
    fn read_more(&mut self, deadlines: &Deadlines) -> io::Result<bool> {
        self.flush()?;
        self.reply_burst = None;
        self.unread.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end == self.unread.len() {
            self.unread.resize(limits::INPUT_BUFFER, 0);
        }
        loop {
            match self.source.receive(&mut self.unread[self.end..], deadlines.time_left()?) {
                Ok(n) => {
                    self.take_in(n);
                    return Ok(n > 0);
                }
                Err(e) if is_interruption(&e) || is_timer(&e) => {}
                Err(e) => return Err(e),
            }
        }
    }

    /// So many octets have come, of which TELNET controls are no text.
    fn take_in(&mut self, octets: usize) {
        let came = &mut self.unread[..self.end + octets];
        self.end = self.telnet.strip(came, self.end, |control, line| {
            self.transcript.tell(|to| to.control(control));
            self.too_long &= !(control.begins_line() && line == 0);
            if let Some(answer) = control.answer() {
                self.replies.push(&answer.octets());
            }
        });
    }

    /// Says a reply.
    ///
    /// # Errors
    /// When the replies gathered so far had to be written and could not.
    pub fn reply(&mut self, reply: &Reply) -> io::Result<()> {
        let reply = reply.as_str().as_bytes();
        self.transcript.tell(|to| to.reply(reply));
        self.replies.push(reply);
        self.replies.push(b"\r\n");
        self.flush_when_full()
    }

    /// Says a line that needs no byte-stuffing, of a CAPA or LIST response.
    ///
    /// # Errors
    /// As [`Wire::reply`].
    pub fn line(&mut self, line: &[u8]) -> io::Result<()> {
        let before = self.replies.octets().len();
        self.replies.push(line);
        self.replies.push(b"\r\n");
        self.transcript.tell(|to| to.response(&self.replies.octets()[before..]));
        self.flush_when_full()
    }

    /// Says a chunk of a message, byte-stuffed. Returns its octets as RFC 1081,
    /// p. 14 counts them.
    ///
    /// # Errors
    /// As [`Wire::reply`].
    #[inline]
    pub fn chunk(&mut self, chunk: Chunk<'_>) -> io::Result<u64> {
        let before = self.replies.octets().len();
        let octets = self.replies.push_chunk(chunk);
        self.transcript.tell(|to| to.response(&self.replies.octets()[before..]));
        self.flush_when_full().map(|()| octets)
    }

    /// Ends a multi-line response.
    ///
    /// # Errors
    /// As [`Wire::reply`].
    pub fn end_of_response(&mut self) -> io::Result<()> {
        self.transcript.tell(|to| to.end_of_response());
        self.replies.push(stuffing::TERMINATION);
        self.flush_when_full()
    }

    #[inline]
    fn flush_when_full(&mut self) -> io::Result<()> {
        if self.replies.is_full() { self.write_replies() } else { Ok(()) }
    }

    /// Writes what is to be said, and keeps no more memory than an idle
    /// connection should.
    ///
    /// # Errors
    /// When writing fails; `TimedOut` when the client takes too little of it.
    pub fn flush(&mut self) -> io::Result<()> {
        self.write_replies()?;
        self.replies.shrink();
        // Only now: the client need not wait for its transcript.
        self.transcript.tell(|to| to.write());
        Ok(())
    }

    fn write_replies(&mut self) -> io::Result<()> {
        let mut written = 0;
        while written < self.replies.octets().len() {
            let (since, octets) = self.reply_burst.get_or_insert_with(|| (Instant::now(), 0));
            match self.sink.send(&self.replies.octets()[written..], limits::REPLY_STALL.min(self.silence)) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => {
                    written += n;
                    *octets += n as u64;
                    let seconds_due = *octets / limits::REPLY_RATE;
                    if since.elapsed() > limits::REPLY_TIME + Duration::from_secs(seconds_due) {
                        return Err(too_slow("takes its replies drop by drop"));
                    }
                }
                Err(e) if is_timer(&e) => return Err(too_slow("took nothing of a reply for too long")),
                Err(e) if is_interruption(&e) => {}
                Err(e) => return Err(e),
            }
        }
        self.replies.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;
    use std::io::Read;

    /// Gives its parts one per read, or as much of one as there is room for.
    struct Parts(VecDeque<Vec<u8>>);

    impl Read for Parts {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some(mut part) = self.0.pop_front() else { return Ok(0) };
            let fits = part.len().min(buffer.len());
            let rest = part.split_off(fits);
            if !rest.is_empty() {
                self.0.push_front(rest);
            }
            buffer[..fits].copy_from_slice(&part);
            Ok(fits)
        }
    }

    fn lines(parts: &[&[u8]]) -> Vec<String> {
        let input = Parts(parts.iter().map(|p| p.to_vec()).collect());
        let (source, sink) = (Box::new(Untimed(input)), Box::new(Untimed(io::sink())));
        let mut wire = Wire::new(Peer::Local, source, sink, limits::AUTOLOGOUT);
        let mut found = Vec::new();
        while let Some(line) = wire.read_line(None).unwrap() {
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
