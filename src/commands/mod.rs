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

/// The exit code for a maildrop that can't be used, and why.
fn failure(name: &str, refusal: &Refusal) -> Failure {
    let code = match refusal {
        Refusal::InUse | Refusal::BeingWritten | Refusal::Replaced => exit::TRY_AGAIN,
        Refusal::Unparsable(_) => exit::BAD_DATA,
        Refusal::Disk(e) => match e.kind() {
            io::ErrorKind::NotFound => return no_such_user(name),
            io::ErrorKind::InvalidInput => exit::BAD_DATA,
            _ => exit::CANNOT_WRITE,
        },
    };
    (code, format!("{name}: {refusal}"))
}
