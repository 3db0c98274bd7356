//! `pop1081 talk`: what is typed goes to a server with CRLF, what comes is shown as it
//! comes. It ends with the connection.
//!
//! A terminal's lines go out as they are typed. Of other input the next line goes when
//! the reply to the last one is whole: not every server reads lines ahead.

mod conversation;

use crate::exit::{self, Failure};
use crate::limits;
use crate::options::TalkOptions;
use crate::transcript::{Transcript, escape};
use conversation::Conversation;
use std::io::{self, BufRead, BufReader, ErrorKind, IsTerminal, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Talks to the server until the connection ends.
///
/// # Errors
/// Exit code 69 when there is no connection, 74 when it ends without a reply to QUIT, 1
/// when the input has ended without QUIT.
pub fn talk(options: &TalkOptions) -> Result<(), Failure> {
    let (stream, address) = connect(&options.server)?;
    let transcript = match &options.transcript {
        None => Transcript::none(),
        Some(path) => Transcript::in_file(path, &address)
            .map_err(|e| (exit::CANNOT_CREATE, format!("{}: {e}; name a new file", path.display())))?,
    };
    let line = Arc::new(Line::new(stream, transcript, limits::TALK_SILENCE));
    let sender = Arc::clone(&line);
    let at_terminal = io::stdin().is_terminal();
    let thread = thread::Builder::new().spawn(move || sender.send_all(io::stdin(), at_terminal));
    thread.map_err(|e| (exit::SYSTEM, format!("no thread for the input: {e}")))?;
    let received = line.receive(&mut io::stdout(), options.octets);
    line.end(received)
}

/// A connection to the first address of the server that answers.
fn connect(server: &str) -> Result<(TcpStream, SocketAddr), Failure> {
    let addresses = server.to_socket_addrs().map_err(|e| match e.kind() {
        ErrorKind::InvalidInput => (exit::USAGE, format!("talk takes HOST:PORT, not '{server}': {e}")),
        _ => (exit::UNAVAILABLE, format!("{server}: {e}")),
    })?;
    let mut failed = "it has no address".to_owned();
    for address in addresses {
        match TcpStream::connect_timeout(&address, limits::CONNECT_TIME) {
            Ok(stream) => return Ok((stream, address)),
            Err(e) => failed = e.to_string(),
        }
    }
    Err((exit::UNAVAILABLE, format!("{server}: {failed}")))
}

/// Why nothing more is received.
enum Received {
    /// The server has closed the connection.
    End,
    Lost(io::Error),
    /// What came can't be shown.
    NotShown(io::Error),
}

/// A connection, of which one thread reads and another writes.
struct Line {
    stream: TcpStream,
    conversation: Mutex<Conversation>,
    /// Something has come, or nothing more will.
    progress: Condvar,
    /// For how long the server may be silent where it is waited for.
    silence: Duration,
}

impl Line {
    fn new(stream: TcpStream, transcript: Transcript, silence: Duration) -> Self {
        let _ = stream.set_nodelay(true);
        let _ = stream.set_write_timeout(Some(silence));
        Line {
            stream,
            conversation: Mutex::new(Conversation::new(transcript)),
            progress: Condvar::new(),
            silence,
        }
    }

    fn conversation(&self) -> MutexGuard<'_, Conversation> {
        self.conversation.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what is typed, then closes this half and waits for the end of the other.
    fn send_all(&self, input: impl Read, at_terminal: bool) {
        // An error of either side is the end of the input.
        let _ = self.send_lines(BufReader::new(input), at_terminal);
        if !at_terminal {
            self.wait(Conversation::is_answered);
        }
        self.conversation().input_ended = true;
        let _ = self.stream.shutdown(Shutdown::Write);
        if !self.wait(|conversation| conversation.ended) {
            self.conversation().given_up = true;
            let _ = self.stream.shutdown(Shutdown::Both);
        }
    }

    fn send_lines(&self, mut input: impl BufRead, at_terminal: bool) -> io::Result<()> {
        let (mut part, mut begun) = (Vec::new(), false);
        loop {
            part.clear();
            let read = input.by_ref().take(limits::TALK_PART as u64).read_until(b'\n', &mut part)?;
            if read == 0 && !begun {
                return Ok(());
            }
            let ends = part.len() < limits::TALK_PART || part.ends_with(b"\n");
            let line = part.strip_suffix(b"\n").unwrap_or(&part);
            let text = line.strip_suffix(b"\r").filter(|_| ends).unwrap_or(line);
            if !begun {
                if !at_terminal {
                    self.wait(Conversation::is_answered);
                }
                self.conversation().typed(text);
            }
            begun = !ends;
            (&self.stream).write_all(&[text, if ends { b"\r\n" } else { b"" }].concat())?;
        }
    }

    /// Waits until this is so; `false` if the server was silent for too long.
    fn wait(&self, done: impl Fn(&Conversation) -> bool) -> bool {
        let mut conversation = self.conversation();
        while !conversation.ended && !done(&conversation) {
            let left = self.silence.saturating_sub(conversation.silent_for());
            if left.is_zero() {
                return false;
            }
            let waited = self.progress.wait_timeout(conversation, left);
            conversation = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Shows what comes, to the end of the connection.
    fn receive(&self, output: &mut impl Write, octets: bool) -> Received {
        let (mut buffer, mut last) = ([0; limits::TALK_PART], b'\n');
        loop {
            let came = match (&self.stream).read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => &buffer[..count],
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(e) => return Received::Lost(e),
            };
            last = came.last().copied().unwrap_or(last);
            if let Err(e) = show(output, came, octets) {
                return Received::NotShown(e);
            }
            self.conversation().came(came);
            self.progress.notify_all();
        }
        match octets && last != b'\n' {
            true => output.write_all(b"\n").map_or_else(Received::NotShown, |()| Received::End),
            false => Received::End,
        }
    }

    /// Tells how the connection has ended.
    fn end(&self, received: Received) -> Result<(), Failure> {
        let mut conversation = self.conversation();
        let lost = |why: String| Err((exit::CANNOT_WRITE, why));
        let result = match received {
            Received::NotShown(e) => exit::printed(Err(e)),
            _ if conversation.given_up => {
                lost(format!("the server has not closed the connection for {} s", self.silence.as_secs()))
            }
            _ if conversation.goodbye => Ok(()),
            Received::Lost(e) => lost(format!("the connection is lost: {e}")),
            Received::End if conversation.quit => {
                lost("the server has closed the connection without a reply to QUIT".to_owned())
            }
            Received::End if conversation.input_ended => {
                Err((exit::NOT_ALL_RIGHT, "the input has ended without QUIT".to_owned()))
            }
            Received::End => lost("the server has closed the connection without a QUIT".to_owned()),
        };
        let note = result.as_ref().map_or_else(|(_, why)| why.as_str(), |()| "connection closed");
        conversation.end(note);
        self.progress.notify_all();
        result
    }
}

/// Prints octets as they are, or each by name that can't be seen.
fn show(output: &mut impl Write, came: &[u8], octets: bool) -> io::Result<()> {
    if octets {
        let mut named = String::new();
        for line in came.split_inclusive(|octet| *octet == b'\n') {
            escape(line, &mut named);
            if line.ends_with(b"\n") {
                named.push('\n');
            }
        }
        output.write_all(named.as_bytes())?;
    } else {
        output.write_all(came)?;
    }
    output.flush()
}

#[cfg(test)]
#[path = "../../../tests/unit/commands/talk.rs"]
mod tests;
