//! A password for a user: read, or made up.

use crate::exit::{self, Failure};
use crate::password_prompt::{self, NoPassword};
use crate::protocol::credentials::{PasswordFault, UserName};
use std::fs::File;
use std::io::{self, Read};

/// A new password, from the terminal or from standard input.
pub fn read(name: &UserName) -> Result<Vec<u8>, Failure> {
    let password = password_prompt::for_new_password(name.as_str()).map_err(|why| {
        let code = match why {
            NoPassword::Interrupted => exit::INTERRUPTED,
            NoPassword::Different => exit::BAD_DATA,
            NoPassword::Unreadable(_) => exit::TRY_AGAIN,
        };
        (code, format!("{why}, nothing has changed"))
    })?;
    check(name, &password).map_err(|fault| (exit::BAD_DATA, fault.to_string()))?;
    Ok(password)
}

/// Refuses what can't be a password, and warns of blanks that nobody sees.
pub fn check(name: &UserName, password: &[u8]) -> Result<(), PasswordFault> {
    match PasswordFault::of(password) {
        None => {}
        Some(fault @ PasswordFault::OuterBlank) => log::warn!("{name}: {fault}; it counts"),
        Some(fault) => return Err(fault),
    }
    Ok(())
}

/// Small letters and digits, those left out that look alike.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Letters of a password that is made up: 50 random bits, and short enough to be typed.
const LENGTH: usize = 10;

/// Makes up a password.
///
/// # Errors
/// When the system has no random octets.
pub fn make_up() -> io::Result<Vec<u8>> {
    let mut random = [0; LENGTH];
    File::open("/dev/urandom")?.read_exact(&mut random)?;
    Ok(random.iter().map(|octet| LETTERS[usize::from(*octet) % LETTERS.len()]).collect())
}
