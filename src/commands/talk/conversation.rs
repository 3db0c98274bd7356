//! Who has said what: which command a line of the server answers, whether a reply is
//! whole, and what of it stands in the transcript.
//!
//! A command stands in the transcript when its reply is due, as in that of the server,
//! even if it was sent before.

use crate::limits;
use crate::transcript::Transcript;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A line that was sent and is not answered.
struct Typed {
    line: Vec<u8>,
    /// `+OK` begins a multi-line response.
    multi_line: bool,
    /// `+OK` is the end of AUTHORIZATION.
    login: bool,
    quit: bool,
}

impl Typed {
    fn new(line: &[u8]) -> Self {
        let mut words = line.split(|octet| *octet == b' ').filter(|word| !word.is_empty());
        let keyword = words.next().unwrap_or_default().to_ascii_uppercase();
        let alone = words.next().is_none();
        Typed {
            line: line.to_vec(),
            multi_line: match keyword.as_slice() {
                b"RETR" | b"TOP" | b"CAPA" => true,
                b"LIST" | b"UIDL" | b"AUTH" => alone,
                _ => false,
            },
            login: matches!(keyword.as_slice(), b"PASS" | b"APOP" | b"RPOP" | b"AUTH") && !alone,
            quit: keyword == b"QUIT",
        }
    }
}

/// The conversation on a connection.
pub struct Conversation {
    transcript: Transcript,
    greeted: bool,
    /// The first of them stands in the transcript, once the server has greeted.
    unanswered: VecDeque<Typed>,
    /// The server asks for a secret, as after AUTH.
    challenged: bool,
    in_response: bool,
    /// The start of the line that is coming, its octets so far, and the last two of them.
    line: Vec<u8>,
    octets: u64,
    latest: [u8; 2],
    /// When something was sent or has come.
    heard: Instant,
    /// QUIT was sent.
    pub quit: bool,
    /// QUIT was answered.
    pub goodbye: bool,
    /// Nothing more is sent.
    pub input_ended: bool,
    /// The server was silent for too long.
    pub given_up: bool,
    /// The connection has ended.
    pub ended: bool,
}

impl Conversation {
    /// One in which nothing was said.
    pub fn new(transcript: Transcript) -> Self {
        Conversation {
            transcript,
            greeted: false,
            unanswered: VecDeque::new(),
            challenged: false,
            in_response: false,
            line: Vec::new(),
            octets: 0,
            latest: [0; 2],
            heard: Instant::now(),
            quit: false,
            goodbye: false,
            input_ended: false,
            given_up: false,
            ended: false,
        }
    }

    /// Whether the server has answered everything.
    pub fn is_answered(&self) -> bool {
        self.greeted && self.unanswered.is_empty()
    }

    /// For how long nothing was sent and nothing came.
    pub fn silent_for(&self) -> Duration {
        self.heard.elapsed()
    }

    /// A line, or the start of a long one, is about to be sent.
    pub fn typed(&mut self, line: &[u8]) {
        self.heard = Instant::now();
        let typed = Typed::new(line);
        self.quit |= typed.quit;
        self.unanswered.push_back(typed);
        if self.greeted && self.unanswered.len() == 1 {
            self.next_is_due();
        }
    }

    /// Octets of the server, as they come.
    pub fn came(&mut self, octets: &[u8]) {
        self.heard = Instant::now();
        for part in octets.split_inclusive(|octet| *octet == b'\n') {
            let room = limits::TALK_PART.saturating_sub(self.line.len());
            self.line.extend_from_slice(&part[..part.len().min(room)]);
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
        let crlf = self.latest == *b"\r\n";
        let octets = self.octets - if crlf { 2 } else { 1 };
        let mut line = std::mem::take(&mut self.line);
        line.truncate(usize::try_from(octets).unwrap_or(usize::MAX));
        (self.octets, self.latest) = (0, [0; 2]);
        let end = if crlf { "" } else { "<LF without CR>" };
        if !self.in_response {
            self.transcript.tell(|to| to.reply_line(&line, octets, end));
            self.status(&line);
        } else if line == b"." {
            self.transcript.tell(|to| to.end_of_response());
            self.in_response = false;
            self.answered();
        } else {
            self.transcript.tell(|to| to.response_line(&line, octets, end));
        }
        line.clear();
        self.line = line;
    }

    /// The greeting, or the first line of a reply.
    fn status(&mut self, line: &[u8]) {
        if !self.greeted {
            self.greeted = true;
            return self.next_is_due();
        }
        let Some(command) = self.unanswered.front() else { return };
        if line.starts_with(b"+OK") {
            if command.login {
                self.transcript.tell(|to| to.logged_in());
            }
            if command.multi_line {
                self.in_response = true;
                return;
            }
        }
        self.challenged = line == b"+" || line.starts_with(b"+ ");
        self.answered();
    }

    fn answered(&mut self) {
        self.goodbye |= self.unanswered.pop_front().is_some_and(|command| command.quit);
        self.next_is_due();
    }

    /// The next command comes into the transcript.
    fn next_is_due(&mut self) {
        let Some(command) = self.unanswered.front_mut() else { return };
        if std::mem::take(&mut self.challenged) {
            *command = Typed { line: Vec::new(), multi_line: false, login: true, quit: false };
            return self.transcript.tell(|to| to.secret());
        }
        record(&mut self.transcript, &command.line);
    }

    /// The connection has ended, for this reason.
    pub fn end(&mut self, why: &str) {
        self.ended = true;
        if self.octets > 0 {
            let (line, octets) = (&self.line, self.octets);
            match self.in_response {
                true => self.transcript.tell(|to| to.response_line(line, octets, "<end of connection>")),
                false => self.transcript.tell(|to| to.reply_line(line, octets, "<end of connection>")),
            }
        }
        for command in self.unanswered.iter().skip(usize::from(self.greeted)) {
            record(&mut self.transcript, &command.line);
        }
        self.transcript.note(format_args!("{why}"));
        self.transcript.tell(|to| to.write());
    }
}

/// Records a command line as a server would.
fn record(transcript: &mut Transcript, line: &[u8]) {
    transcript.tell(|to| {
        if line.len() + b"\r\n".len() > limits::COMMAND_LINE {
            to.too_long();
        } else {
            to.command(line, true);
        }
        to.write();
    });
}
