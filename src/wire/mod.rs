//! The wire: command lines come in, replies go out, and no client is waited for
//! without end, whatever it is connected to.
//!
//! ```text
//!   lines in    BufReader < Telnet < TimedReader < socket, pipe or terminal
//!   replies out WriteBuffer > socket, pipe or terminal
//! ```
//!
//! It knows lines, buffers and time, no mail and no command. What passes is told to
//! the transcript, if there is one.

mod buffer;
mod deadlines;
mod peer;
mod transport;

pub use deadlines::LoginDeadline;
pub use peer::Peer;
pub use transport::{Input, Output, PipeReader, PipeWriter, SocketReader, SocketWriter, Untimed};

use crate::limits;
use crate::protocol::message::Chunk;
use crate::protocol::reply::Reply;
use crate::protocol::stuffing;
use crate::protocol::telnet::{Control, Telnet};
use crate::transcript::Transcript;
use buffer::WriteBuffer;
use deadlines::{Deadlines, TimedReader, is_timeout, timed_out};
use std::io::{self, BufRead, BufReader, Read};
use std::time::{Duration, Instant};

/// What came in place of a command line.
#[derive(PartialEq, Eq, Debug)]
pub enum Line<'a> {
    /// A line without its CRLF or LF.
    Whole(&'a [u8]),
    /// A line of more than [`limits::COMMAND_LINE`] octets, of which this is the end.
    TooLong(&'a [u8]),
}

/// Octets that are kept of a line that is too long: by its end an HTTP request is
/// known.
const LINE_TAIL: usize = 16;

/// A connection with a buffer in each direction. Replies are written when no further
/// line has come, so that pipelined commands cost few system calls.
pub struct Wire {
    pub peer: Peer,
    /// Records everything that passes.
    pub transcript: Transcript,
    reader: BufReader<Telnet<TimedReader>>,
    /// The latest command line with its line end, or the end of it.
    line: Vec<u8>,
    /// How many lines have been read.
    pub lines: u64,
    replies: WriteBuffer,
    output: Box<dyn Output>,
    /// For how long a client may be silent.
    silence: Duration,
    /// Since when, and how many octets of, replies have been written without
    /// listening in between.
    reply_burst: Option<(Instant, u64)>,
}

impl Wire {
    /// A wire to a client that may be silent for this long.
    pub fn new(peer: Peer, input: Box<dyn Input>, output: Box<dyn Output>, silence: Duration) -> Self {
        let input = TimedReader::new(input, Deadlines::new(silence, None));
        Wire {
            peer,
            transcript: Transcript::none(),
            reader: BufReader::with_capacity(limits::INPUT_BUFFER, Telnet::new(input)),
            line: Vec::new(),
            lines: 0,
            replies: WriteBuffer::default(),
            output,
            silence,
            reply_burst: None,
        }
    }

    /// The next command line; `None` when the client has closed its side, with
    /// or without half a line before. `login`: when it must have logged in.
    ///
    /// # Errors
    /// When reading or writing fails. `TimedOut`: the client was silent for too
    /// long, or took too long for a line or for a reply.
    pub fn read_line(&mut self, login: Option<&LoginDeadline>) -> io::Result<Option<Line<'_>>> {
        if memchr::memchr(b'\n', self.reader.buffer()).is_none() {
            self.flush()?;
            self.reply_burst = None;
            let begun = !self.reader.buffer().is_empty();
            *self.deadlines() = Deadlines::new(self.silence, login);
            self.deadlines().line_has_begun(begun);
        }
        self.line.clear();
        let mut too_long = false;
        while !self.line.ends_with(b"\n") {
            if self.line.len() == limits::COMMAND_LINE {
                too_long = true;
                self.line.drain(..limits::COMMAND_LINE - LINE_TAIL);
            }
            let space = (limits::COMMAND_LINE - self.line.len()) as u64;
            match self.reader.by_ref().take(space).read_until(b'\n', &mut self.line) {
                Ok(0) => {
                    self.transcript.tell(|to| to.half_line(&self.line));
                    return Ok(None);
                }
                Ok(_) => {}
                Err(e) => too_long = self.control(e.downcast()?, too_long)?,
            }
        }
        Ok(Some(self.complete_line(too_long)))
    }

    /// The line that has been read to its end.
    fn complete_line(&mut self, too_long: bool) -> Line<'_> {
        self.lines += 1;
        let line = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
        let (line, crlf) = line.strip_suffix(b"\r").map_or((line, false), |line| (line, true));
        if too_long {
            self.transcript.tell(|to| to.too_long());
            return Line::TooLong(line);
        }
        self.transcript.tell(|to| to.command(line, crlf));
        Line::Whole(line)
    }

    /// Answers a TELNET control at once: until then a telnet shows nothing. Returns
    /// whether the line in which it came is still too long.
    fn control(&mut self, control: Control, too_long: bool) -> io::Result<bool> {
        let begins_line = control.begins_line();
        let discarded = if begins_line { self.line.len() } else { 0 };
        self.transcript.tell(|to| to.control(control, discarded));
        self.line.truncate(self.line.len() - discarded);
        if let Some(answer) = control.answer() {
            self.replies.push(&answer.octets());
            self.flush()?;
        }
        let too_long = too_long && !begins_line;
        let begun = too_long || !self.line.is_empty();
        self.deadlines().line_has_begun(begun);
        Ok(too_long)
    }

    fn deadlines(&mut self) -> &mut Deadlines {
        &mut self.reader.get_mut().inner().deadlines
    }

    /// Adds a reply.
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

    /// Adds a line of a CAPA, LIST or UIDL response, which needs no byte-stuffing.
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

    /// Adds a chunk of a message, byte-stuffed. Returns its octets as RFC 1081,
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

    /// Writes all replies, and keeps no more memory than an idle connection should.
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
            self.output.set_timeout(limits::REPLY_STALL.min(self.silence))?;
            match self.output.write(&self.replies.octets()[written..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => {
                    written += n;
                    *octets += n as u64;
                    let seconds_due = *octets / limits::REPLY_RATE;
                    if since.elapsed() > limits::REPLY_TIME + Duration::from_secs(seconds_due) {
                        return Err(timed_out("reads replies too slowly"));
                    }
                }
                Err(e) if is_timeout(&e) => return Err(timed_out("read nothing of a reply for too long")),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        self.replies.clear();
        Ok(())
    }
}

#[cfg(test)]
#[path = "../../tests/unit/wire/mod.rs"]
mod tests;
