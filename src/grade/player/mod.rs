//! The stage: the steps of one dialogue, played one after the other against
//! one server. What a line must be is the affair of `compare`; how clients come
//! and go stands in `comings`, lines of messages and listings in `multiline`.

mod connections;
mod multiline;

use super::client::{Client, Stop, Trouble, explain, wrong};
use super::compare::{Pattern, Strict, Strictness};
use super::dialogue::{Act, Dialogue, Step, Who};
use super::escape::brief;
use super::fixture::Message;
use super::placeholders::{Facts, fill, timestamp};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Between two parts of a line that are to arrive apart.
const MOMENT: Duration = Duration::from_millis(60);

/// What stands around a dialogue.
pub trait Scene {
    /// Whom the server knows, and his password.
    fn pair(&self) -> (&str, &str);

    /// The messages of that user's maildrop at the start of the dialogue.
    fn messages(&self, user: &str) -> Vec<Message>;

    /// Writes a file of the server's Users directory.
    ///
    /// # Errors
    /// Why it could not be written.
    fn write(&self, path: &str, octets: &[u8]) -> Result<(), String>;
}

pub struct Stage<'a> {
    pub address: SocketAddr,
    pub scene: &'a dyn Scene,
    pub strictness: Strictness,
    pub strict: Strict,
    /// What is played now only leads to what is to be shown.
    pub(super) way: bool,
    /// A login that is refused is tried again for a while: the session before may
    /// not have let go of the maildrop yet.
    pub patient: bool,
    /// How long any answer may take.
    pub deadline: Duration,
    pub(super) clients: BTreeMap<Who, Actor>,
    pub(super) facts: Facts,
    pub(super) timestamps: Vec<Vec<u8>>,
    /// What was said, in the notation of the files.
    pub transcript: String,
}

/// A client on the stage, and what has to be remembered of it.
pub(super) struct Actor {
    pub(super) client: Client,
    pub(super) greeting: Option<Vec<u8>>,
    pub(super) name: String,
    /// What it sent last, as it is shown.
    pub(super) sent: String,
    /// A line that was read and not yet looked at.
    pub(super) ahead: Option<Vec<u8>>,
}

pub(super) type Played<T> = Result<T, Stop>;

impl<'a> Stage<'a> {
    pub fn new(
        address: SocketAddr,
        scene: &'a dyn Scene,
        strictness: Strictness,
        deadline: Duration,
    ) -> Self {
        let (name, password) = scene.pair();
        let facts = Facts {
            name: name.to_owned(),
            password: password.to_owned(),
            messages: scene.messages(name),
            ..Facts::default()
        };
        let strict = if strictness == Strictness::Exact { Strict::ALL } else { Strict::default() };
        Stage {
            address,
            scene,
            strictness,
            strict,
            way: false,
            patient: strictness == Strictness::Memo,
            deadline,
            clients: BTreeMap::new(),
            facts,
            timestamps: Vec::new(),
            transcript: String::new(),
        }
    }

    /// Plays a dialogue up to its end or the first thing that goes wrong; the
    /// line where that was. Who is still connected then, stays so.
    ///
    /// # Errors
    /// What went wrong. On the way to what is to be shown that is a reason to
    /// skip it.
    pub fn play(&mut self, dialogue: &Dialogue) -> Result<(), (usize, Stop)> {
        let exact = self.strictness == Strictness::Exact;
        for step in &dialogue.steps {
            self.strict = match (exact, step.way) {
                (true, _) => Strict::ALL,
                (false, true) => Strict::default(),
                (false, false) => dialogue.strict,
            };
            self.way = step.way;
            self.step(step).map_err(|stop| match stop {
                Stop::Wrong(wrong) if step.way && !exact => {
                    (step.line, Stop::Skip(format!("{} was answered with {}", wrong.sent, wrong.got)))
                }
                stop => (step.line, stop),
            })?;
        }
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Played<()> {
        match &step.act {
            Act::Write { path, octets } => self.write(path, octets),
            Act::Open { who, reserved } => self.open(*who, *reserved),
            Act::Send { who, octets } => self.send(*who, octets),
            Act::Reply { who, expected } => self.reply(*who, expected).map(drop),
            Act::Lines { who, lines } => self.lines(*who, *lines),
            Act::Listing { who, listing } => self.listing(*who, listing),
            Act::Timestamp { who } => self.timestamp(*who),
            Act::LogIn { who, pair, patient } => self.log_in(*who, pair.as_ref(), *patient),
            Act::DeleteAll { who } => self.delete_all(*who),
            Act::Wait { who } => self.wait(*who),
            Act::Closed { who } => self.closed(*who),
            Act::Close { who } => self.close(*who),
            Act::Abort { who } => self.abort(*who),
            Act::Listening { said } => self.listening(said),
        }
    }

    pub(super) fn give_up(&self) -> Instant {
        Instant::now() + self.deadline
    }

    fn write(&mut self, path: &str, octets: &[u8]) -> Played<()> {
        self.scene.write(path, octets).map_err(|error| wrong("", &format!("to write Users/{path}"), &error))
    }

    pub(super) fn send(&mut self, who: Who, octets: &[u8]) -> Played<()> {
        let timestamp = self.actor(who)?.greeting.as_deref().and_then(timestamp);
        self.facts.timestamp = timestamp.map(<[u8]>::to_vec);
        let octets = fill(octets, &self.facts).map_err(Stop::Skip)?;
        let line = octets.strip_suffix(b"\r\n").unwrap_or(&octets);
        let shown = self.discreet(line);
        self.note(&format!("{}:    {shown}", speaker('C', who)));
        let actor = self.actor(who)?;
        actor.sent = shown;
        if let Some(name) = line.strip_prefix(b"USER ") {
            actor.name = String::from_utf8_lossy(name).into_owned();
        }
        actor.client.send(&octets).map_err(|trouble| actor.trouble(&trouble, "to be heard"))
    }

    /// What was sent, as it may be shown: another server's password is not ours to tell.
    fn discreet(&self, line: &[u8]) -> String {
        let mut shown = brief(line);
        if self.strictness == Strictness::Exact {
            return shown;
        }
        for (secret, placeholder) in
            [(Some(self.facts.password.clone()), "{password}"), (self.facts.digest(), "{digest}")]
        {
            if let Some(secret) = secret.filter(|secret| !secret.is_empty()) {
                shown = shown.replace(&brief(secret.as_bytes()), placeholder);
            }
        }
        shown
    }

    pub(super) fn reply(&mut self, who: Who, expected: &Pattern) -> Played<Vec<u8>> {
        let pieces: Result<_, _> = expected.0.iter().map(|piece| fill(piece, &self.facts)).collect();
        let expected = Pattern(pieces.map_err(Stop::Skip)?);
        let exact = self.strictness == Strictness::Exact;
        let wanted = brief(&if exact { expected.octets() } else { expected.wanted() });
        let give_up = self.give_up();
        let came = self.line(who, give_up, &wanted)?;
        let (strict, way) = (self.strict, self.way);
        let actor = self.actor(who)?;
        let agrees = match (exact, &actor.greeting) {
            (true, None) => expected.greets(&came),
            (true, Some(_)) => expected.fits(&came),
            // Whether it greets rightly is shown by dialogues of their own.
            (false, None) if way => true,
            (false, _) => expected.agrees(&came, strict),
        };
        actor.greeting.get_or_insert_with(|| came.clone());
        if !agrees {
            return Err(wrong(&actor.sent, &wanted, &brief(&came)));
        }
        Ok(came)
    }

    /// The next line, whatever it is.
    pub(super) fn line(&mut self, who: Who, give_up: Instant, wanted: &str) -> Played<Vec<u8>> {
        let lenient = !self.strict.line_ends;
        let actor = self.actor(who)?;
        actor.client.lenient = lenient;
        let came = match actor.ahead.take() {
            Some(line) => line,
            None => actor.client.line(give_up).map_err(|trouble| actor.trouble(&trouble, wanted))?,
        };
        self.note(&format!("{}:    {}", speaker('S', who), brief(&came)));
        Ok(came)
    }

    fn delete_all(&mut self, who: Who) -> Played<()> {
        for number in 1..=self.facts.messages.len() {
            self.send(who, format!("DELE {number}\r\n").as_bytes())?;
            self.reply(who, &Pattern(vec![b"+OK message ".to_vec(), b" deleted".to_vec()]))?;
        }
        Ok(())
    }

    fn wait(&mut self, who: Who) -> Played<()> {
        let actor = self.actor(who)?;
        let silence = actor.client.expect_silence(MOMENT);
        silence.map_err(|trouble| actor.trouble(&trouble, "nothing more for now"))
    }

    pub(super) fn actor(&mut self, who: Who) -> Played<&mut Actor> {
        self.clients
            .get_mut(&who)
            .ok_or_else(|| wrong("", &format!("client {who} to be connected"), "it is not"))
    }

    pub(super) fn note(&mut self, line: &str) {
        self.transcript.push_str(line.trim_end());
        self.transcript.push('\n');
    }
}

impl Actor {
    pub(super) fn trouble(&self, trouble: &Trouble, expected: &str) -> Stop {
        explain(trouble, &self.sent, expected)
    }
}

/// `C` or `S`, with the client's number unless it is the first.
pub(super) fn speaker(side: char, who: Who) -> String {
    if who == 1 { side.to_string() } else { format!("{side}{who}") }
}
