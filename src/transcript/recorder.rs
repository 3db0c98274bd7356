//! The lines of a transcript: one for each event of a session.

use super::destination::Destination;
use super::redact::{Elision, PasswordPhase, escape, escape_start, visible_length};
use crate::limits;
use crate::protocol::command::Command;
use crate::protocol::telnet::Control;
use std::fmt::{self, Write};
use std::thread;
use std::time::Instant;

/// Writes the transcript of one session.
pub struct Recorder {
    destination: Destination,
    since: Instant,
    /// Whole lines that are not written yet.
    lines: String,
    password: PasswordPhase,
    /// The multi-line response that is being sent.
    elision: Option<Elision>,
    /// Whose controls the last line has, if any, C or S: more of them
    /// come on the same line.
    controls_of: Option<char>,
}

impl Recorder {
    /// One that starts counting the seconds now.
    pub fn new(destination: Destination) -> Self {
        Recorder {
            destination,
            since: Instant::now(),
            lines: String::new(),
            password: PasswordPhase::Early,
            elision: None,
            controls_of: None,
        }
    }

    /// A change of state, or an end.
    pub fn note(&mut self, what: fmt::Arguments<'_>) {
        self.end_response_lines();
        // An error text of the system need not be one line of ASCII.
        let mut line = String::new();
        escape(what.to_string().as_bytes(), &mut line);
        self.add("== ", &line);
    }

    /// A command line as it came, without the CRLF or LF that has ended it.
    pub fn command(&mut self, octets: &[u8], crlf: bool) {
        self.typed(octets, if crlf { "" } else { "<LF without CR>" });
        if self.password == PasswordPhase::Early && matches!(Command::parse(octets), Ok(Command::User(_))) {
            self.password = PasswordPhase::Due;
        }
    }

    /// The partial line at the end of the connection, if there is one.
    pub fn half_line(&mut self, octets: &[u8]) {
        if !octets.is_empty() {
            self.typed(octets, "<end of connection>");
        }
    }

    fn typed(&mut self, octets: &[u8], end: &str) {
        let mut line = String::new();
        let shown = visible_length(octets, self.password);
        escape(&octets[..shown], &mut line);
        if shown < octets.len() {
            line.push_str(if shown > 0 { " <not shown>" } else { "<not shown>" });
        }
        line.push_str(end);
        self.add("C: ", &line);
    }

    /// A command line of more octets than the limit.
    pub fn too_long(&mut self) {
        self.add("C: ", &format!("<a line of more than {} octets>", limits::COMMAND_LINE));
    }

    /// A command line as it goes to another server, which gets CRLF behind it.
    pub fn sent(&mut self, octets: &[u8]) {
        match octets.len() + b"\r\n".len() > limits::COMMAND_LINE {
            true => self.too_long(),
            false => self.command(octets, true),
        }
        self.write();
    }

    /// A line of the client that is a secret as a whole.
    pub fn secret(&mut self) {
        self.add("C: ", "<not shown>");
    }

    /// A reply of one line, or the first of several, without its CRLF.
    pub fn reply(&mut self, octets: &[u8]) {
        let mut line = String::new();
        escape(octets, &mut line);
        self.add("S: ", &line);
    }

    /// More of a multi-line response, as it is sent.
    pub fn response(&mut self, sent: &[u8]) {
        let mut elision = self.elision.take().unwrap_or_default();
        elision.take(sent, |line| self.add("S: ", line));
        self.elision = Some(elision);
    }

    /// The same of another server: its start, its length in octets and how it ends.
    pub fn reply_line(&mut self, start: &[u8], octets: u64, end: &str) {
        let mut line = String::new();
        escape_start(start, octets, limits::COMMAND_LINE, &mut line);
        self.add("S: ", &(line + end));
    }

    /// A line of another server's response: its start, its length in octets and how it ends.
    pub fn response_line(&mut self, start: &[u8], octets: u64, end: &str) {
        let (mut line, mut elision) = (String::new(), self.elision.take().unwrap_or_default());
        escape_start(start, octets, limits::SHOWN_LINE, &mut line);
        elision.line(line + end, &mut |line| self.add("S: ", line));
        self.elision = Some(elision);
    }

    /// The line that ends a multi-line response.
    pub fn end_of_response(&mut self) {
        self.end_response_lines();
        self.add("S: ", ".");
    }

    /// Adds the last lines of a response.
    fn end_response_lines(&mut self) {
        let (left_out, last) = self.elision.take().unwrap_or_default().end();
        if left_out > 0 {
            let plural = if left_out == 1 { "" } else { "s" };
            self.add("   ", &format!("... {left_out} line{plural} ..."));
        }
        for line in last {
            self.add("S: ", &line);
        }
    }

    /// A TELNET control that came, the octets of a partial line that it has discarded,
    /// and what is answered.
    pub fn control(&mut self, control: Control, discarded: usize) {
        self.add_control('C', &control.to_string());
        if discarded > 0 {
            self.add_control('C', &format!("<{discarded} octets of a partial line discarded>"));
        }
        if let Some(answer) = control.answer() {
            self.add_control('S', &answer.to_string());
        }
    }

    /// The client has logged in as this user.
    pub fn logged_in_as(&mut self, user: &str) {
        self.logged_in();
        self.destination.add_user(user);
    }

    /// The client has logged in: what it sends is no password any more.
    pub fn logged_in(&mut self) {
        self.password = PasswordPhase::Past;
    }

    /// Writes what there is to write.
    pub fn write(&mut self) {
        if !self.lines.is_empty() {
            self.destination.write(&self.lines);
            self.lines.clear();
            self.controls_of = None;
        }
    }

    fn add_control(&mut self, who: char, control: &str) {
        if self.controls_of == Some(who) && self.lines.ends_with('\n') {
            self.lines.pop();
            let _ = writeln!(self.lines, " {control}");
        } else {
            self.add(if who == 'C' { "C: " } else { "S: " }, control);
            self.controls_of = Some(who);
        }
    }

    fn add(&mut self, who: &str, line: &str) {
        self.controls_of = None;
        let seconds = self.since.elapsed().as_secs_f64();
        // Writing to a string can't fail.
        let _ = write!(self.lines, "{seconds:8.3} {who}");
        if line.is_empty() {
            self.lines.pop();
        }
        let _ = writeln!(self.lines, "{line}");
        if self.lines.len() >= limits::TRANSCRIPT_BUFFER {
            self.write();
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if thread::panicking() {
            self.note(format_args!("a fault in the program has ended the session"));
        }
        self.write();
    }
}
