//! `pop1081 talk`: what is typed goes to a server with CRLF, what comes is shown as it
//! comes. It ends with the connection.
//!
//! A terminal's lines go out as they are typed. Of other input the next line goes when
//! the reply to the last one is whole: not every server reads lines ahead. A command
//! stands in the transcript when its reply is due, as in that of the server.

use crate::exit::{self, Failure};
use crate::limits;
use crate::options::TalkOptions;
use crate::transcript::{Transcript, escape};
use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, ErrorKind, IsTerminal, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Talks to the server until the connection ends.
///
/// # Errors
/// Exit code 69 when there is no connection, 74 when it ends without a reply to QUIT, 1
/// when the input has ended without QUIT.
pub fn talk(options: &TalkOptions) -> Result<(), Failure> {
    let server = &options.server;
    let stream = TcpStream::connect(server).map_err(|e| match e.kind() {
        ErrorKind::InvalidInput => (exit::USAGE, format!("talk takes HOST:PORT, not '{server}': {e}")),
        _ => (exit::UNAVAILABLE, format!("{server}: {e}; is a server started there, with this port?")),
    })?;
    let transcript = match &options.transcript {
        None => Transcript::none(),
        Some(path) => Transcript::in_file(path, server)
            .map_err(|e| (exit::CANNOT_CREATE, format!("{}: {e}; name a new file", path.display())))?,
    };
    let line = Arc::new(Line::new(stream, transcript, limits::TALK_SILENCE));
    let (sender, at_terminal) = (Arc::clone(&line), io::stdin().is_terminal());
    let thread = thread::Builder::new().spawn(move || sender.send_all(io::stdin(), at_terminal));
    thread.map_err(|e| (exit::SYSTEM, format!("no thread for the input: {e}")))?;
    line.end(line.receive(&mut io::stdout(), options.octets))
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
        let conversation = Conversation { transcript, ..Conversation::default() };
        Line { stream, conversation: Mutex::new(conversation), progress: Condvar::new(), silence }
    }

    fn conversation(&self) -> MutexGuard<'_, Conversation> {
        self.conversation.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what is typed, then closes this half and waits for the end of the other.
    fn send_all(&self, input: impl Read, at_terminal: bool) {
        // An error of either side is the end of the input.
        let _ = self.send_lines(BufReader::new(input), at_terminal);
        self.wait(|said| at_terminal || said.greeted && said.unanswered.is_empty());
        self.conversation().input_ended = true;
        let _ = self.stream.shutdown(Shutdown::Write);
        if !self.wait(|_| false) {
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
                self.wait(|said| at_terminal || said.greeted && said.unanswered.is_empty());
                self.conversation().typed(text);
            }
            begun = !ends;
            (&self.stream).write_all(&[text, if ends { b"\r\n" } else { b"" }].concat())?;
        }
    }

    /// Waits until this is so or all has ended; `false`: the server was silent for too long.
    fn wait(&self, done: impl Fn(&Conversation) -> bool) -> bool {
        let mut conversation = self.conversation();
        let since = Instant::now();
        while !conversation.ended && !done(&conversation) {
            let silent = since.max(conversation.heard.unwrap_or(since)).elapsed();
            let left = self.silence.saturating_sub(silent);
            if left.is_zero() {
                return false;
            }
            let waited = self.progress.wait_timeout(conversation, left);
            conversation = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Shows what comes, to the end of the connection; `Some` if that is an error. Fails
    /// when it can't be shown.
    fn receive(&self, output: &mut impl Write, octets: bool) -> io::Result<Option<io::Error>> {
        let mut buffer = [0; limits::TALK_PART];
        loop {
            let came = match (&self.stream).read(&mut buffer) {
                Ok(0) => return Ok(None),
                Ok(count) => &buffer[..count],
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(e) => return Ok(Some(e)),
            };
            show(output, came, octets)?;
            self.conversation().came(came);
            self.progress.notify_all();
        }
    }

    /// Tells how the connection has ended.
    fn end(&self, received: io::Result<Option<io::Error>>) -> Result<(), Failure> {
        let mut conversation = self.conversation();
        let lost = |why: &str| Err((exit::CANNOT_WRITE, why.to_owned()));
        let quit = conversation.unanswered.iter().any(|line| keyword(line) == "QUIT");
        let result = match received {
            Err(e) => exit::printed(Err(e)),
            _ if conversation.given_up => lost("the server is silent and does not close the connection"),
            _ if conversation.goodbye => Ok(()),
            Ok(Some(e)) => lost(&format!("the connection is lost: {e}")),
            Ok(None) if quit => lost("the server has closed the connection without a reply to QUIT"),
            Ok(None) if conversation.input_ended => {
                Err((exit::NOT_ALL_RIGHT, "the input has ended without QUIT".to_owned()))
            }
            Ok(None) => lost("the server has closed the connection without a QUIT"),
        };
        conversation.end(result.as_ref().map_or_else(|(_, why)| why.as_str(), |()| "connection closed"));
        self.progress.notify_all();
        result
    }
}

/// Prints octets as they are, or each by name that can't be seen.
fn show(output: &mut impl Write, came: &[u8], octets: bool) -> io::Result<()> {
    let mut named = String::new();
    for line in came.split_inclusive(|octet| *octet == b'\n') {
        escape(line, &mut named);
        named.push_str(if line.ends_with(b"\n") { "\n" } else { "" });
    }
    output.write_all(if octets { named.as_bytes() } else { came })?;
    output.flush()
}

/// Who has said what: which command a line answers, and whether a reply is whole.
#[derive(Default)]
struct Conversation {
    transcript: Transcript,
    greeted: bool,
    /// Lines that were sent. The first stands in the transcript, once the server has greeted.
    unanswered: VecDeque<Vec<u8>>,
    /// A secret is asked for, as after AUTH.
    challenged: bool,
    in_response: bool,
    /// The start of the line that is coming, its octets so far, and the last two of them.
    line: Vec<u8>,
    octets: u64,
    latest: [u8; 2],
    /// When something was sent or has come.
    heard: Option<Instant>,
    /// QUIT was answered.
    goodbye: bool,
    input_ended: bool,
    /// The server was silent for too long.
    given_up: bool,
    ended: bool,
}

impl Conversation {
    /// A line, or the start of a long one, is about to be sent.
    fn typed(&mut self, line: &[u8]) {
        self.heard = Some(Instant::now());
        self.unanswered.push_back(line.to_vec());
        if self.greeted && self.unanswered.len() == 1 {
            self.next_is_due();
        }
    }

    /// Octets of the server, as they come.
    fn came(&mut self, octets: &[u8]) {
        self.heard = Some(Instant::now());
        for part in octets.split_inclusive(|octet| *octet == b'\n') {
            let space = limits::TALK_PART.saturating_sub(self.line.len());
            self.line.extend_from_slice(&part[..part.len().min(space)]);
            self.octets += part.len() as u64;
            for octet in &part[part.len().saturating_sub(2)..] {
                self.latest = [self.latest[1], *octet];
            }
            if part.ends_with(b"\n") {
                self.line_ends();
            }
        }
        self.transcript.tell(|to| to.write());
    }

    fn line_ends(&mut self) {
        let end = if self.latest == *b"\r\n" { "\r\n" } else { "\n" };
        self.octets -= end.len() as u64;
        self.line.truncate(usize::try_from(self.octets).unwrap_or(usize::MAX));
        if self.in_response && self.line == b"." {
            self.transcript.tell(|to| to.end_of_response());
            self.in_response = false;
            self.answered();
        } else {
            self.record(if end == "\n" { "<LF without CR>" } else { "" });
            if !self.in_response {
                self.status();
            }
        }
        self.line.clear();
        (self.octets, self.latest) = (0, [0; 2]);
    }

    /// Records the line that has come.
    fn record(&mut self, end: &str) {
        let (line, octets, in_response) = (&self.line, self.octets, self.in_response);
        self.transcript.tell(|to| match in_response {
            true => to.response_line(line, octets, end),
            false => to.reply_line(line, octets, end),
        });
    }

    /// The line is the greeting, or the first of a reply.
    fn status(&mut self) {
        if !self.greeted {
            self.greeted = true;
            return self.next_is_due();
        }
        let Some(command) = self.unanswered.front() else { return };
        let keyword = keyword(command);
        if self.line.starts_with(b"+OK") {
            let alone = command.trim_ascii().len() == keyword.len();
            match keyword.as_str() {
                "PASS" | "APOP" | "RPOP" => self.transcript.tell(|to| to.logged_in()),
                "RETR" | "TOP" | "CAPA" => return self.in_response = true,
                "LIST" | "UIDL" | "AUTH" if alone => return self.in_response = true,
                _ => {}
            }
        }
        self.goodbye |= keyword == "QUIT";
        self.challenged = self.line == b"+" || self.line.starts_with(b"+ ");
        self.answered();
    }

    fn answered(&mut self) {
        self.unanswered.pop_front();
        self.next_is_due();
    }

    /// The next command comes into the transcript.
    fn next_is_due(&mut self) {
        let Some(command) = self.unanswered.front_mut() else { return };
        if std::mem::take(&mut self.challenged) {
            command.clear();
            return self.transcript.tell(|to| to.secret());
        }
        self.transcript.tell(|to| to.sent(command));
    }

    fn end(&mut self, why: &str) {
        self.ended = true;
        if self.octets > 0 {
            self.record("<end of connection>");
        }
        for command in self.unanswered.iter().skip(usize::from(self.greeted)) {
            self.transcript.tell(|to| to.sent(command));
        }
        self.transcript.note(format_args!("{why}"));
        self.transcript.tell(|to| to.write());
    }
}

/// The first word of a line, in upper case.
fn keyword(line: &[u8]) -> String {
    let word = line.trim_ascii_start().split(|octet| *octet == b' ').next().unwrap_or_default();
    String::from_utf8_lossy(word).trim_end().to_ascii_uppercase()
}

#[cfg(test)]
#[path = "../../tests/unit/commands/talk.rs"]
mod tests;
