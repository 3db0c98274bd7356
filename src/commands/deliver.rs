//! `pop1081 deliver`: a message from standard input into a maildrop, for a mail
//! transport system. The exit code says whether to try again.

use super::{each, no_such_user, standard_input};
use crate::exit::{self, Failure};
use crate::limits;
use crate::maildrop::{self, DeliveryError, Mail};
use crate::options::{DeliverOptions, Names};
use crate::protocol::credentials::UserName;
use crate::users::Users;
use std::io::{self, IsTerminal, Write};
use std::thread;

/// Delivers the message on standard input to each of the users. Once it returns, it is
/// durable.
///
/// # Errors
/// An exit code of sysexits(3) and a sentence; the maildrop is then as it was. Of several
/// users, those who do not get it are told one by one, and the others get it.
pub fn deliver(users: &Users, options: &DeliverOptions) -> Result<(), Failure> {
    if let Names::These(names) = &options.names
        && let [name] = names.as_slice()
    {
        let name = present(users, name)?;
        return put(users, &name, &mut message(options, name.as_str())?);
    }
    let mut message = message(options, "nobody")?;
    each(users, &options.names, "delivered to", |name| put(users, &present(users, name)?, &mut message))
}

/// A user who exists.
fn present(users: &Users, name: &str) -> Result<UserName, Failure> {
    let user = UserName::new(name.as_bytes()).ok_or_else(|| no_such_user(name))?;
    let absent = is_absent(users, &user, || thread::sleep(limits::ABSENCE_PAUSE));
    let absent = absent.map_err(|e| (exit::TRY_AGAIN, format!("the Users directory: {e}")))?;
    if absent { Err(no_such_user(name)) } else { Ok(user) }
}

/// The message on standard input.
fn message(options: &DeliverOptions, name: &str) -> Result<Mail, Failure> {
    if io::stdin().is_terminal() {
        let _ = writeln!(io::stderr(), "type the message; Ctrl-D in a line of its own ends it");
    }
    let mut input = standard_input().map_err(|e| (exit::TRY_AGAIN, format!("standard input: {e}")))?;
    Mail::read(&mut input, options.sender.as_deref(), options.max_message).map_err(|e| failed(name, &e))
}

fn put(users: &Users, name: &UserName, message: &mut Mail) -> Result<(), Failure> {
    maildrop::deliver(users, name, message).map_err(|e| failed(name.as_str(), &e))?;
    log::info!("{name}: delivered {} octets", message.came);
    Ok(())
}

fn failed(name: &str, e: &DeliveryError) -> Failure {
    let code = match e {
        DeliveryError::TooLarge(_) => exit::BAD_DATA,
        DeliveryError::TryAgain(_) => exit::TRY_AGAIN,
    };
    (code, format!("{name}: {e}"))
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
