//! Asking for a password: on a terminal without echo, twice if it is a new one; else
//! it is a line of standard input.
//!
//! The terminal is turned by stty(1), which every system with a terminal has. A crate
//! for it would be 2 more to compile (rpassword) or 4 (rustix), and rpassword leaves
//! the terminal without echo after Ctrl-C. Here the keyboard sends no signals for
//! that moment: Ctrl-C is an octet like others and ends the question, after which the
//! terminal is what it was. (Whoever is killed from elsewhere leaves it to `stty sane`.)

use crate::limits;
use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::os::fd::AsFd;
use std::process::{Command, Stdio};

/// Asks for the new password of somebody.
///
/// # Errors
/// `Interrupted` when Ctrl-C was pressed; `InvalidInput` when the two that were
/// typed differ; else what the system says.
pub fn for_password(name: &str) -> io::Result<Vec<u8>> {
    let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    if !io::stdin().is_terminal() {
        return line(input);
    }
    let quiet = Quiet::begin()?;
    let password = typed(&input, &format!("new password for {name}: "))?;
    let again = typed(&input, "once more: ")?;
    drop(quiet);
    if password == again {
        Ok(password)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "the two passwords differ"))
    }
}

/// The first line, without its end; a longer one than any password is cut off.
fn line(input: impl Read) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    for octet in input.take(limits::PASSWORD_LINE as u64 + 2).bytes() {
        match octet? {
            b'\n' => break,
            other => line.push(other),
        }
    }
    line.pop_if(|last| *last == b'\r');
    Ok(line)
}

/// What is typed up to the next Enter. Backspace and Ctrl-U take back, as one is
/// used to.
fn typed(input: impl Read, question: &str) -> io::Result<Vec<u8>> {
    let mut terminal = io::stderr();
    write!(terminal, "{question}")?;
    terminal.flush()?;
    let mut keys = Keys::default();
    let ended = input.bytes().find_map(|octet| octet.and_then(|octet| keys.press(octet)).transpose());
    writeln!(terminal)?;
    ended.unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()))
}

#[derive(Default)]
struct Keys(Vec<u8>);

impl Keys {
    /// Takes in a key; all that was typed, after Enter.
    fn press(&mut self, octet: u8) -> io::Result<Option<Vec<u8>>> {
        const CTRL: fn(u8) -> u8 = |key| key & 0x1f;
        let Keys(typed) = self;
        match octet {
            b'\n' | b'\r' => return Ok(Some(std::mem::take(typed))),
            // Ctrl-C, Ctrl-\; and Ctrl-D where a program would see the end.
            o if o == CTRL(b'C') || o == CTRL(b'\\') || (o == CTRL(b'D') && typed.is_empty()) => {
                return Err(io::ErrorKind::Interrupted.into());
            }
            o if o == CTRL(b'U') => typed.clear(),
            0x08 | 0x7f => {
                // A character of several octets goes as a whole.
                while typed.pop().is_some_and(|o| o & 0xc0 == 0x80) {}
            }
            // More than any password has: what is wrong with it is seen later.
            _ if typed.len() > limits::PASSWORD_LINE => {}
            other => typed.push(other),
        }
        Ok(None)
    }
}

/// A terminal without echo and line by line input, until this is dropped.
struct Quiet {
    before: String,
}

impl Quiet {
    fn begin() -> io::Result<Self> {
        let before = stty(&["-g"])?;
        stty(&["-echo", "-icanon", "-isig", "min", "1", "time", "0"])?;
        Ok(Quiet { before })
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        if let Err(e) = stty(&[self.before.trim_end()]) {
            log::error!("the terminal can't be made as it was: {e}");
        }
    }
}

/// Runs stty(1) on standard input; what it prints.
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

    fn press(keys: &[u8]) -> io::Result<Option<Vec<u8>>> {
        let mut typing = Keys::default();
        keys.iter().find_map(|key| typing.press(*key).transpose()).transpose()
    }

    #[test]
    fn keys_take_back() {
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
