//! Does the server under test have an optional command? A server without it
//! breaks no rule; there is only nothing to show.

use super::dialogue::Optional;
use super::probe::{ask, greeting, is_positive};
use super::target::Examinee;
use super::timestamp::timestamp;
use std::time::Duration;

/// # Errors
/// Why it seems to be missing, as a reason not to try what needs it.
pub fn probe(needed: Optional, examinee: &Examinee, patience: Duration) -> Result<(), String> {
    match needed {
        Optional::Top => understood("TOP 1 0", examinee, patience),
        Optional::Uidl => understood("UIDL", examinee, patience),
        Optional::Apop => match timestamp(greeting(examinee, patience)?.as_bytes()) {
            Some(_) => Ok(()),
            None => Err("APOP is optional, and there is no timestamp for it in the greeting".to_owned()),
        },
    }
}

fn understood(command: &str, examinee: &Examinee, patience: Duration) -> Result<(), String> {
    let answer = ask(examinee, command, patience)?;
    if is_positive(&answer) {
        return Ok(());
    }
    let keyword = command.split(' ').next().unwrap_or(command);
    Err(format!("{keyword} is optional, and \"{command}\" was answered with {answer}"))
}
