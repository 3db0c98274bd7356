//! The commands beside serving, what they share, and the exit codes of what can go wrong
//! in them.

pub mod check;
pub mod deliver;
pub mod talk;
pub mod transcripts;
pub mod user;

use crate::exit::{self, Failure};
use crate::limits;
use crate::maildrop::{AccountError, Refusal};
use crate::options::Names;
use crate::protocol::credentials::UserName;
use crate::users::{Account, Users};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;

fn no_such_user(name: &str) -> Failure {
    (exit::NO_USER, format!("there is no user '{}'", name.escape_debug()))
}

/// Standard input, and not std's, for which a descriptor that can't be read is at its end.
fn standard_input() -> io::Result<File> {
    io::stdin().as_fd().try_clone_to_owned().map(File::from)
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
    let then = if code == exit::TRY_AGAIN { "; try again later" } else { "" };
    (code, format!("{name}: {refusal}{then}"))
}

/// Does something for each of these users, once, and goes on where it can't be done; why
/// is then told on standard error.
///
/// # Errors
/// Of one user their own. Of several 75 if it may work later for one of them, 67 if all
/// that failed do not exist.
fn each(
    users: &Users,
    names: &Names,
    done: &str,
    mut act: impl FnMut(&str) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let names = named(users, names)?;
    if let [name] = names.as_slice() {
        return act(name);
    }
    let failures = names.iter().filter_map(|name| act(name).err());
    let codes: Vec<u8> = failures
        .map(|(code, sentence)| {
            let _ = writeln!(io::stderr(), "pop1081: {sentence}");
            code
        })
        .collect();
    let worst = codes.iter().max_by_key(|code| (**code == exit::TRY_AGAIN, **code != exit::NO_USER));
    worst.map_or(Ok(()), |code| Err((*code, format!("{} of {} users not {done}", codes.len(), names.len()))))
}

fn named(users: &Users, names: &Names) -> Result<Vec<String>, Failure> {
    let Names::These(names) = names else {
        let all = users.names().map_err(|e| (exit::TRY_AGAIN, format!("the Users directory: {e}")))?;
        return match all.is_empty() {
            true => Err((exit::NO_USER, "there are no users; pop1081 user add makes one".to_owned())),
            false => Ok(all.iter().map(ToString::to_string).collect()),
        };
    };
    let once = names.iter().enumerate().filter(|(n, name)| !names[..*n].contains(name));
    Ok(once.map(|(_, name)| name.clone()).collect())
}

/// The user of this name.
fn known(users: &Users, name: &str) -> Result<UserName, Failure> {
    let name = UserName::new(name.as_bytes()).ok_or_else(|| no_such_user(name))?;
    users.find(&name).map_err(|e| failure(name.as_str(), &e.into()))?;
    Ok(name)
}

/// Does something with a maildrop; does it again if the file is replaced meanwhile.
fn again_if_replaced<T>(
    users: &Users,
    name: &UserName,
    mut work: impl FnMut(&Account) -> Result<T, Refusal>,
) -> Result<T, Failure> {
    for _ in 0..limits::REOPENINGS {
        let found = users.find(name).map_err(|e| failure(name.as_str(), &e.into()))?;
        match work(&found) {
            Err(Refusal::Replaced) => {}
            other => return other.map_err(|refusal| failure(name.as_str(), &refusal)),
        }
    }
    Err(failure(name.as_str(), &Refusal::Replaced))
}

/// Changes a user's file; does it again if the file is replaced meanwhile.
fn alter(
    users: &Users,
    name: &UserName,
    work: impl Fn(&Account) -> Result<(), AccountError>,
) -> Result<(), Failure> {
    let changed = again_if_replaced(users, name, |account| match work(account) {
        Err(AccountError::Refused(refusal)) => Err(refusal),
        other => Ok(other),
    })?;
    changed.map_err(|e| (exit::CANNOT_WRITE, format!("{name}: {e}")))
}
