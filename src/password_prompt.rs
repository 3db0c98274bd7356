//! Asks for a password: on a terminal without echo, twice if it is a new one; else it
//! is a line of standard input. What a password may be is in `credentials`.
//!
//! The terminal is set by stty(1), which every system with a terminal has. A crate for
//! it costs 1.3 s of processor time to build and brings 2 crates (rpassword) or 3
//! (rustix); with rpassword, Ctrl-C leaves the terminal without echo. Here the
//! keyboard sends no signals meanwhile: Ctrl-C ends a line, as Enter does, and with it
//! the prompt, after which the terminal is set back. A program that is killed from
//! elsewhere does not set it back; `stty sane` does.

use crate::limits;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, IsTerminal, Read, Write};
use std::os::fd::AsFd;
use std::process::{Command, Stdio};

/// Why there is no password.
#[derive(Debug)]
pub enum NoPassword {
    /// Ctrl-C was pressed.
    Interrupted,
    /// The two that were typed differ.
    Different,
    Unreadable(io::Error),
}

impl From<io::Error> for NoPassword {
    fn from(e: io::Error) -> Self {
        NoPassword::Unreadable(e)
    }
}

impl fmt::Display for NoPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoPassword::Interrupted => f.write_str("interrupted"),
            NoPassword::Different => f.write_str("the two passwords differ"),
            NoPassword::Unreadable(e) => write!(f, "no password could be read: {e}"),
        }
    }
}

/// Asks for a new password of a user, twice on a terminal.
///
/// # Errors
/// The [`NoPassword`].
pub fn for_new_password(name: &str) -> Result<Vec<u8>, NoPassword> {
    password(&format!("new password for {name}: "), Some("once more: "))
}

/// Asks for the password that a user has.
///
/// # Errors
/// The [`NoPassword`].
pub fn for_known_password(name: &str) -> Result<Vec<u8>, NoPassword> {
    password(&format!("password of {name}: "), None)
}

fn password(question: &str, second: Option<&str>) -> Result<Vec<u8>, NoPassword> {
    let mut input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    if !io::stdin().is_terminal() {
        return Ok(line(&mut input, b"\n")?.0);
    }
    let _no_echo = NoEcho::begin()?;
    let password = typed(&mut input, question)?;
    match second {
        Some(question) if typed(&mut input, question)? != password => Err(NoPassword::Different),
        _ => Ok(password),
    }
}

/// The first line without its end, and the octet that ended it, which is one of
/// `ends`; `None` at the end of the input, or if the line is cut off because it is
/// longer than any password. Nothing is read ahead.
fn line(input: &mut impl Read, ends: &[u8]) -> io::Result<(Vec<u8>, Option<u8>)> {
    let mut line = Vec::new();
    let mut end = None;
    for octet in BufReader::with_capacity(1, input).bytes().take(limits::PASSWORD_LINE + 2) {
        let octet = octet?;
        if ends.contains(&octet) {
            end = Some(octet);
            break;
        }
        line.push(octet);
    }
    line.pop_if(|last| *last == b'\r');
    Ok((line, end))
}

/// What is typed up to the next Enter. Ctrl-D ends the input.
fn typed(input: &mut impl Read, question: &str) -> Result<Vec<u8>, NoPassword> {
    let mut terminal = io::stderr();
    write!(terminal, "{question}")?;
    terminal.flush()?;
    let (typed, end) = line(input, &[b'\n', CTRL_C, CTRL_BACKSLASH])?;
    writeln!(terminal)?;
    let entered = end == Some(b'\n') || typed.len() > limits::PASSWORD_LINE;
    if entered { Ok(typed) } else { Err(NoPassword::Interrupted) }
}

const CTRL_C: u8 = 0x03;
const CTRL_BACKSLASH: u8 = 0x1c;

/// A terminal without echo and signals until this is dropped.
struct NoEcho {
    before: String,
}

impl NoEcho {
    fn begin() -> io::Result<Self> {
        let before = stty(&["-g"])?;
        stty(&["-echo", "-isig", "eol", "^C", "eol2", "^\\"])?;
        Ok(NoEcho { before })
    }
}

impl Drop for NoEcho {
    fn drop(&mut self) {
        if let Err(e) = stty(&[self.before.trim_end()]) {
            log::error!("the terminal can't be set back: {e}");
        }
    }
}

/// Runs stty(1) on standard input; returns what it prints.
fn stty(arguments: &[&str]) -> io::Result<String> {
    let ended = Command::new("stty").args(arguments).stdin(Stdio::inherit()).output()?;
    if ended.status.success() {
        return Ok(String::from_utf8_lossy(&ended.stdout).into_owned());
    }
    Err(io::Error::other(String::from_utf8_lossy(&ended.stderr).trim_end().to_owned()))
}

#[cfg(test)]
#[path = "../tests/unit/password_prompt.rs"]
mod tests;
