//! What the maildrop under test should hold, and whether it has to be filled again.

use super::dialogue::{Removed, Wanted};
use super::fixture::{Message, mbox};
use super::processes::Footprint;
use super::target::{self, Examinee, LoginError, Unused};
use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a session before may hold its lock until the maildrop is filled again.
const FOR_LOCK: Duration = Duration::from_millis(40);

/// How long the command may take; it copies a file, perhaps restarts a server.
const COMMAND: Duration = Duration::from_secs(60);

/// Between two checks whether it has ended, or listens.
pub const POLL: Duration = Duration::from_millis(2);

/// Something that puts the messages of an mbox into the maildrop under test.
pub trait Refill {
    /// # Errors
    /// Why the maildrop is not as it was asked for.
    fn refill(&self, mbox: &[u8]) -> Result<(), String>;

    /// Where the server is now, if a refill starts it anew.
    fn address(&self) -> Option<SocketAddr> {
        None
    }

    /// The connection with which it was found out that it listens.
    fn unused(&self) -> Unused {
        Unused::default()
    }

    /// How the server has ended, if it has and that can be known.
    fn ended(&self) -> Option<String> {
        None
    }

    /// Kills the server, and starts it with what it has left on the disk. The mbox of
    /// the refill is `replaced` by `MARK` unless the server keeps its mail there.
    ///
    /// # Errors
    /// Why it is not there again.
    fn kill_and_start(&self, _replaced: bool) -> Result<(), String> {
        Err("the server was not started by the examiner".to_owned())
    }

    /// What the server holds, if that can be known.
    fn footprint(&self) -> Option<Footprint> {
        None
    }
}

/// The first line of the only message of an mbox that is no maildrop of an examination.
pub const MARK: &str = "Subject: from $POP_MBOX, once more";

/// The messages that the server should hold.
pub struct ExpectedMaildrop<'a> {
    standard: &'a [Message],
    refill: Option<&'a dyn Refill>,
    /// The messages that should be there, by their place in the standard maildrop.
    present: Vec<usize>,
    /// No message has been accessed since the maildrop was filled.
    fresh: bool,
    /// Why it is not known what the server holds.
    unknown: Option<String>,
    /// The maildrop may no longer be what it should be.
    doubtful: bool,
    /// Nothing is looked at: the next dialogue gets a maildrop that was filled for it.
    must_refill: bool,
}

impl<'a> ExpectedMaildrop<'a> {
    pub fn new(standard: &'a [Message], refill: Option<&'a dyn Refill>) -> ExpectedMaildrop<'a> {
        ExpectedMaildrop {
            standard,
            refill,
            present: (0..standard.len()).collect(),
            // Without a refill it is the user's word that the maildrop is as printed.
            fresh: refill.is_none(),
            unknown: None,
            doubtful: false,
            must_refill: refill.is_some(),
        }
    }

    /// The server, if it was started by the examiner.
    pub fn started(&self) -> Option<&'a dyn Refill> {
        self.refill.filter(|refill| refill.address().is_some())
    }

    pub fn can_refill(&self) -> bool {
        self.refill.is_some()
    }

    /// Whether the next dialogue finds a maildrop that was filled for it.
    pub fn force_refill(&mut self) -> bool {
        self.must_refill = self.can_refill();
        self.can_refill()
    }

    /// The server that is examined now.
    pub fn at(&self, examinee: &Examinee) -> Examinee {
        self.refill.map_or_else(|| examinee.clone(), |refill| at(refill, examinee))
    }

    /// How the server has ended, if it has and that can be known.
    pub fn server_ended(&self) -> Option<String> {
        self.refill.and_then(Refill::ended)
    }

    pub fn messages(&self) -> Vec<Message> {
        self.present.iter().filter_map(|&place| self.standard.get(place).cloned()).collect()
    }

    /// # Errors
    /// Why the maildrop is not the standard maildrop.
    pub fn check_first(&mut self, examinee: &Examinee, patience: Duration) -> Result<(), LoginError> {
        self.provide(Wanted::Standard, examinee, patience).map_err(LoginError::NotReady)?;
        let (count, last) = target::first_look(&self.at(examinee), patience)?;
        let all = self.standard.len();
        let Some(count) = count.filter(|&count| count != all) else {
            self.fresh &= last.is_none_or(|last| last == 0);
            return Ok(());
        };
        Err(LoginError::OtherMaildrop(match self.can_refill() {
            true => format!("after the --reset command the maildrop has {count} messages, not {all}"),
            false => format!(
                "the maildrop has {count} messages, not the {all} of the standard maildrop; fill it with \
                 what --print-maildrop prints, or give --reset"
            ),
        }))
    }

    /// Finds that what is left is enough, or fills the maildrop.
    ///
    /// # Errors
    /// Why it is not as wanted.
    pub fn provide(&mut self, wanted: Wanted, examinee: &Examinee, patience: Duration) -> Result<(), String> {
        match (self.refill, self.must_refill) {
            (None, _) => self.make_do(wanted, examinee, patience),
            (Some(refill), true) => self.fill_up(refill, wanted),
            (Some(refill), false) => match self.enough(wanted) {
                Ok(()) if self.make_do(wanted, examinee, patience).is_ok() => Ok(()),
                _ => self.fill_up(refill, wanted),
            },
        }
    }

    fn fill_up(&mut self, refill: &dyn Refill, wanted: Wanted) -> Result<(), String> {
        let count = if wanted == Wanted::Empty { 0 } else { self.standard.len() };
        self.must_refill = true;
        refill.refill(&mbox(&self.standard[..count]))?;
        self.present = (0..count).collect();
        (self.fresh, self.doubtful, self.must_refill) = (true, false, false);
        self.unknown = None;
        Ok(())
    }

    fn make_do(&mut self, wanted: Wanted, examinee: &Examinee, patience: Duration) -> Result<(), String> {
        if self.doubtful {
            self.look(examinee, patience)?;
        }
        self.enough(wanted)
    }

    /// Is what is left enough?
    fn enough(&self, wanted: Wanted) -> Result<(), String> {
        if let Some(reason) = &self.unknown {
            return Err(reason.clone());
        }
        let whole = self.present.len() == self.standard.len();
        match wanted {
            Wanted::Standard if whole => Ok(()),
            Wanted::Fresh if whole && self.fresh => Ok(()),
            Wanted::Fresh => Err("an earlier session has accessed messages; give --reset".to_owned()),
            Wanted::Empty if self.present.is_empty() => Ok(()),
            Wanted::AtLeast(count) if self.present.len() >= count => Ok(()),
            _ => Err("other messages are left than this needs; give --reset".to_owned()),
        }
    }

    /// Has the server kept what it should have kept?
    fn look(&mut self, examinee: &Examinee, patience: Duration) -> Result<(), String> {
        let (left, all) = (self.present.len(), self.standard.len());
        // Where the maildrop can be filled, that is quicker than waiting for a lock.
        let so_long = if self.can_refill() { FOR_LOCK } else { patience };
        let count = target::count(&self.at(examinee), patience, so_long)?;
        self.doubtful = false;
        if count == all {
            // Nothing was removed that should have been; so all of it is there.
            self.present = (0..all).collect();
        } else if count != left {
            self.unknown = Some(format!("the maildrop has {count} messages, not {left}; give --reset"));
        }
        Ok(())
    }

    /// What a dialogue has done: whether it said RETR or DELE, and what it removed.
    pub fn record(&mut self, retr: bool, dele: bool, removed: &Removed) {
        // Whatever was said, where another filling costs little.
        self.fresh &= !retr && !dele && !self.can_refill();
        self.doubtful |= dele;
        match removed {
            Removed::Nothing => {}
            Removed::Everything => self.present.clear(),
            Removed::These(numbers) => {
                let gone: Vec<usize> =
                    numbers.iter().filter_map(|n| self.present.get(n - 1).copied()).collect();
                self.present.retain(|message| !gone.contains(message));
            }
        }
    }
}

/// The server that is examined, where it is now.
pub fn at(refill: &dyn Refill, examinee: &Examinee) -> Examinee {
    let address = refill.address().unwrap_or(examinee.address);
    Examinee { address, unused: refill.unused(), ..examinee.clone() }
}

/// A command of the shell, with `POP_USER` and `POP_MBOX` in its environment.
pub struct ShellCommand {
    command: String,
    user: String,
    mbox: PathBuf,
}

impl ShellCommand {
    pub fn new(command: &str, user: &str) -> ShellCommand {
        let mbox = std::env::temp_dir().join(format!("pop1081-grade-{}.mbox", std::process::id()));
        ShellCommand { command: command.to_owned(), user: user.to_owned(), mbox }
    }
}

impl Refill for ShellCommand {
    fn refill(&self, mbox: &[u8]) -> Result<(), String> {
        write_new(&self.mbox, mbox).map_err(|error| format!("{}: {error}", self.mbox.display()))?;
        let child = Command::new("/bin/sh")
            .args(["-c", &self.command])
            .env("POP_USER", &self.user)
            .env("POP_MBOX", &self.mbox)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        match child.and_then(|child| wait(child, COMMAND)) {
            Ok(Some(status)) if status.success() => Ok(()),
            Ok(Some(status)) => Err(format!("the --reset command failed ({status})")),
            Ok(None) => Err(format!("the --reset command was not done after {} seconds", COMMAND.as_secs())),
            Err(error) => Err(format!("the --reset command: {error}")),
        }
    }
}

impl Drop for ShellCommand {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.mbox);
    }
}

/// Never into a file, or through a link, that somebody else has put there.
pub fn write_new(path: &PathBuf, octets: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::OpenOptions::new().write(true).create_new(true).open(path)?.write_all(octets)
}

/// How the child has ended; none where it had to be killed.
///
/// # Errors
/// Those of wait(2) and kill(2).
pub fn wait(mut child: Child, time: Duration) -> io::Result<Option<ExitStatus>> {
    let until = Instant::now() + time;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() > until {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(POLL);
    }
}
