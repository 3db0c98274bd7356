//! The replies of a session, worked out from the users, their messages and what a client sends.
//!
//! The model has neither disk nor time. It reads command lines with the server's own parser, which
//! has unit tests and a fuzz target of its own.

use super::mbox::without_end;
use super::user::User;
use pop1081::limits::{COMMAND_LINE, REPLY_LINE};
use pop1081::protocol::command::Command;
use pop1081::protocol::telnet::{Control, Telnet};
use std::fmt::Write;
use std::io::Read;

/// How many lines CAPA lists; which, `tests/program/sessions/capabilities.rs` shows.
const CAPABILITIES: usize = 7;

/// What QUIT has removed from a user's maildrop: the places of the messages.
#[derive(Debug, PartialEq)]
pub struct Removed {
    pub user: &'static str,
    pub messages: Vec<usize>,
}

/// Compares all that a server has sent with the replies to a client that sent these octets.
/// Afterwards their messages are as UPDATE leaves them; `None` if there was no UPDATE.
#[track_caller]
pub fn follow(users: &mut [User], sent: &[u8], said: &[u8]) -> Option<Removed> {
    let text = text(sent);
    let mut session = Session::greeted(users, said);
    for line in text.split_inclusive(|octet| *octet == b'\n').filter(|line| line.ends_with(b"\n")) {
        match session.state {
            State::Authorization(user) => session.authorization(user, command(line)),
            State::Transaction(user) => session.transaction(user, command(line)),
            State::Over(_) => break,
        }
    }
    session.end()
}

/// What the client sends but TELNET controls, and but what an interrupt discards.
fn text(sent: &[u8]) -> Vec<u8> {
    let (mut telnet, mut text) = (Telnet::new(sent), Vec::new());
    loop {
        let mut part = [0; 512];
        match telnet.read(&mut part) {
            Ok(0) => return text,
            Ok(octets) => text.extend_from_slice(&part[..octets]),
            Err(e) => {
                if e.downcast::<Control>().expect("a control").begins_line() {
                    text.truncate(text.iter().rposition(|octet| *octet == b'\n').map_or(0, |end| end + 1));
                }
            }
        }
    }
}

/// `None` if the line is no command.
fn command(line: &[u8]) -> Option<Command> {
    Command::parse(without_end(line)).ok().filter(|_| line.len() <= COMMAND_LINE)
}

/// A user is an index of `users`.
#[derive(Clone, Copy)]
enum State {
    /// USER has named a user, or not yet.
    Authorization(Option<usize>),
    Transaction(usize),
    /// QUIT has updated the maildrop of a user, or of none.
    Over(Option<usize>),
}

struct Session<'a> {
    users: &'a mut [User],
    /// The server's octets that are not read yet.
    said: &'a [u8],
    state: State,
    /// What LAST replies.
    highest: usize,
}

impl<'a> Session<'a> {
    fn greeted(users: &'a mut [User], said: &'a [u8]) -> Self {
        users.iter_mut().for_each(User::forget);
        let mut session = Session { users, said, state: State::Authorization(None), highest: 0 };
        assert!(session.line().starts_with("+OK dewey POP3 server ready <"));
        session
    }

    fn authorization(&mut self, user: Option<usize>, command: Option<Command>) {
        match command {
            Some(Command::User(name)) if user.is_none() => self.user(&name),
            Some(Command::Pass(password)) => self.pass(user, password.secret()),
            // The client has no port below 1024: permission is denied, and USER is due again.
            Some(Command::Rpop(_)) => self.refuses(State::Authorization(None)),
            Some(Command::Capa) => self.capabilities(),
            Some(Command::Quit) => {
                self.says("+OK dewey POP3 server signing off");
                self.state = State::Over(None);
            }
            _ => self.refuses(self.state),
        }
    }

    fn user(&mut self, name: &[u8]) {
        match self.users.iter().position(|user| user.name.as_bytes() == name) {
            Some(user) => {
                self.says(&format!("+OK {} is a real hoopy frood", self.users[user].name));
                self.state = State::Authorization(Some(user));
            }
            None => self.refuses(self.state),
        }
    }

    fn pass(&mut self, user: Option<usize>, password: Option<&[u8]>) {
        match user.filter(|user| password == Some(self.users[*user].password.as_bytes())) {
            Some(user) => {
                let User { name, .. } = self.users[user];
                self.says(&format!("+OK {name}'s maildrop has {}", self.users[user].counts()));
                self.highest = self.users[user].highest_marked();
                self.state = State::Transaction(user);
            }
            None => self.refuses(State::Authorization(None)),
        }
    }

    fn transaction(&mut self, user: usize, command: Option<Command>) {
        let Some(command) = command else { return self.refuses(self.state) };
        match command {
            Command::Stat => {
                let (messages, octets) = self.users[user].drop_listing();
                self.says(&format!("+OK {messages} {octets}"));
            }
            Command::List(None) => self.list(user),
            Command::Uidl(None) => self.unique_ids(user),
            Command::Last => self.says(&format!("+OK {}", self.highest)),
            Command::Noop => self.says("+OK"),
            Command::Rset => self.rset(user),
            Command::Capa => self.capabilities(),
            Command::Quit => self.quit(user),
            Command::User(_) | Command::Pass(_) | Command::Rpop(_) | Command::Apop { .. } => {
                self.refuses(self.state);
            }
            Command::List(Some(number))
            | Command::Uidl(Some(number))
            | Command::Retr(number)
            | Command::Dele(number)
            | Command::Top { message: number, .. } => match self.users[user].find(number) {
                Ok(index) => self.on_message(user, index, &command),
                Err(reply) => self.says(&reply),
            },
        }
    }

    fn on_message(&mut self, user: usize, index: usize, command: &Command) {
        let number = index + 1;
        let message = &mut self.users[user].messages[index];
        match command {
            Command::Retr(_) => {
                message.retrieved = true;
                self.highest = self.highest.max(number);
                let response = message.content.retr();
                self.sends(&response);
            }
            Command::Top { lines, .. } => {
                let response = message.content.top(*lines);
                self.sends(&response);
            }
            Command::Dele(_) => {
                message.deleted = true;
                self.highest = self.highest.max(number);
                self.says(&format!("+OK message {number} deleted"));
            }
            Command::Uidl(_) => {
                let line = self.line();
                self.users[user].learn(index, line.strip_prefix("+OK ").expect("a unique-id listing"));
            }
            _ => {
                let octets = message.content.octets();
                self.says(&format!("+OK {number} {octets}"));
            }
        }
    }

    fn list(&mut self, user: usize) {
        let user = &self.users[user];
        let mut listing = format!("+OK {}\r\n", user.counts());
        for (number, message) in (1..).zip(&user.messages).filter(|(_, message)| !message.deleted) {
            let _ = write!(listing, "{number} {}\r\n", message.content.octets());
        }
        self.sends((listing + ".\r\n").as_bytes());
    }

    fn unique_ids(&mut self, user: usize) {
        self.says("+OK");
        for index in 0..self.users[user].messages.len() {
            if !self.users[user].messages[index].deleted {
                let listing = self.line();
                self.users[user].learn(index, &listing);
            }
        }
        self.says(".");
    }

    fn rset(&mut self, user: usize) {
        self.users[user].forget();
        self.highest = self.users[user].highest_marked();
        self.says(&format!("+OK maildrop has {}", self.users[user].counts()));
    }

    fn quit(&mut self, user: usize) {
        let left = match self.users[user].drop_listing().0 {
            0 => "maildrop empty".to_owned(),
            1 => "1 message left".to_owned(),
            many => format!("{many} messages left"),
        };
        self.says(&format!("+OK dewey POP3 server signing off ({left})"));
        self.state = State::Over(Some(user));
    }

    fn capabilities(&mut self) {
        assert!(self.line().starts_with("+OK"));
        for _ in 0..CAPABILITIES {
            assert_ne!(self.line(), ".");
        }
        self.says(".");
    }

    /// Nothing more comes.
    fn end(self) -> Option<Removed> {
        assert!(self.said.is_empty(), "sent without a command: {}", self.said.escape_ascii());
        match self.state {
            State::Over(Some(user)) => {
                let user = &mut self.users[user];
                Some(Removed { user: user.name, messages: user.update() })
            }
            State::Over(None) | State::Authorization(_) | State::Transaction(_) => None,
        }
    }

    /// The next line, which ends in CRLF, without it: printable, and not too long for a reply.
    fn line(&mut self) -> String {
        let end = self.said.iter().position(|octet| *octet == b'\n').expect("a whole line");
        let (line, rest) = self.said.split_at(end + 1);
        self.said = rest;
        let line = line.strip_suffix(b"\r\n").expect("a line that ends in CRLF");
        assert!(line.len() + 2 <= REPLY_LINE && line.iter().all(|octet| (b' '..=b'~').contains(octet)));
        String::from_utf8_lossy(line).into_owned()
    }

    fn says(&mut self, line: &str) {
        assert_eq!(self.line(), line);
    }

    /// These octets come next.
    fn sends(&mut self, octets: &[u8]) {
        let (next, rest) = self.said.split_at(octets.len().min(self.said.len()));
        assert_eq!(next.escape_ascii().to_string(), octets.escape_ascii().to_string());
        self.said = rest;
    }

    /// An `-ERR`, after which the session is in this state, or over if there were too many.
    fn refuses(&mut self, then: State) {
        let reply = self.line();
        assert!(reply.starts_with("-ERR "), "{reply}");
        self.state = if reply.ends_with(", the connection is closed") { State::Over(None) } else { then };
    }
}
