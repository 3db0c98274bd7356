//! The stage: the steps of one dialogue, played one after the other against one server.

use super::client::{Client, Trouble};
use super::compare::{Pattern, Strictness};
use super::dialogue::{Act, Step, Who};
use super::octets::show;
use super::{mbox, users};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

/// Between two attempts at a lock that somebody else is about to let go.
const BEFORE_ANOTHER_TRY: Duration = Duration::from_millis(5);

pub struct Stage {
    pub address: SocketAddr,
    pub users: PathBuf,
    pub strictness: Strictness,
    pub deadline: Duration,
    clients: BTreeMap<Who, Actor>,
    /// What was said, in the notation of the files.
    pub transcript: String,
}

/// A client on the stage, and what has to be remembered of it.
struct Actor {
    client: Client,
    greeted: bool,
    name: String,
    sent: Vec<u8>,
}

/// Why a dialogue ended before its end.
#[derive(Debug)]
pub enum Stop {
    /// This machine forbids what the dialogue needs; nothing is proven, nothing refuted.
    Skip(String),
    Wrong(Wrong),
}

#[derive(Debug)]
pub struct Wrong {
    pub sent: String,
    pub expected: String,
    pub got: String,
    pub hang: bool,
}

type Played<T> = Result<T, Stop>;

impl Stage {
    pub fn new(address: SocketAddr, users: PathBuf) -> Stage {
        Stage {
            address,
            users,
            strictness: Strictness::Exact,
            deadline: super::DEADLINE,
            clients: BTreeMap::new(),
            transcript: String::new(),
        }
    }

    /// Plays one step; on a failure the stage is of no further use.
    pub fn play(&mut self, step: &Step) -> Played<()> {
        match &step.act {
            Act::Write { path, octets } => self.write(path, octets),
            Act::Open { who, reserved } => self.open(*who, *reserved),
            Act::Send { who, octets } => self.send(*who, octets),
            Act::Reply { who, expected } => self.reply(*who, expected).map(drop),
            Act::Message { who, number } => self.message(*who, *number),
            Act::LogIn { who, name, password, patient } => self.log_in(*who, name, password, *patient),
            Act::Closed { who } => self.closed(*who),
            Act::Close { who } => self.close(*who),
            Act::Abort { who } => self.abort(*who),
            Act::Listening { said } => self.listening(said),
        }
    }

    /// Whoever is still there closes; a server that has said too much is found out here.
    pub fn finish(&mut self) -> Played<()> {
        while let Some(&who) = self.clients.keys().next() {
            self.close(who)?;
        }
        Ok(())
    }

    fn write(&mut self, path: &str, octets: &[u8]) -> Played<()> {
        users::write_in_place(&self.users.join(path), octets)
            .map_err(|error| wrong("", &format!("to write Users/{path}"), &error.to_string()))
    }

    fn open(&mut self, who: Who, reserved: bool) -> Played<()> {
        let opened = match reserved {
            false => Client::open(self.address, self.deadline),
            true => Client::open_from_reserved_port(self.address, self.deadline),
        };
        let client = opened.map_err(|error| not_opened(&error, reserved))?;
        self.note(&format!("{}: <open connection>", speaker('C', who)));
        let actor = Actor { client, greeted: false, name: String::new(), sent: Vec::new() };
        self.clients.insert(who, actor);
        Ok(())
    }

    fn send(&mut self, who: Who, octets: &[u8]) -> Played<()> {
        let line = octets.strip_suffix(b"\r\n").unwrap_or(octets);
        self.note(&format!("{}:    {}", speaker('C', who), show(line)));
        let actor = self.actor(who)?;
        actor.sent = octets.to_vec();
        if let Some(name) = line.strip_prefix(b"USER ") {
            actor.name = String::from_utf8_lossy(name).into_owned();
        }
        actor.client.send(octets).map_err(|trouble| actor.trouble(&trouble, "to be heard"))
    }

    fn reply(&mut self, who: Who, expected: &Pattern) -> Played<Vec<u8>> {
        let strictness = self.strictness;
        let actor = self.actor(who)?;
        let wanted = show(&expected.octets());
        let came = actor.client.line().map_err(|trouble| actor.trouble(&trouble, &wanted))?;
        let agrees = match std::mem::replace(&mut actor.greeted, true) {
            true => expected.agrees(&came, strictness),
            false => expected.greets(&came, strictness),
        };
        if !agrees {
            return Err(wrong(&show(&actor.sent), &wanted, &show(&came)));
        }
        self.note(&format!("{}:    {}", speaker('S', who), show(&came)));
        Ok(came)
    }

    /// The lines of a message as its file has it; the line "." after them is another step.
    fn message(&mut self, who: Who, number: usize) -> Played<()> {
        let name = self.actor(who)?.name.clone();
        let maildrop = fs::read(self.users.join(&name)).unwrap_or_default();
        let lines = mbox::message_on_the_wire(&maildrop, number)
            .ok_or_else(|| wrong("", &format!("a message {number} in Users/{name}"), "there is none"))?;
        for line in lines {
            self.reply(who, &Pattern::literal(&line))?;
        }
        Ok(())
    }

    fn log_in(&mut self, who: Who, name: &str, password: &str, patient: bool) -> Played<()> {
        let give_up = Instant::now() + self.deadline;
        let welcome = Pattern(vec![b"+OK".to_vec(), Vec::new()]);
        self.open(who, false)?;
        self.reply(who, &welcome)?;
        loop {
            self.send(who, format!("USER {name}\r\n").as_bytes())?;
            self.reply(who, &welcome)?;
            self.send(who, format!("PASS {password}\r\n").as_bytes())?;
            match self.reply(who, &welcome) {
                Err(Stop::Wrong(refused)) if patient && !refused.hang && Instant::now() < give_up => {
                    thread::sleep(BEFORE_ANOTHER_TRY);
                }
                outcome => return outcome.map(drop),
            }
        }
    }

    fn closed(&mut self, who: Who) -> Played<()> {
        let actor = self.actor(who)?;
        let end = actor.client.expect_end();
        end.map_err(|trouble| actor.trouble(&trouble, "the connection closed"))?;
        self.note(&format!("{}: <close connection>", speaker('S', who)));
        Ok(())
    }

    fn close(&mut self, who: Who) -> Played<()> {
        self.note(&format!("{}: <close connection>", speaker('C', who)));
        let Actor { client, sent, .. } = self.leave(who)?;
        client.close().map_err(|trouble| explain(&trouble, &sent, "nothing more, and the end"))
    }

    fn abort(&mut self, who: Who) -> Played<()> {
        self.note(&format!("{}: <abort connection>", speaker('C', who)));
        let aborted = self.leave(who)?.client.abort();
        aborted.map_err(|error| wrong("", "to reset the connection", &error.to_string()))
    }

    /// The server greets whoever comes now.
    fn listening(&mut self, said: &str) -> Played<()> {
        self.note(&format!("S: {said}"));
        let greeted =
            Client::open(self.address, self.deadline).map_err(Trouble::Broken).and_then(|mut probe| {
                let greeting = probe.line()?;
                probe.close().map(|()| greeting)
            });
        match greeted {
            Ok(greeting) if greeting.starts_with(b"+OK") => Ok(()),
            Ok(greeting) => Err(wrong("", "a greeting", &show(&greeting))),
            Err(trouble) => Err(explain(&trouble, b"", "a greeting")),
        }
    }

    fn actor(&mut self, who: Who) -> Played<&mut Actor> {
        self.clients
            .get_mut(&who)
            .ok_or_else(|| wrong("", &format!("client {who} to be connected"), "it is not"))
    }

    fn leave(&mut self, who: Who) -> Played<Actor> {
        self.actor(who)?;
        self.clients.remove(&who).ok_or_else(|| wrong("", "a client", "none"))
    }

    fn note(&mut self, line: &str) {
        self.transcript.push_str(line.trim_end());
        self.transcript.push('\n');
    }
}

impl Actor {
    fn trouble(&self, trouble: &Trouble, expected: &str) -> Stop {
        explain(trouble, &self.sent, expected)
    }
}

/// `C` or `S`, with the client's number unless it is the first.
fn speaker(side: char, who: Who) -> String {
    if who == 1 { side.to_string() } else { format!("{side}{who}") }
}

fn not_opened(error: &io::Error, reserved: bool) -> Stop {
    match error.kind() {
        ErrorKind::PermissionDenied if reserved => Stop::Skip("may not bind a reserved port".to_string()),
        _ => wrong("", "a connection", &error.to_string()),
    }
}

fn wrong(sent: &str, expected: &str, got: &str) -> Stop {
    Stop::Wrong(Wrong { sent: sent.into(), expected: expected.into(), got: got.into(), hang: false })
}

fn explain(trouble: &Trouble, sent: &[u8], expected: &str) -> Stop {
    let got = match trouble {
        Trouble::Hang { unread } => format!("nothing in time, only \"{}\" so far", show(unread)),
        Trouble::Closed { unread } => format!("the connection closed, \"{}\" before it", show(unread)),
        Trouble::BareLineFeed { line } => format!("{}\\n (a line without CR)", show(line)),
        Trouble::Unasked { octets } => format!("{} (more than was asked for)", show(octets)),
        Trouble::Broken(error) => error.to_string(),
    };
    let hang = matches!(trouble, Trouble::Hang { .. });
    Stop::Wrong(Wrong { sent: show(sent), expected: expected.to_string(), got, hang })
}
