//! The server that is examined: its address, how long it is waited for, and
//! sessions of one command that ask it something and judge nothing.

use super::client::Client;
use super::dialogue::Optional;
use super::escape::brief;
use super::placeholders::timestamp;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

pub struct Examinee {
    pub address: SocketAddr,
    pub name: String,
    pub password: String,
}

/// Timeouts after which each wait is shorter.
const IN_FULL: u32 = 6;

/// Timeouts after which nothing more is tried.
const AT_ALL: u32 = 40;

/// What a shorter wait is divided by.
const WORN: u32 = 5;

#[derive(Clone, Copy, Debug)]
pub struct Patience {
    full: Duration,
    in_vain: u32,
}

impl Patience {
    pub fn new(full: Duration) -> Patience {
        Patience { full, in_vain: 0 }
    }

    /// How long to wait for the next answer.
    pub fn now(&self) -> Duration {
        if self.in_vain < IN_FULL { self.full } else { self.full / WORN }
    }

    /// How long to wait for a server that is no longer needed.
    pub fn goodbye(&self) -> Duration {
        self.now() / WORN
    }

    pub fn waited_in_vain(&mut self) {
        self.in_vain += 1;
    }

    pub fn is_over(&self) -> bool {
        self.in_vain >= AT_ALL
    }
}

/// The session before may still hold its lock.
const BEFORE_ANOTHER_TRY: Duration = Duration::from_millis(20);

/// Logs in, sends one command and QUIT; the first line of the answer.
///
/// # Errors
/// What the server said or did instead.
pub fn ask(examinee: &Examinee, command: &str, patience: Duration) -> Result<String, String> {
    let until = Instant::now() + patience;
    loop {
        match ask_once(examinee, command, patience) {
            Err(_) if Instant::now() < until => thread::sleep(BEFORE_ANOTHER_TRY),
            outcome => return outcome,
        }
    }
}

fn ask_once(examinee: &Examinee, command: &str, patience: Duration) -> Result<String, String> {
    let mut client = Client::open(examinee.address, patience).map_err(|error| error.to_string())?;
    client.lenient = true;
    let until = Instant::now() + patience;
    say(&mut client, None, until)?;
    positive(&mut client, &format!("USER {}", examinee.name), until)?;
    positive(&mut client, &format!("PASS {}", examinee.password), until)?;
    let answer = say(&mut client, Some(command), until);
    let _ = client.send(b"QUIT\r\n");
    client.leave(until);
    answer
}

/// The greeting, and nothing else.
///
/// # Errors
/// Why there is none.
pub fn greeting(examinee: &Examinee, patience: Duration) -> Result<String, String> {
    let mut client = Client::open(examinee.address, patience).map_err(|error| error.to_string())?;
    client.lenient = true;
    let until = Instant::now() + patience;
    let greeting = say(&mut client, None, until);
    let _ = client.send(b"QUIT\r\n");
    client.leave(until);
    greeting
}

/// How many messages STAT counts.
///
/// # Errors
/// What the server said instead.
pub fn count(examinee: &Examinee, patience: Duration) -> Result<usize, String> {
    let answer = ask(examinee, "STAT", patience)?;
    let count = answer.split_whitespace().nth(1).and_then(|count| count.parse().ok());
    count.ok_or_else(|| format!("STAT was answered with {answer}"))
}

fn positive(client: &mut Client, command: &str, until: Instant) -> Result<(), String> {
    let answer = say(client, Some(command), until)?;
    let keyword = command.split(' ').next().unwrap_or(command);
    if is_positive(&answer) { Ok(()) } else { Err(format!("{keyword} was answered with {answer}")) }
}

fn say(client: &mut Client, command: Option<&str>, until: Instant) -> Result<String, String> {
    if let Some(command) = command {
        client.send(format!("{command}\r\n").as_bytes()).map_err(|trouble| format!("{trouble:?}"))?;
    }
    match client.line(until) {
        Ok(line) => Ok(brief(&line)),
        Err(_) => Err("the server said nothing, or closed".to_owned()),
    }
}

/// Whether a line begins with "+OK", however it is written.
pub fn is_positive(line: &str) -> bool {
    line.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("+OK"))
}

/// # Errors
/// Why it seems to be missing, as a reason not to try what needs it.
pub fn has(needed: Optional, examinee: &Examinee, patience: Duration) -> Result<(), String> {
    match needed {
        Optional::Top => understood("TOP 1 0", examinee, patience),
        Optional::Uidl => understood("UIDL", examinee, patience),
        Optional::Apop => match timestamp(greeting(examinee, patience)?.as_bytes()) {
            Some(_) => Ok(()),
            None => Err("APOP is optional, and there is no timestamp for it in the greeting".to_owned()),
        },
    }
}

fn understood(command: &str, examinee: &Examinee, patience: Duration) -> Result<(), String> {
    let answer = ask(examinee, command, patience)?;
    if is_positive(&answer) {
        return Ok(());
    }
    let keyword = command.split(' ').next().unwrap_or(command);
    Err(format!("{keyword} is optional, and \"{command}\" was answered with {answer}"))
}
