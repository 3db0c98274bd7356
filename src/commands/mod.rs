//! The commands beside serving, and the exit codes of what can go wrong in them.

pub mod check;
pub mod deliver;
pub mod user;

use crate::exit::{self, Failure};
use crate::maildrop::Refusal;
use std::io;

fn no_such_user(name: &str) -> Failure {
    (exit::NO_USER, format!("there is no user '{}'", name.escape_debug()))
}

/// Why a user's maildrop can't be used.
fn failure(name: &str, refusal: &Refusal) -> Failure {
    match refusal {
        Refusal::InUse => (exit::TRY_AGAIN, format!("a session has {name}'s maildrop")),
        Refusal::BeingWritten => (exit::TRY_AGAIN, format!("somebody is writing to {name}'s maildrop")),
        Refusal::Replaced => (exit::TRY_AGAIN, format!("others replace {name}'s maildrop again and again")),
        Refusal::Unparsable(e) => {
            (exit::BAD_DATA, format!("{name}'s maildrop can't be parsed: {e}; pop1081 check tells more"))
        }
        Refusal::Disk(e) => match e.kind() {
            io::ErrorKind::NotFound => no_such_user(name),
            io::ErrorKind::InvalidInput => (exit::BAD_DATA, format!("{name}'s maildrop is not opened: {e}")),
            _ => (exit::CANNOT_WRITE, format!("{name}'s maildrop: {e}")),
        },
    }
}
