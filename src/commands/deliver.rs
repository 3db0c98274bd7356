//! `pop1081 deliver`: a message from standard input into a maildrop, for a
//! mail transport system. The exit code says whether it must try again.

use crate::exit::{self, Failure};
use crate::maildrop::{self, DeliveryError};
use crate::options::Delivery;
use crate::protocol::credentials::UserName;
use crate::users::Users;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;

/// Delivers the message on standard input. Once it returns, it is durable.
///
/// # Errors
/// An exit code of sysexits(3) and a sentence; the maildrop is then as it was.
pub fn deliver(users: &Users, delivery: &Delivery) -> Result<(), Failure> {
    let no_user = || (exit::NO_USER, format!("there is no user '{}'", delivery.user.escape_debug()));
    let name = UserName::new(delivery.user.as_bytes()).ok_or_else(no_user)?;
    let sender = delivery.sender.as_deref();
    let mut input = standard_input().map_err(|e| (exit::TRY_AGAIN, format!("standard input: {e}")))?;
    match maildrop::deliver(users, &name, sender, &mut input, delivery.max_message) {
        Ok(octets) => {
            log::info!("{name}: delivered {octets} octets");
            Ok(())
        }
        Err(DeliveryError::NoSuchUser) => Err(no_user()),
        Err(DeliveryError::TooLarge) => {
            let limit = delivery.max_message;
            Err((exit::BAD_DATA, format!("{name}: the message has more than {limit} octets")))
        }
        Err(DeliveryError::TryAgain(e)) => Err((exit::TRY_AGAIN, format!("{name}: not delivered: {e}"))),
    }
}

/// Standard input without what std makes of it: a descriptor that can't be read
/// is an error and not an empty message.
fn standard_input() -> io::Result<File> {
    io::stdin().as_fd().try_clone_to_owned().map(File::from)
}
