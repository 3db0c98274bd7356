//! Any octets from a client, for a whole session: every line gets one well-formed
//! reply until the server closes, and mail goes only after a whole QUIT, and only
//! what DELE has marked.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pop1081::protocol::command::Command;
use pop1081::limits;
use pop1081::session::{self, ServerContext};
use pop1081::protocol::telnet::Filter;
use pop1081::wire::{Peer, Untimed, Wire};
use pop1081_fuzz::model::{self, Message, without_end};
use pop1081_fuzz::place::{self, Note, Place};
use std::collections::BTreeSet;
use std::io::{self, Cursor, Write};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

static HOUSE: LazyLock<(Place, ServerContext)> = LazyLock::new(|| {
    let place = Place::new();
    for (user, file) in USERS {
        drop(place.write(&place::name(user), file));
    }
    let site = ServerContext {
        users: place.users.clone(),
        host: "dewey".to_owned(),
        hide_users: false,
        login_time: None,
        login_delay: Duration::ZERO,
        transcripts: None,
    };
    (place, site)
});

const USERS: [(&str, &[u8]); 2] = [
    (
        "mrose",
        b"secret\nFrom a@b\nSubject: one\n\n.\nFirst.\n\nFrom c@d\r\n\r\n..\r\n>From x\r\n\r\nFrom e@f\n\n\
          From g@h\nSubject: four\n\nNo line end.",
    ),
    ("frated", b"two words\nFrom a@b\n+OK\n-ERR\n"),
];

fuzz_target!(|octets: &[u8]| {
    let (place, site) = &*HOUSE;
    let said = without_answers(&session(site, octets));
    let mut client = Client::new(&said);
    let mut text = octets.to_vec();
    let length = Filter::default().strip(&mut text, 0, |_, _| {});
    let lines = text[..length].split_inclusive(|o| *o == b'\n').filter(|line| line.ends_with(b"\n"));
    for line in lines {
        if client.closed {
            break;
        }
        client.hear_reply_to(line);
    }
    assert!(client.heard.is_empty(), "said without being asked: {}", client.heard.escape_ascii());
    for (user, file) in USERS {
        let name = place::name(user);
        let expected = client.left(user, file);
        assert_eq!(place.read(&name), expected, "{user}'s file");
        if expected != file {
            drop(place.write(&name, file));
        }
        place.forget(&name, Note::Sidecar);
    }
});

/// Without the answers to TELNET's negotiations, of three octets each: an octet 255
/// is in none of the messages here.
fn without_answers(mut said: &[u8]) -> Vec<u8> {
    let mut rest = Vec::new();
    while let Some(answer) = said.iter().position(|o| *o == 255) {
        assert!(matches!(said[answer..], [255, 252 | 254, _, ..]), "WONT or DONT, and what");
        rest.extend_from_slice(&said[..answer]);
        said = &said[answer + 3..];
    }
    [&rest, said].concat()
}

/// All that the server says to a client that says this and is gone then.
fn session(site: &ServerContext, octets: &[u8]) -> Vec<u8> {
    let output = Output::default();
    let source = Box::new(Untimed(Cursor::new(octets.to_vec())));
    let sink = Box::new(Untimed(output.clone()));
    session::run(site, Wire::new(Peer::Local, source, sink, limits::AUTOLOGOUT));
    std::mem::take(&mut *output.0.lock().expect("the output"))
}

#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().map_err(|_| io::ErrorKind::Other)?.extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a client knows that reads every reply.
struct Client<'a> {
    /// What is not read yet.
    heard: &'a [u8],
    claimed: Option<Vec<u8>>,
    /// Whose maildrop it has, and what was in it.
    user: Option<(&'static str, Vec<Message>)>,
    deleted: BTreeSet<usize>,
    quit: bool,
    closed: bool,
}

impl<'a> Client<'a> {
    fn new(said: &'a [u8]) -> Self {
        let (user, deleted) = (None, BTreeSet::new());
        let mut client = Client { heard: said, claimed: None, user, deleted, quit: false, closed: false };
        assert!(client.line().starts_with(b"+OK dewey POP3 server ready <"));
        client
    }

    /// The next line, which ends in CRLF.
    fn line(&mut self) -> &'a [u8] {
        let end = self.heard.iter().position(|o| *o == b'\n').expect("a whole line");
        let (line, rest) = self.heard.split_at(end + 1);
        self.heard = rest;
        line.strip_suffix(b"\r\n").expect("a line that ends in CRLF")
    }

    /// The lines of a multi-line response, unstuffed.
    fn lines(&mut self) -> Vec<&'a [u8]> {
        let mut lines = Vec::new();
        loop {
            match self.line() {
                b"." => return lines,
                line => lines.push(line.strip_prefix(b".").unwrap_or(line)),
            }
        }
    }

    fn hear_reply_to(&mut self, line: &[u8]) {
        let reply = self.line();
        assert!(reply.len() <= limits::REPLY_LINE - 2);
        assert!(reply.iter().all(|o| *o == b' ' || o.is_ascii_graphic()), "{}", reply.escape_ascii());
        let ok = reply == b"+OK" || reply.starts_with(b"+OK ");
        assert!(ok || reply.starts_with(b"-ERR "), "{}", reply.escape_ascii());
        self.closed = reply.ends_with(b", the connection is closed");
        let command = Command::parse(without_end(line)).ok().filter(|_| line.len() <= limits::COMMAND_LINE);
        match command {
            None => assert!(!ok, "{} is no command", line.escape_ascii()),
            Some(Command::Quit) => self.quit(ok, reply),
            Some(command) if self.user.is_none() => self.before_login(command, ok),
            Some(command) => self.after_login(&command, ok, reply),
        }
    }

    fn quit(&mut self, ok: bool, reply: &[u8]) {
        if self.closed {
            return;
        }
        assert!(ok && reply.starts_with(b"+OK dewey POP3 server signing off"));
        self.quit = true;
        self.closed = true;
    }

    fn before_login(&mut self, command: Command, ok: bool) {
        match command {
            Command::User(name) if ok => self.claimed = Some(name),
            Command::Pass(password) => self.log_in(ok, password.secret().unwrap_or_default()),
            Command::Capa => assert_eq!((ok, self.lines().len()), (true, 7)),
            Command::User(_) => {}
            command => assert!(!ok, "{} before a login", command.keyword()),
        }
    }

    fn log_in(&mut self, ok: bool, password: &[u8]) {
        let claimed = self.claimed.take();
        if !ok {
            return;
        }
        let claimed = claimed.expect("PASS after USER only");
        let (user, file) =
            USERS.into_iter().find(|(user, _)| user.as_bytes() == claimed).expect("a user that is known");
        assert_eq!(without_end(&file[..model::line_one(file)]), password, "the right password");
        self.user = Some((user, model::messages(file).expect("a maildrop")));
    }

    fn after_login(&mut self, command: &Command, ok: bool, reply: &[u8]) {
        match command {
            Command::Retr(number) => self.message(self.there(*number), ok, None),
            Command::Top { message, lines } => self.message(self.there(*message), ok, Some(*lines)),
            Command::Dele(number) => {
                let deleted = self.there(*number);
                assert_eq!(ok, deleted.is_some());
                self.deleted.extend(deleted);
            }
            Command::Stat => {
                let octets: u64 = self.left_here().map(|(_, octets)| octets).sum();
                assert_eq!(reply, format!("+OK {} {octets}", self.left_here().count()).as_bytes());
            }
            Command::List(None) => {
                let scan_listing = |(number, octets)| format!("{number} {octets}").into_bytes();
                let expected: Vec<_> = self.left_here().map(scan_listing).collect();
                assert_eq!(self.lines(), expected);
            }
            Command::Uidl(None) => assert_eq!(self.lines().len(), self.left_here().count()),
            Command::List(Some(number)) | Command::Uidl(Some(number)) => {
                assert_eq!(ok, self.there(*number).is_some());
            }
            Command::Rset => self.deleted.clear(),
            Command::Capa => assert_eq!((ok, self.lines().len()), (true, 7)),
            Command::Noop | Command::Last => assert!(ok),
            Command::User(_) | Command::Pass(_) | Command::Rpop(_) | Command::Apop { .. } => assert!(!ok),
            Command::Quit => {}
        }
    }

    /// Hears a message: all of it, or the headers and so many lines of its body.
    fn message(&mut self, index: Option<usize>, ok: bool, body: Option<u64>) {
        assert_eq!(ok, index.is_some());
        let Some(index) = index else { return };
        let heard = self.lines();
        let lines = &self.messages()[index].lines;
        let headers = lines.iter().position(Vec::is_empty).map_or(lines.len(), |empty| empty + 1);
        let body = body.map_or(usize::MAX, |body| usize::try_from(body).unwrap_or(usize::MAX));
        assert_eq!(heard, lines[..lines.len().min(headers.saturating_add(body))]);
    }

    fn messages(&self) -> &[Message] {
        self.user.as_ref().map_or(&[], |(_, messages)| messages)
    }

    /// The place of the message of this number, if it is there and not deleted.
    fn there(&self, number: u64) -> Option<usize> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        (index < self.messages().len() && !self.deleted.contains(&index)).then_some(index)
    }

    /// Number and octets of the messages that are not deleted.
    fn left_here(&self) -> impl Iterator<Item = (usize, u64)> {
        let there = |(index, _): &(usize, _)| !self.deleted.contains(index);
        self.messages().iter().enumerate().filter(there).map(|(index, m)| (index + 1, m.octets()))
    }

    /// What must be left of this user's file.
    fn left(&self, name: &str, file: &[u8]) -> Vec<u8> {
        let Some((_, messages)) = self.user.as_ref().filter(|(user, _)| self.quit && *user == name) else {
            return file.to_vec();
        };
        let mut left = file[..messages[0].start].to_vec();
        for index in (0..messages.len()).filter(|index| !self.deleted.contains(index)) {
            let end = messages.get(index + 1).map_or(file.len(), |next| next.start);
            left.extend_from_slice(&file[messages[index].start..end]);
        }
        left
    }
}
