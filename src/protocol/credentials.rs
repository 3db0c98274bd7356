//! A user's name and password, neither of which can be built wrong or printed by
//! accident.
//!
//! Looking a user up and comparing a digest happen elsewhere.

use crate::limits;
use std::fmt;
use std::hint::black_box;

/// A name that may be a file in the Users directory: 1 to 40 printable ASCII
/// octets without `/` and space, not starting with `.` or `-`. So it never
/// leads out of the directory, to a hidden file, or to an option of a command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserName(String);

impl UserName {
    /// The name in these octets, or `None` if they are not a valid user name.
    pub fn new(octets: &[u8]) -> Option<Self> {
        let fits = (1..=limits::USER_NAME).contains(&octets.len());
        let plain = octets.iter().all(|o| o.is_ascii_graphic() && *o != b'/');
        let shown = !octets.starts_with(b".") && !octets.starts_with(b"-");
        let name = std::str::from_utf8(octets).ok()?;
        (fits && plain && shown).then(|| UserName(name.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A password, on line one of a maildrop or in a PASS command.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Vec<u8>);

impl Password {
    /// Any octets are a password.
    pub fn new(octets: &[u8]) -> Self {
        Password(octets.to_vec())
    }

    /// Whether the offered password is this one. An empty password is never right.
    pub fn admits(&self, offered: &Password) -> bool {
        !self.0.is_empty() && same_octets(&self.0, &offered.0)
    }

    /// The shared secret of APOP; `None` if it is empty.
    pub fn secret(&self) -> Option<&[u8]> {
        (!self.0.is_empty()).then_some(&self.0)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(not shown)")
    }
}

/// Why a line is a bad password, the worst first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PasswordFault {
    Empty,
    TooLong,
    /// A line end, NUL, or another octet that no keyboard puts into a command line; or the
    /// byte order mark that an editor has put in front.
    Control,
    /// It works, but can't be seen in the file.
    OuterBlank,
}

/// What some editors put in front of a text.
pub const BOM: &[u8] = b"\xef\xbb\xbf";

/// Octets of a password that fits into `PASS password` with its line end.
const TYPED: usize = limits::COMMAND_LINE - b"PASS \r\n".len();

impl PasswordFault {
    /// What is wrong with these octets as a password, their line end left out.
    pub fn of(octets: &[u8]) -> Option<Self> {
        let is_blank = |octet: Option<&u8>| matches!(octet, Some(b' ' | b'\t'));
        if octets.is_empty() {
            Some(PasswordFault::Empty)
        } else if octets.len() > TYPED {
            Some(PasswordFault::TooLong)
        } else if octets.iter().any(|o| o.is_ascii_control() && *o != b'\t') || octets.starts_with(BOM) {
            Some(PasswordFault::Control)
        } else if is_blank(octets.first()) || is_blank(octets.last()) {
            Some(PasswordFault::OuterBlank)
        } else {
            None
        }
    }
}

impl fmt::Display for PasswordFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PasswordFault::Empty => f.write_str("no password: nobody can log in"),
            PasswordFault::TooLong => {
                write!(f, "the password is too long: a command line has room for {TYPED} octets")
            }
            PasswordFault::Control => f.write_str("the password has an octet in it that can't be typed"),
            PasswordFault::OuterBlank => f.write_str("the password begins or ends with a blank"),
        }
    }
}

/// Whether somebody offers this secret, in a time that depends on what is offered
/// only: it tells neither where the secret differs nor how long it is.
pub fn same_octets(secret: &[u8], offered: &[u8]) -> bool {
    let round_and_round = secret.iter().cycle();
    let differing = round_and_round.zip(offered).fold(0, |all, (x, y)| black_box(all | (x ^ y)));
    secret.len() == offered.len() && differing == 0
}

#[cfg(test)]
#[path = "../../tests/unit/protocol/credentials.rs"]
mod tests;
