//! The player: the steps of one dialogue, played one after the other against
//! one server.

mod connections;
mod multiline;
mod started;

use super::client::{Client, ReadError, Stop, failure, read_failure};
use super::compare::{Pattern, Strict, Strictness};
use super::dialogue::{Act, ClientId, Dialogue, Part, Removed, Step};
use super::escape::brief;
use super::placeholders::{Facts, fill, fill_shown, timestamp};
use super::processes::Footprint;
pub use super::target::Environment;
use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How long a server may wait for a lock before it refuses a login; the memo sets no limit.
pub const WAIT_FOR_LOCK: Duration = Duration::from_secs(15);

/// Between two parts of a line that are to arrive apart.
const MOMENT: Duration = Duration::from_millis(40);

pub struct Player<'a> {
    pub address: SocketAddr,
    /// A connection that is open already, for the first client.
    pub unused: Option<TcpStream>,
    pub environment: &'a dyn Environment,
    pub strictness: Strictness,
    pub strict: Strict,
    /// The step that is played only sets up what is to be shown.
    pub(super) setup: bool,
    /// A login that is refused is tried again for a while: the session before may
    /// not have let go of the maildrop yet.
    pub patient: bool,
    /// The server greets no second client before the first has gone.
    pub one_at_a_time: bool,
    /// The dialogue lets the server wait for a lock.
    may_wait: bool,
    /// The dialogue removes messages.
    removes: bool,
    /// How long a login that is refused is tried again.
    pub lock_patience: Duration,
    /// A login was refused as long as it was tried again.
    pub locked_out: bool,
    /// The longest time that an answer has taken.
    pub slowest: Duration,
    /// How long any answer may take.
    pub deadline: Duration,
    pub(super) clients: BTreeMap<ClientId, Connection>,
    pub(super) facts: Facts,
    pub(super) timestamps: Vec<Vec<u8>>,
    /// How many sessions were had, and what the server held before them.
    pub(super) sessions: Option<(usize, Footprint)>,
    /// What was said, in the notation of the files.
    pub transcript: String,
}

/// A connection, and what has to be remembered of it.
pub(super) struct Connection {
    pub(super) client: Client,
    pub(super) greeting: Option<Vec<u8>>,
    pub(super) name: String,
    /// What it sent last, as it is shown.
    pub(super) sent: String,
    /// A line that was read and not yet looked at.
    pub(super) ahead: Option<Vec<u8>>,
}

pub(super) type Played<T> = Result<T, Stop>;

impl<'a> Player<'a> {
    pub fn new(
        address: SocketAddr,
        environment: &'a dyn Environment,
        strictness: Strictness,
        deadline: Duration,
    ) -> Self {
        let (name, password) = environment.pair();
        let facts = Facts {
            name: name.to_owned(),
            password: password.to_owned(),
            messages: environment.messages(name),
            exact: strictness == Strictness::Exact,
            ..Facts::default()
        };
        let strict = if strictness == Strictness::Exact { Strict::ALL } else { Strict::default() };
        Player {
            address,
            unused: None,
            environment,
            strictness,
            strict,
            setup: false,
            patient: strictness == Strictness::Memo,
            one_at_a_time: false,
            may_wait: false,
            removes: false,
            lock_patience: deadline,
            locked_out: false,
            slowest: Duration::ZERO,
            deadline,
            clients: BTreeMap::new(),
            facts,
            timestamps: Vec::new(),
            sessions: None,
            transcript: String::new(),
        }
    }

    /// Plays a dialogue up to its end or its first failure. Its connections stay
    /// open.
    ///
    /// # Errors
    /// The line that failed, and how. In the set-up that is a reason to skip it.
    pub fn play(&mut self, dialogue: &Dialogue) -> Result<(), (usize, Stop)> {
        let exact = self.strictness == Strictness::Exact;
        self.may_wait = dialogue.may_wait;
        self.removes = dialogue.removes != Removed::Nothing;
        for step in dialogue.steps.iter().filter(|step| exact || step.part != Part::Exactly) {
            self.setup = step.part == Part::SetUp;
            self.strict = match (exact, self.setup) {
                (true, _) => Strict::ALL,
                (false, true) => Strict::default(),
                (false, false) => dialogue.strict,
            };
            self.step(step).map_err(|stop| match stop {
                Stop::Failed(failure) if step.part == Part::SetUp && !exact => {
                    (step.line, Stop::Barred(failure))
                }
                stop => (step.line, stop),
            })?;
        }
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Played<()> {
        match &step.act {
            Act::Write { path, octets } => self.write(path, octets),
            Act::Open { id, reserved } => self.open(*id, *reserved),
            Act::Send { id, octets } => self.send(*id, octets),
            Act::Reply { id, expected } => self.reply(*id, expected).map(drop),
            Act::Lines { id, lines } => self.lines(*id, *lines),
            Act::Listing { id, listing } => self.listing(*id, listing),
            Act::Timestamp { id } => self.timestamp(*id),
            Act::Refused { id } => self.refused(*id),
            Act::LogIn { id, pair, patient } => self.log_in(*id, pair.as_ref(), *patient),
            Act::DeleteAll { id } => self.delete_all(*id),
            Act::Wait { id } => self.wait(*id),
            Act::Closed { id } => self.closed(*id),
            Act::Close { id } => self.close(*id),
            Act::Abort { id } => self.abort(*id),
            Act::Listening { said } => self.listening(said),
            Act::ManySessions => self.many_sessions(),
            Act::Killed => self.killed(),
            Act::NoMore { processes } => self.no_more(*processes),
        }
    }

    pub(super) fn until(&self) -> Instant {
        Instant::now() + self.deadline
    }

    /// Where another session holds the lock, PASS may be answered late.
    fn until_for(&mut self, id: ClientId) -> Played<Instant> {
        let late = self.may_wait && self.connection(id)?.sent.starts_with("PASS ");
        Ok(if late { Instant::now() + self.deadline.max(WAIT_FOR_LOCK) } else { self.until() })
    }

    fn write(&mut self, path: &str, octets: &[u8]) -> Played<()> {
        self.environment
            .write(path, octets)
            .map_err(|error| failure("", &format!("to write Users/{path}"), &error))
    }

    pub(super) fn send(&mut self, id: ClientId, octets: &[u8]) -> Played<()> {
        let timestamp = self.connection(id)?.greeting.as_deref().and_then(timestamp);
        self.facts.timestamp = timestamp.map(<[u8]>::to_vec);
        let shown = fill_shown(octets, &self.facts).map_err(Stop::Skip)?;
        let end = if shown.ends_with(b"\r\n") { "" } else { "\\" };
        let shown = brief(shown.strip_suffix(b"\r\n").unwrap_or(&shown));
        let octets = fill(octets, &self.facts).map_err(Stop::Skip)?;
        let line = octets.strip_suffix(b"\r\n").unwrap_or(&octets);
        self.note(&format!("{}:    {shown}{end}", speaker('C', id)));
        let connection = self.connection(id)?;
        connection.sent = shown;
        if let Some(name) = line.strip_prefix(b"USER ") {
            connection.name = String::from_utf8_lossy(name).into_owned();
        }
        connection.client.send(&octets).map_err(|trouble| connection.trouble(&trouble, "to be heard"))
    }

    pub(super) fn reply(&mut self, id: ClientId, expected: &Pattern) -> Played<Vec<u8>> {
        let template = expected;
        let expected = self.filled(template)?;
        let exact = self.strictness == Strictness::Exact;
        let wanted = if exact { brief(&expected.octets()) } else { expected.wanted(self.strict) };
        let until = self.until_for(id)?;
        let came = self.line(id, until, &wanted)?;
        let (strict, setup) = (self.strict, self.setup);
        let connection = self.connection(id)?;
        let agrees = match (exact, &connection.greeting) {
            (true, None) => expected.greets(&came),
            (true, Some(_)) => expected.fits(&came),
            // Other dialogues show whether the greeting is right.
            (false, None) if setup => true,
            (false, _) => expected.agrees(&came, strict),
        };
        connection.greeting.get_or_insert_with(|| came.clone());
        if !agrees && !self.agrees_without_ends(template, &came)? {
            let connection = self.connection(id)?;
            return Err(failure(&connection.sent, &wanted, &brief(&came)));
        }
        Ok(came)
    }

    fn filled(&self, template: &Pattern) -> Played<Pattern> {
        let pieces: Result<_, _> = template.0.iter().map(|piece| fill(piece, &self.facts)).collect();
        Ok(Pattern(pieces.map_err(Stop::Skip)?))
    }

    /// The same where the missing end of a last line is not counted.
    fn agrees_without_ends(&mut self, template: &Pattern, came: &[u8]) -> Played<bool> {
        if self.strictness == Strictness::Exact {
            return Ok(false);
        }
        self.facts.ends_uncounted = true;
        let expected = self.filled(template);
        self.facts.ends_uncounted = false;
        Ok(expected?.agrees(came, self.strict))
    }

    /// The next line, whatever it is.
    pub(super) fn line(&mut self, id: ClientId, until: Instant, wanted: &str) -> Played<Vec<u8>> {
        let lenient = !self.strict.line_ends;
        let connection = self.connection(id)?;
        connection.client.lenient = lenient;
        let came = match connection.ahead.take() {
            Some(line) => line,
            None => {
                let started = Instant::now();
                let read = connection.client.line(until);
                self.slowest =
                    self.slowest.max(if read.is_ok() { started.elapsed() } else { Duration::ZERO });
                read.map_err(|error| self.no_line(id, &error, wanted))?
            }
        };
        self.note(&format!("{}:    {}", speaker('S', id), brief(&came)));
        Ok(came)
    }

    fn no_line(&mut self, id: ClientId, error: &ReadError, wanted: &str) -> Stop {
        let greeted = self.clients.get(&id).is_some_and(|connection| connection.greeting.is_some());
        let excused = if greeted { None } else { self.not_greeted(id, error) };
        excused.unwrap_or_else(|| match self.connection(id) {
            Ok(connection) => connection.trouble(error, wanted),
            Err(stop) => stop,
        })
    }

    fn delete_all(&mut self, id: ClientId) -> Played<()> {
        for number in 1..=self.facts.messages.len() {
            self.send(id, format!("DELE {number}\r\n").as_bytes())?;
            self.reply(id, &Pattern(vec![b"+OK message ".to_vec(), b" deleted".to_vec()]))?;
        }
        Ok(())
    }

    fn wait(&mut self, id: ClientId) -> Played<()> {
        let connection = self.connection(id)?;
        let silence = connection.client.expect_silence(MOMENT);
        silence.map_err(|trouble| connection.trouble(&trouble, "nothing more for now"))
    }

    pub(super) fn connection(&mut self, id: ClientId) -> Played<&mut Connection> {
        self.clients
            .get_mut(&id)
            .ok_or_else(|| failure("", &format!("client {id} to be connected"), "it is not"))
    }

    pub(super) fn note(&mut self, line: &str) {
        self.transcript.push_str(line.trim_end());
        self.transcript.push('\n');
    }
}

impl Connection {
    pub(super) fn trouble(&self, trouble: &ReadError, expected: &str) -> Stop {
        Stop::Failed(read_failure(trouble, &self.sent, expected))
    }
}

/// `C` or `S`, with the client's number unless it is the first.
pub(super) fn speaker(side: char, id: ClientId) -> String {
    if id == 1 { side.to_string() } else { format!("{side}{id}") }
}
