//! Any sequence of deliveries and sessions, held against a model of the memo
//! that knows no disk: STAT, LIST, RETR, TOP, UIDL, LAST, RSET and what QUIT or
//! a lost connection leaves behind.

use arbtest::arbitrary::{self, Unstructured};
use pop1081::limits::AUTOLOGOUT;
use pop1081::maildrop;
use pop1081::protocol::credentials::UserName;
use pop1081::session::{self, ServerContext};
use pop1081::users::Users;
use pop1081::wire::{Peer, Untimed, Wire};
use std::collections::HashSet;
use std::fmt::Write;
use std::io::{self, Cursor};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{env, fs, process};

/// A message as the model keeps it.
#[derive(Clone, Debug)]
struct Message {
    lines: Vec<Vec<u8>>,
    /// A RETR of an earlier session that ended with QUIT referenced it.
    marked: bool,
    unique_id: Option<String>,
    retrieved: bool,
    deleted: bool,
}

impl Message {
    fn octets(&self) -> usize {
        self.lines.iter().map(|line| line.len() + 2).sum()
    }

    /// The response to RETR, or to TOP with that many lines of the body.
    fn response(&self, first: &str, top: Option<usize>) -> Vec<u8> {
        let headers = self.lines.iter().position(Vec::is_empty).map_or(self.lines.len(), |at| at + 1);
        let shown = top.map_or(self.lines.len(), |n| self.lines.len().min(headers + n));
        let mut response = format!("{first}\r\n").into_bytes();
        for line in &self.lines[..shown] {
            if line.starts_with(b".") {
                response.push(b'.');
            }
            response.extend_from_slice(line);
            response.extend_from_slice(b"\r\n");
        }
        response.extend_from_slice(b".\r\n");
        response
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Stat,
    List,
    ListOne(usize),
    Retr(usize),
    Top(usize, usize),
    Dele(usize),
    Last,
    Rset,
    Uidl,
    UidlOne(usize),
}

/// What a session expects to read, and what it learns of unique-ids.
struct Session<'m> {
    messages: &'m mut Vec<Message>,
    answers: Answers,
    highest_before: usize,
    highest: usize,
}

/// The server's octets, read from the front.
struct Answers(Vec<u8>, usize);

impl Answers {
    fn expect(&mut self, expected: &[u8]) {
        let got = &self.0[self.1..self.0.len().min(self.1 + expected.len())];
        assert_eq!(got.escape_ascii().to_string(), expected.escape_ascii().to_string());
        self.1 += expected.len();
    }

    fn line(&mut self) -> String {
        let rest = &self.0[self.1..];
        let end = rest.windows(2).position(|two| two == b"\r\n").expect("a whole line");
        self.1 += end + 2;
        String::from_utf8(rest[..end].to_vec()).unwrap()
    }
}

impl Session<'_> {
    fn drop_listing(&self) -> (usize, usize) {
        let left = self.messages.iter().filter(|m| !m.deleted);
        left.fold((0, 0), |(count, octets), m| (count + 1, octets + m.octets()))
    }

    fn counts(&self) -> String {
        let (messages, octets) = self.drop_listing();
        let s = |n: usize| if n == 1 { "" } else { "s" };
        format!("{messages} message{} ({octets} octet{})", s(messages), s(octets))
    }

    /// The message, or the answer that there is none.
    fn find(&self, number: usize) -> Result<usize, String> {
        let all = self.messages.len();
        match self.messages.get(number.wrapping_sub(1)) {
            None => {
                let s = if all == 1 { "" } else { "s" };
                Err(format!("-ERR no such message, only {all} message{s} in maildrop\r\n"))
            }
            Some(m) if m.deleted => Err(format!("-ERR message {number} already deleted\r\n")),
            Some(_) => Ok(number - 1),
        }
    }

    fn check(&mut self, step: Step) {
        let number = match step {
            Step::ListOne(n) | Step::Retr(n) | Step::Top(n, _) | Step::Dele(n) | Step::UidlOne(n) => Some(n),
            _ => None,
        };
        match number.map(|n| self.find(n)) {
            Some(Err(answer)) => self.answers.expect(answer.as_bytes()),
            Some(Ok(index)) => self.check_message(step, index),
            None => self.check_maildrop(step),
        }
    }

    fn check_message(&mut self, step: Step, index: usize) {
        let number = index + 1;
        let octets = self.messages[index].octets();
        match step {
            Step::Retr(_) => {
                let response = self.messages[index].response(&format!("+OK {octets} octets"), None);
                self.answers.expect(&response);
                self.messages[index].retrieved = true;
                self.highest = self.highest.max(number);
            }
            Step::Top(_, lines) => {
                let response = self.messages[index].response("+OK", Some(lines));
                self.answers.expect(&response);
            }
            Step::Dele(_) => {
                self.answers.expect(format!("+OK message {number} deleted\r\n").as_bytes());
                self.messages[index].deleted = true;
                self.highest = self.highest.max(number);
            }
            Step::UidlOne(_) => {
                let line = self.answers.line();
                self.learn(line.strip_prefix("+OK ").expect("a unique-id listing"), number);
            }
            _ => self.answers.expect(format!("+OK {number} {octets}\r\n").as_bytes()),
        }
    }

    fn check_maildrop(&mut self, step: Step) {
        let (messages, octets) = self.drop_listing();
        match step {
            Step::Stat => self.answers.expect(format!("+OK {messages} {octets}\r\n").as_bytes()),
            Step::Last => self.answers.expect(format!("+OK {}\r\n", self.highest).as_bytes()),
            Step::Rset => {
                for message in &mut *self.messages {
                    (message.deleted, message.retrieved) = (false, false);
                }
                self.highest = self.highest_before;
                let counts = self.counts();
                self.answers.expect(format!("+OK maildrop has {counts}\r\n").as_bytes());
            }
            Step::Uidl => {
                self.answers.expect(b"+OK\r\n");
                for number in 1..=self.messages.len() {
                    if !self.messages[number - 1].deleted {
                        let line = self.answers.line();
                        self.learn(&line, number);
                    }
                }
                self.answers.expect(b".\r\n");
            }
            _ => {
                let mut listing = format!("+OK {}\r\n", self.counts());
                for (index, message) in self.messages.iter().enumerate().filter(|(_, m)| !m.deleted) {
                    write!(listing, "{} {}\r\n", index + 1, message.octets()).unwrap();
                }
                self.answers.expect((listing + ".\r\n").as_bytes());
            }
        }
    }

    /// A unique-id that was seen before must be the same, a new one unlike the others.
    fn learn(&mut self, line: &str, number: usize) {
        let (its_number, id) = line.split_once(' ').expect("number and unique-id");
        assert_eq!(its_number, number.to_string());
        let known = self.messages[number - 1].unique_id.replace(id.to_owned());
        assert!(known.is_none_or(|known| known == id), "the unique-id of message {number} has changed");
        let ids: Vec<_> = self.messages.iter().filter_map(|m| m.unique_id.as_ref()).collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "two messages have one unique-id");
    }
}

/// A Users directory with one user.
struct Place {
    directory: PathBuf,
    site: ServerContext,
    name: UserName,
}

impl Place {
    fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory = env::temp_dir().join(format!("pop1081-model-{}-{count}", process::id()));
        fs::create_dir(&directory).unwrap();
        fs::write(directory.join("mrose"), "secret\n").unwrap();
        let users = Users::new(&directory).unwrap();
        let site = ServerContext {
            users,
            host: "dewey".to_owned(),
            hide_users: false,
            login_time: None,
            login_delay: Duration::ZERO,
            transcripts: None,
        };
        Place { directory, site, name: UserName::new(b"mrose").unwrap() }
    }

    /// Plays a session whose commands all come at once; what the server says.
    fn play(&self, commands: String) -> Vec<u8> {
        let output = Output::default();
        let (source, sink) = (Untimed(Cursor::new(commands.into_bytes())), Untimed(output.clone()));
        session::run(&self.site, Wire::new(Peer::Local, Box::new(source), Box::new(sink), AUTOLOGOUT));
        output.0.lock().unwrap().clone()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl io::Write for Output {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn deliver(place: &Place, messages: &mut Vec<Message>, u: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    const WORDS: [&[u8]; 13] = [
        b"From ",
        b">From ",
        b">>From a",
        b"\n",
        b"\n\n",
        b"\r\n",
        b"\r",
        b".",
        b"..",
        b"Subject: x\n",
        b"x",
        b"\0\xff",
        b"\n.\n",
    ];
    let mut text = Vec::new();
    for _ in 0..u.int_in_range(0..=12)? {
        text.extend_from_slice(u.choose(&WORDS)?);
    }
    maildrop::deliver(&place.site.users, &place.name, None, &mut &text[..], 1 << 20).unwrap();
    let mut lines: Vec<Vec<u8>> = text.split_inclusive(|o| *o == b'\n').map(without_end).collect();
    if text.starts_with(b"From ") {
        lines.remove(0); // It brought its own separator line.
    }
    messages.push(Message { lines, marked: false, unique_id: None, retrieved: false, deleted: false });
    Ok(())
}

fn without_end(line: &[u8]) -> Vec<u8> {
    match line.strip_suffix(b"\n") {
        Some(line) => line.strip_suffix(b"\r").unwrap_or(line).to_vec(),
        None => line.to_vec(),
    }
}

fn steps(u: &mut Unstructured<'_>, messages: usize) -> arbitrary::Result<Vec<Step>> {
    let mut steps = Vec::new();
    for _ in 0..u.int_in_range(0..=10)? {
        let number = u.int_in_range(0..=messages + 1)?;
        steps.push(match u.int_in_range(0..=11)? {
            0 => Step::Stat,
            1 => Step::List,
            2 => Step::ListOne(number),
            3..=4 => Step::Retr(number),
            5 => Step::Top(number, u.int_in_range(0..=4)?),
            6..=7 => Step::Dele(number),
            8 => Step::Last,
            9 => Step::Rset,
            10 => Step::Uidl,
            _ => Step::UidlOne(number),
        });
    }
    Ok(steps)
}

fn command(step: Step) -> String {
    match step {
        Step::Stat => "STAT".to_owned(),
        Step::List => "LIST".to_owned(),
        Step::ListOne(n) => format!("LIST {n}"),
        Step::Retr(n) => format!("RETR {n}"),
        Step::Top(n, lines) => format!("TOP {n} {lines}"),
        Step::Dele(n) => format!("DELE {n}"),
        Step::Last => "LAST".to_owned(),
        Step::Rset => "RSET".to_owned(),
        Step::Uidl => "UIDL".to_owned(),
        Step::UidlOne(n) => format!("UIDL {n}"),
    }
}

fn converse(place: &Place, messages: &mut Vec<Message>, u: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let steps = steps(u, messages.len())?;
    let quits = u.ratio(2, 3)?;
    let commands: String = steps.iter().map(|step| command(*step) + "\r\n").collect();
    let end = if quits { "QUIT\r\n" } else { "QUIT" };
    let answers = place.play(format!("USER mrose\r\nPASS secret\r\n{commands}{end}"));
    let highest = messages.iter().rposition(|m| m.marked).map_or(0, |index| index + 1);
    let answers = Answers(answers, 0);
    let mut session = Session { messages, answers, highest_before: highest, highest };
    assert!(session.answers.line().starts_with("+OK dewey POP3 server ready <"));
    session.answers.expect(b"+OK mrose is a real hoopy frood\r\n");
    let counts = session.counts();
    session.answers.expect(format!("+OK mrose's maildrop has {counts}\r\n").as_bytes());
    for step in steps {
        session.check(step);
    }
    let mut answers = session.answers;
    if quits {
        messages.retain(|m| !m.deleted);
        let left = match messages.len() {
            0 => "maildrop empty".to_owned(),
            1 => "1 message left".to_owned(),
            n => format!("{n} messages left"),
        };
        answers.expect(format!("+OK dewey POP3 server signing off ({left})\r\n").as_bytes());
    }
    for message in messages {
        message.marked |= quits && message.retrieved;
        (message.retrieved, message.deleted) = (false, false);
    }
    assert_eq!(answers.1, answers.0.len(), "nothing comes after the end");
    Ok(())
}

#[test]
fn model_and_server_agree_on_any_history() {
    let budget = env::var("POP1081_BUDGET_MS").map_or(3_000, |ms| ms.parse().unwrap());
    let mut histories = 0;
    arbtest::arbtest(|u| {
        let place = Place::new();
        let mut messages = Vec::new();
        for _ in 0..u.int_in_range(1..=8)? {
            if u.ratio(1, 2)? {
                deliver(&place, &mut messages, u)?;
            } else {
                converse(&place, &mut messages, u)?;
            }
            if u.ratio(1, 20)? {
                lose_sidecar(&place, &mut messages);
            }
        }
        converse(&place, &mut messages, u)?;
        histories += 1;
        Ok(())
    })
    .budget_ms(budget);
    println!("{histories} histories");
}

/// Losing the sidecar costs the marks of RETR. Unique-ids stay, but which of
/// two identical copies is the first is then counted anew.
fn lose_sidecar(place: &Place, messages: &mut [Message]) {
    let _ = fs::remove_file(place.directory.join(".pop1081/mrose.state"));
    for message in messages {
        message.marked = false;
        if message.unique_id.as_ref().is_some_and(|id| id.contains('-')) {
            message.unique_id = None;
        }
    }
}
