//! `pop1081 deliver`: a message from standard input into a maildrop, for a mail
//! transport system. The exit code says whether to try again.

use super::no_such_user;
use crate::exit::{self, Failure};
use crate::limits;
use crate::maildrop::{self, DeliveryError};
use crate::options::DeliverOptions;
use crate::protocol::credentials::UserName;
use crate::users::Users;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::thread;

/// Delivers the message on standard input. Once it returns, it is durable.
///
/// # Errors
/// An exit code of sysexits(3) and a sentence; the maildrop is then as it was.
pub fn deliver(users: &Users, options: &DeliverOptions) -> Result<(), Failure> {
    let name = UserName::new(options.user.as_bytes()).ok_or_else(|| no_such_user(&options.user))?;
    let absent = is_absent(users, &name, || thread::sleep(limits::ABSENCE_PAUSE));
    if absent.map_err(|e| (exit::TRY_AGAIN, format!("the Users directory: {e}")))? {
        return Err(no_such_user(&options.user));
    }
    let mut input = standard_input().map_err(|e| (exit::TRY_AGAIN, format!("standard input: {e}")))?;
    let delivered =
        maildrop::deliver(users, &name, options.sender.as_deref(), &mut input, options.max_message);
    let octets = delivered.map_err(|e| {
        let code = match e {
            DeliveryError::TooLarge(_) => exit::BAD_DATA,
            DeliveryError::TryAgain(_) => exit::TRY_AGAIN,
        };
        (code, format!("{name}: {e}"))
    })?;
    log::info!("{name}: delivered {octets} octets");
    Ok(())
}

/// Standard input, read as it is and not through std's, for which a descriptor that
/// can't be read is at its end: it is an error and not an empty message.
fn standard_input() -> io::Result<File> {
    io::stdin().as_fd().try_clone_to_owned().map(File::from)
}

/// Whether nothing is there, neither before the pause nor after it: an editor that
/// replaces a file may remove it a moment before.
fn is_absent(users: &Users, name: &UserName, pause: impl FnOnce()) -> io::Result<bool> {
    if users.entry(name)?.is_some() {
        return Ok(false);
    }
    pause();
    Ok(users.entry(name)?.is_none())
}

#[cfg(test)]
#[path = "../../tests/unit/commands/deliver.rs"]
mod tests;
