//! `pop1081 user`: adds, lists and removes users, changes their passwords and resets
//! their maildrops, also while a server is at work on the same directory.

mod account;
mod reset;

use crate::exit::{self, Failure};
use crate::maildrop::{self, HeldLocks};
use crate::options::UserTask;
use crate::password_prompt::{self, NoPassword};
use crate::protocol::credentials::{PasswordFault, UserName};
use crate::users::Users;
use account::{again_if_replaced, alter, known};
use std::io::{self, BufWriter, Write};

/// Carries out the task. Once it returns, it is durable.
///
/// # Errors
/// An exit code of sysexits(3) and a sentence; then nothing has changed, unless the
/// sentence says otherwise.
pub fn run(users: &Users, task: &UserTask) -> Result<(), Failure> {
    match task {
        UserTask::Add(name) => add(users, name),
        UserTask::Passwd(name) => passwd(users, name),
        UserTask::List => list(users),
        UserTask::Remove { name, with_mail } => remove(users, name, *with_mail),
        UserTask::Reset { names, from } => reset::reset(users, names, from),
    }
}

fn add(users: &Users, name: &str) -> Result<(), Failure> {
    let name = UserName::new(name.as_bytes()).ok_or_else(|| {
        let sentence = format!(
            "'{}' is not a valid user name: a name has 1 to 40 printable ASCII characters, no space \
             or '/', and no '.' or '-' in front",
            name.escape_debug()
        );
        (exit::USAGE, sentence)
    })?;
    let cannot = |e: io::Error| (exit::CANNOT_CREATE, format!("{name} can't be added: {e}"));
    let exists = || (exit::CANNOT_CREATE, format!("{name} exists already"));
    if users.directory().join(name.as_str()).symlink_metadata().is_ok() {
        return Err(exists());
    }
    let password = password(&name)?;
    maildrop::forget(users.directory(), &name).map_err(cannot)?;
    users.create(&name).map_err(|e| match e.kind() {
        io::ErrorKind::AlreadyExists => exists(),
        _ => cannot(e),
    })?;
    change(users, &name, &password).inspect_err(|_| withdraw(users, &name))?;
    log::info!("{name}: added");
    Ok(())
}

/// Removes a new user whose password could not be set, unless mail has come already.
fn withdraw(users: &Users, name: &UserName) {
    let removed = users.find(name).is_ok_and(|account| {
        let empty = account.file.metadata().is_ok_and(|m| m.len() <= 1);
        empty && maildrop::remove(users, &account, false).is_ok()
    });
    if !removed {
        log::error!("{name}: added without a password, and could not be removed again");
    }
}

fn passwd(users: &Users, name: &str) -> Result<(), Failure> {
    let name = known(users, name)?;
    let password = password(&name)?;
    change(users, &name, &password)?;
    log::info!("{name}: the password is changed");
    Ok(())
}

/// A new password, from the terminal or from standard input.
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
    alter(users, name, |account| maildrop::change_password(account, password))
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
    exit::printed(written.and_then(|()| out.flush()))
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
