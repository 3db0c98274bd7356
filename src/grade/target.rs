//! The server that is examined, what a player is told of it, and sessions that ask
//! it something and judge nothing.

use super::client::{Client, NOTHING_SENT, ReadError, read_failure};
use super::dialogue::Optional;
use super::escape::brief;
use super::fixture::Message;
use super::placeholders::timestamp;
use super::processes::Footprint;
use std::cell::Cell;
use std::fmt::{self, Display, Formatter};
use std::net::{SocketAddr, TcpStream};
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

/// A connection that no session has used yet.
pub type Unused = Rc<Cell<Option<TcpStream>>>;

#[derive(Clone)]
pub struct Examinee {
    pub address: SocketAddr,
    /// The next session takes this connection.
    pub unused: Unused,
    pub name: String,
    pub password: String,
}

/// What a dialogue is played with.
pub trait Environment {
    /// The user that the server knows, and the password.
    fn pair(&self) -> (&str, &str);

    /// The messages of that user's maildrop at the start of the dialogue.
    fn messages(&self, user: &str) -> Vec<Message>;

    /// Writes a file of the server's Users directory.
    ///
    /// # Errors
    /// Why it could not be written.
    fn write(&self, _path: &str, _octets: &[u8]) -> Result<(), String> {
        Err("the examiner writes no files of a server".to_owned())
    }

    /// Kills the server, and starts it with what it has left on the disk. Where messages
    /// were `removed`, they must not come from the mbox that it was first started with.
    ///
    /// # Errors
    /// Why it is not there again, or not with the maildrop that it has left.
    fn kill_and_start(&self, _removed: bool) -> Result<Examinee, String> {
        Err("only a server that --start has started can show it".to_owned())
    }

    /// What the server holds, if that can be known.
    fn footprint(&self) -> Option<Footprint> {
        None
    }
}

/// Why an examination would say nothing about the server.
#[derive(Debug, PartialEq)]
pub enum LoginError {
    /// No POP3 server is there.
    NoServer(String),
    /// It answers with -ERR, or not at all.
    Refused(String),
    /// The server was not started, or its maildrop not filled.
    NotReady(String),
    /// The maildrop is not the standard maildrop.
    OtherMaildrop(String),
}

/// The session before may still hold its lock.
const BEFORE_ANOTHER_TRY: Duration = Duration::from_millis(20);

/// How long a refused login is tried again at first; a wrong password is not worth more.
const FIRST_LOGIN: Duration = Duration::from_millis(700);

/// A session that asks and judges nothing.
struct Session {
    client: Client,
    patience: Duration,
}

impl Session {
    fn open(examinee: &Examinee, patience: Duration) -> Result<(Session, String), LoginError> {
        let opened = Client::open(examinee.unused.take(), examinee.address, patience);
        let mut client = opened.map_err(|error| LoginError::NoServer(error.to_string()))?;
        client.lenient = true;
        let mut session = Session { client, patience };
        let no_greeting =
            |error| LoginError::NoServer(read_failure(&error, NOTHING_SENT, "a greeting").sentence());
        let greeting = session.line().map_err(no_greeting)?;
        Ok((session, greeting))
    }

    fn log_in(examinee: &Examinee, patience: Duration) -> Result<Session, LoginError> {
        let (mut session, greeting) = Session::open(examinee, patience)?;
        if !is_positive(&greeting) && !greeting.starts_with("-ERR") {
            return Err(LoginError::NoServer(format!("it greets with {greeting}")));
        }
        session.positive(&format!("USER {}", examinee.name), "USER")?;
        session.positive(&format!("PASS {}", examinee.password), "PASS")?;
        Ok(session)
    }

    /// Logs in, and tries again for so long: another session may still hold the lock.
    fn retry(
        examinee: &Examinee,
        patience: Duration,
        so_long: Duration,
        pause: Duration,
    ) -> Result<Session, LoginError> {
        let until = Instant::now() + so_long;
        loop {
            match Session::log_in(examinee, patience) {
                Err(_) if Instant::now() < until => thread::sleep(pause),
                outcome => return outcome,
            }
        }
    }

    fn positive(&mut self, command: &str, keyword: &str) -> Result<(), LoginError> {
        match self.say(command) {
            Ok(answer) if is_positive(&answer) => Ok(()),
            Ok(answer) => Err(LoginError::Refused(format!("{keyword} was answered with {answer}"))),
            Err(error) => Err(LoginError::Refused(read_failure(&error, keyword, "+OK").sentence())),
        }
    }

    fn say(&mut self, command: &str) -> Result<String, ReadError> {
        self.client.send(format!("{command}\r\n").as_bytes())?;
        self.line()
    }

    fn line(&mut self) -> Result<String, ReadError> {
        self.client.line(Instant::now() + self.patience).map(|line| brief(&line))
    }

    /// Lines up to ".".
    fn count_lines(&mut self) -> Result<usize, ReadError> {
        let mut count = 0;
        while count < MOST_LINES && self.line()? != "." {
            count += 1;
        }
        Ok(count)
    }

    fn quit(mut self) {
        let _ = self.say("QUIT");
        self.client.leave(Instant::now() + self.patience / GOODBYE);
    }
}

/// What the patience is divided by for a server that is no longer needed.
const GOODBYE: u32 = 5;

/// Lines of a LIST that are read.
const MOST_LINES: usize = 10_000;

/// Logs in, sends one command and QUIT; the first line of the answer.
fn ask(examinee: &Examinee, command: &str, patience: Duration, so_long: Duration) -> Result<String, String> {
    let mut session =
        Session::retry(examinee, patience, so_long, BEFORE_ANOTHER_TRY).map_err(|error| error.to_string())?;
    let keyword = command.split(' ').next().unwrap_or(command);
    let answer = session.say(command).map_err(|error| read_failure(&error, keyword, "an answer").sentence());
    session.quit();
    answer
}

/// How many messages STAT counts; a refused login is tried again for so long.
///
/// # Errors
/// What the server said instead.
pub fn count(examinee: &Examinee, patience: Duration, so_long: Duration) -> Result<usize, String> {
    let answer = ask(examinee, "STAT", patience, so_long)?;
    number(&answer).ok_or_else(|| format!("STAT was answered with {answer}"))
}

/// The first line of message 1, if it can be had.
pub fn first_line(examinee: &Examinee, patience: Duration) -> Option<String> {
    let mut session = Session::log_in(examinee, patience).ok()?;
    let answer = session.say("RETR 1").ok().filter(|answer| is_positive(answer));
    let line = answer.and_then(|_| session.line().ok());
    session.quit();
    line
}

/// How many messages there are, where STAT and LIST agree, and what LAST says, where it is known.
///
/// # Errors
/// Why nothing can be examined.
pub fn first_look(
    examinee: &Examinee,
    patience: Duration,
) -> Result<(Option<usize>, Option<usize>), LoginError> {
    let mut session = Session::retry(examinee, patience, FIRST_LOGIN, FIRST_LOGIN / 2)?;
    let count = session.say("STAT").ok().and_then(|answer| number(&answer));
    let listed = match session.say("LIST") {
        Ok(answer) if is_positive(&answer) => session.count_lines().ok(),
        _ => None,
    };
    let last = session.say("LAST").ok().filter(|answer| is_positive(answer));
    session.quit();
    Ok((count.filter(|_| count == listed), last.and_then(|answer| number(&answer))))
}

/// The first number of a reply.
fn number(answer: &str) -> Option<usize> {
    answer.split_whitespace().nth(1).and_then(|word| word.parse().ok())
}

impl Display for LoginError {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            LoginError::NoServer(why)
            | LoginError::Refused(why)
            | LoginError::NotReady(why)
            | LoginError::OtherMaildrop(why) => formatter.write_str(why),
        }
    }
}

/// Whether a line begins with "+OK", however it is written.
fn is_positive(line: &str) -> bool {
    line.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("+OK"))
}

/// # Errors
/// Why it seems to be missing, as a reason not to try what needs it.
pub fn has(needed: Optional, examinee: &Examinee, patience: Duration) -> Result<(), String> {
    match needed {
        Optional::Top => understood("TOP 1 0", examinee, patience),
        Optional::Uidl => understood("UIDL", examinee, patience),
        Optional::Rpop => rpop_answered(examinee, patience),
        Optional::Start => Ok(()),
        Optional::Apop => match timestamp(greeting(examinee, patience)?.as_bytes()) {
            Some(_) => Ok(()),
            None => Err("APOP is optional, and there is no timestamp for it in the greeting".to_owned()),
        },
    }
}

fn greeting(examinee: &Examinee, patience: Duration) -> Result<String, String> {
    let (session, greeting) = Session::open(examinee, patience).map_err(|error| error.to_string())?;
    session.quit();
    Ok(greeting)
}

/// From outside RPOP is only refused, as it is by a server that does not know it.
fn rpop_answered(examinee: &Examinee, patience: Duration) -> Result<(), String> {
    let (mut session, _) = Session::open(examinee, patience).map_err(|error| error.to_string())?;
    let answer = session.say("RPOP nobody");
    session.quit();
    match answer {
        Ok(_) => Ok(()),
        Err(error) => {
            let sentence = read_failure(&error, "RPOP nobody", "an answer").sentence();
            Err(format!("RPOP is optional, and {sentence}"))
        }
    }
}

fn understood(command: &str, examinee: &Examinee, patience: Duration) -> Result<(), String> {
    let answer = ask(examinee, command, patience, patience)?;
    if is_positive(&answer) {
        return Ok(());
    }
    let keyword = command.split(' ').next().unwrap_or(command);
    Err(format!("{keyword} is optional, and \"{command}\" was answered with {answer}"))
}
