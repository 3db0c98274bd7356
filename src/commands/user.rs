//! `pop1081 user`: adds, lists and removes users, and changes their passwords, while
//! a server may be at work on the same directory.
//!
//! How it becomes durable is the affair of `users` and `maildrop`; here it is asked
//! for, and said how it went.

use crate::exit::{self, Failure};
use crate::limits;
use crate::maildrop::{self, ChangeError, HeldLocks, Refusal};
use crate::options::{AccountTask, Accounting};
use crate::password_prompt::{self, NoPassword};
use crate::protocol::credentials::{PasswordFault, UserName};
use crate::users::{Account, Users};
use std::io::{self, BufWriter, Write};

/// Does what was asked for. Once it returns, it is durable.
///
/// # Errors
/// An exit code of sysexits(3) and a sentence; then nothing has changed, unless it
/// says otherwise.
pub fn account(users: &Users, accounting: &Accounting) -> Result<(), Failure> {
    match &accounting.task {
        AccountTask::Add(name) => add(users, name),
        AccountTask::Passwd(name) => passwd(users, name),
        AccountTask::List => list(users),
        AccountTask::Remove { name, with_mail } => remove(users, name, *with_mail),
    }
}

fn add(users: &Users, name: &str) -> Result<(), Failure> {
    let name = UserName::new(name.as_bytes()).ok_or_else(|| {
        let shown = name.escape_debug();
        let sentence = format!(
            "no user can be called '{shown}': a name has 1 to 40 printable ASCII characters, no space \
             or '/', and no '.' or '-' in front"
        );
        (exit::USAGE, sentence)
    })?;
    let cannot = |e: io::Error| match e.kind() {
        io::ErrorKind::AlreadyExists => (exit::CANNOT_CREATE, format!("{name} exists already")),
        _ => (exit::CANNOT_CREATE, format!("{name} can't be added: {e}")),
    };
    if users.directory().join(name.as_str()).symlink_metadata().is_ok() {
        return Err(cannot(io::ErrorKind::AlreadyExists.into()));
    }
    let password = password(&name)?;
    maildrop::forget(users.directory(), &name)
        .map_err(|e| (exit::CANNOT_CREATE, format!("{name} can't be added: {e}")))?;
    users.create(&name).map_err(cannot)?;
    change(users, &name, &password).inspect_err(|_| withdraw(users, &name))?;
    log::info!("{name}: added");
    Ok(())
}

/// Takes back a new user without a password, into whose file nothing has come.
fn withdraw(users: &Users, name: &UserName) {
    let removed = maildrop::find(users, name).is_ok_and(|account| {
        let empty = account.file.metadata().is_ok_and(|m| m.len() <= 1);
        empty && maildrop::remove(users, &account, false).is_ok()
    });
    if !removed {
        log::error!("{name}: stays, as it could not be taken back");
    }
}

fn passwd(users: &Users, name: &str) -> Result<(), Failure> {
    let name = known(users, name)?;
    let password = password(&name)?;
    change(users, &name, &password)?;
    log::info!("{name}: the password is changed");
    Ok(())
}

/// A new password, from whoever is at the terminal or from standard input.
fn password(name: &UserName) -> Result<Vec<u8>, Failure> {
    let password = password_prompt::for_new_password(name.as_str()).map_err(|why| {
        let code = match why {
            NoPassword::Interrupted => exit::INTERRUPTED,
            NoPassword::Different => exit::BAD_DATA,
            NoPassword::Unreadable(_) => exit::TRY_AGAIN,
        };
        (code, format!("{why}, nothing has changed"))
    })?;
    match PasswordFault::of(&password) {
        None => {}
        Some(fault @ PasswordFault::OuterBlank) => log::warn!("{name}: {fault}; it counts"),
        Some(fault) => return Err((exit::BAD_DATA, fault.to_string())),
    }
    Ok(password)
}

fn change(users: &Users, name: &UserName, password: &[u8]) -> Result<(), Failure> {
    let changed =
        again_if_replaced(users, name, |account| match maildrop::change_password(account, password) {
            Err(ChangeError::Refused(refusal)) => Err(refusal),
            other => Ok(other),
        })?;
    changed.map_err(|e| {
        let ChangeError::Unfinished(e) = e else { return failure(name, &Refusal::Replaced) };
        let sentence = format!("{name}: {e}; the next login or delivery finishes the change of the password");
        (exit::CANNOT_WRITE, sentence)
    })
}

fn list(users: &Users) -> Result<(), Failure> {
    let names = users.names().map_err(|e| (exit::TRY_AGAIN, format!("the Users directory: {e}")))?;
    let width = names.iter().map(|name| name.as_str().len()).max().unwrap_or_default();
    let locks = HeldLocks::now().inspect_err(|e| log::warn!("who is in use is not known: {e}")).ok();
    let mut out = BufWriter::new(io::stdout().lock());
    let written = names.iter().try_for_each(|name| {
        let holds = match users.find(name).and_then(|account| maildrop::drop_listing(&account)) {
            // Removed since the directory was read.
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(e) => format!("can't be opened: {e}"),
            Ok(drop) => drop.to_string(),
        };
        let in_use = locks.as_ref().is_some_and(|l| l.in_use(users.directory(), name).unwrap_or(false));
        writeln!(out, "{:width$}  {holds}{}", name.as_str(), if in_use { ", in use" } else { "" })
    });
    written.and_then(|()| out.flush()).map_err(|e| (exit::CANNOT_WRITE, e.to_string()))
}

fn remove(users: &Users, name: &str, with_mail: bool) -> Result<(), Failure> {
    let name = known(users, name)?;
    let left = again_if_replaced(users, &name, |account| maildrop::remove(users, account, with_mail))?;
    if left > 0 {
        let mail = if left == 1 { "a message".to_owned() } else { format!("{left} messages") };
        return Err((exit::BAD_DATA, format!("{name} has {mail}; --with-mail removes them too")));
    }
    log::info!("{name}: removed");
    Ok(())
}

/// The user of this name.
fn known(users: &Users, name: &str) -> Result<UserName, Failure> {
    let name = UserName::new(name.as_bytes())
        .ok_or_else(|| (exit::NO_USER, format!("there is no user '{}'", name.escape_debug())))?;
    maildrop::find(users, &name).map_err(|e| failure(&name, &e.into()))?;
    Ok(name)
}

/// Does something with a maildrop; again, if somebody replaces it under our hands.
fn again_if_replaced<T>(
    users: &Users,
    name: &UserName,
    mut work: impl FnMut(&Account) -> Result<T, Refusal>,
) -> Result<T, Failure> {
    for _ in 0..limits::REOPENINGS {
        let found = maildrop::find(users, name).map_err(|e| failure(name, &e.into()))?;
        match work(&found) {
            Err(Refusal::Replaced) => {}
            other => return other.map_err(|refusal| failure(name, &refusal)),
        }
    }
    Err(failure(name, &Refusal::Replaced))
}

fn failure(name: &UserName, refusal: &Refusal) -> Failure {
    match refusal {
        Refusal::InUse => (exit::TRY_AGAIN, format!("a session has {name}'s maildrop")),
        Refusal::BeingWritten => (exit::TRY_AGAIN, format!("somebody is writing to {name}'s maildrop")),
        Refusal::Replaced => (exit::TRY_AGAIN, format!("others replace {name}'s maildrop again and again")),
        Refusal::Unparsable(e) => {
            (exit::BAD_DATA, format!("{name}'s maildrop can't be parsed: {e}; pop1081 check tells more"))
        }
        Refusal::Disk(e) if e.kind() == io::ErrorKind::InvalidInput => {
            (exit::BAD_DATA, format!("{name}'s maildrop is not opened: {e}"))
        }
        Refusal::Disk(e) if e.kind() == io::ErrorKind::NotFound => {
            (exit::NO_USER, format!("there is no user '{name}'"))
        }
        Refusal::Disk(e) => (exit::CANNOT_WRITE, format!("{name}'s maildrop: {e}")),
    }
}
