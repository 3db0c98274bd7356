//! Putting the messages back into the maildrop under test, by the command that
//! `--reset` names.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long the command may take; it copies a file, perhaps restarts a server.
const COMMAND: Duration = Duration::from_secs(60);

/// Between two checks whether it has ended.
const POLL: Duration = Duration::from_millis(2);

/// Something that puts the messages of an mbox into the maildrop under test.
pub trait Refill {
    /// # Errors
    /// Why the maildrop is not as it was asked for.
    fn refill(&self, mbox: &[u8]) -> Result<(), String>;
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
fn write_new(path: &PathBuf, octets: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::OpenOptions::new().write(true).create_new(true).open(path)?.write_all(octets)
}

fn wait(mut child: Child, time: Duration) -> io::Result<Option<ExitStatus>> {
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
