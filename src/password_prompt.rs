//! Asks for a password: on a terminal without echo, twice if it is a new one; else it
//! is a line of standard input. What a password may be is in `credentials`.
//!
//! The terminal is set by stty(1), which every system with a terminal has. A crate for
//! it costs 1.3 s of processor time to build and brings 2 crates (rpassword) or 3
//! (rustix); with rpassword, Ctrl-C leaves the terminal without echo. Here the
//! keyboard sends no signals meanwhile: Ctrl-C is an octet like others and ends the
//! prompt, after which the terminal is set back. A program that is killed from
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
    let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    if !io::stdin().is_terminal() {
        return Ok(line(input)?);
    }
    let _no_echo = NoEcho::begin()?;
    let password = typed(&input, question)?;
    match second {
        Some(question) if typed(&input, question)? != password => Err(NoPassword::Different),
        _ => Ok(password),
    }
}

/// The octets of an input. None is read ahead: what comes behind a line is left for
/// the next reader.
fn octets(input: impl Read) -> impl Iterator<Item = io::Result<u8>> {
    BufReader::with_capacity(1, input).bytes()
}

/// The first line, without its end; cut off if it is longer than any password.
fn line(input: impl Read) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    for octet in octets(input).take(limits::PASSWORD_LINE + 2) {
        match octet? {
            b'\n' => break,
            other => line.push(other),
        }
    }
    line.pop_if(|last| *last == b'\r');
    Ok(line)
}

/// What is typed up to the next Enter, edited with Backspace and Ctrl-U.
fn typed(input: impl Read, question: &str) -> Result<Vec<u8>, NoPassword> {
    let mut terminal = io::stderr();
    write!(terminal, "{question}")?;
    terminal.flush()?;
    let mut keys = Keys::default();
    let press = |octet: io::Result<u8>| octet.map_err(NoPassword::from).and_then(|o| keys.press(o));
    let ended = octets(input).map(press).find_map(Result::transpose);
    writeln!(terminal)?;
    ended.unwrap_or_else(|| Err(NoPassword::Unreadable(io::ErrorKind::UnexpectedEof.into())))
}

#[derive(Default)]
struct Keys(Vec<u8>);

impl Keys {
    /// Processes a key; returns what was typed after Enter.
    fn press(&mut self, octet: u8) -> Result<Option<Vec<u8>>, NoPassword> {
        const CTRL: fn(u8) -> u8 = |key| key & 0x1f;
        let Keys(typed) = self;
        match octet {
            b'\n' | b'\r' => return Ok(Some(std::mem::take(typed))),
            // Ctrl-C, Ctrl-\; and Ctrl-D where a program would see the end.
            o if o == CTRL(b'C') || o == CTRL(b'\\') || (o == CTRL(b'D') && typed.is_empty()) => {
                return Err(NoPassword::Interrupted);
            }
            o if o == CTRL(b'U') => typed.clear(),
            0x08 | 0x7f => {
                // A character of several octets goes as a whole.
                while typed.pop().is_some_and(|o| o & 0xc0 == 0x80) {}
            }
            // Longer than any password: that is refused later.
            _ if typed.len() > limits::PASSWORD_LINE => {}
            other => typed.push(other),
        }
        Ok(None)
    }
}

/// A terminal without echo and without line editing until this is dropped.
struct NoEcho {
    before: String,
}

impl NoEcho {
    fn begin() -> io::Result<Self> {
        let before = stty(&["-g"])?;
        stty(&["-echo", "-icanon", "-isig", "min", "1", "time", "0"])?;
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
mod tests {
    use super::*;

    fn press(keys: &[u8]) -> Result<Option<Vec<u8>>, NoPassword> {
        let mut typing = Keys::default();
        keys.iter().find_map(|key| typing.press(*key).transpose()).transpose()
    }

    #[test]
    fn keys_edit_what_is_typed() {
        for (keys, typed) in [
            (&b"secret\n"[..], &b"secret"[..]),
            (b"secrex\x7ft\r", b"secret"),
            (b"wrong\x15secret\n", b"secret"),
            (b"\x7f\x08a\n", b"a"),
            ("a\u{20ac}\u{7f}b\n".as_bytes(), b"ab"),
            (b"a\x04\n", b"a\x04"),
        ] {
            assert_eq!(press(keys).unwrap().as_deref(), Some(typed), "{keys:?}");
        }
        assert_eq!(press(b"abc").unwrap(), None);
        for keys in [&b"abc\x03"[..], b"\x1c", b"\x04", b"a\x7f\x04"] {
            assert!(press(keys).is_err(), "{keys:?}");
        }
    }

    #[test]
    fn a_line_of_standard_input() {
        for (input, password) in
            [("a b \nc\n", "a b "), ("a\r\n", "a"), ("a", "a"), ("", ""), ("\n", ""), ("\rb\n", "\rb")]
        {
            assert_eq!(line(input.as_bytes()).unwrap(), password.as_bytes());
        }
        assert!(line(io::repeat(b'x')).unwrap().len() > limits::PASSWORD_LINE);
    }
}
