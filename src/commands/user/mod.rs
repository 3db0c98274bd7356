//! `pop1081 user`: adds, lists and removes users, changes their passwords and resets
//! their maildrops, also while a server is at work on the same directory.

mod add;
mod new_password;
mod reset;

use super::{again_if_replaced, alter, known};
use crate::exit::{self, Failure};
use crate::maildrop;
use crate::options::UserTask;
use crate::system::HeldLocks;
use crate::users::Users;
use std::io::{self, BufWriter, Write};

/// Carries out the task. Once it returns, it is durable.
///
/// # Errors
/// An exit code of sysexits(3) and a sentence; then nothing has changed, unless the
/// sentence says otherwise.
pub fn run(users: &Users, task: &UserTask) -> Result<(), Failure> {
    match task {
        UserTask::Add(name) => add::add(users, name),
        UserTask::AddFrom(file) => add::add_from(users, file),
        UserTask::Passwd(name) => passwd(users, name),
        UserTask::List => list(users),
        UserTask::Remove { name, with_mail } => remove(users, name, *with_mail),
        UserTask::Reset { names, from } => reset::reset(users, names, from),
    }
}

fn passwd(users: &Users, name: &str) -> Result<(), Failure> {
    let name = known(users, name)?;
    let password = new_password::read(&name)?;
    alter(users, &name, |account| maildrop::change_password(account, &password))?;
    log::info!("{name}: the password is changed");
    Ok(())
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
        let in_use = locks
            .as_ref()
            .is_some_and(|locks| maildrop::in_use(locks, users.directory(), name).unwrap_or(false));
        writeln!(out, "{:width$}  {holds}{}", name.as_str(), if in_use { ", in use" } else { "" })
    });
    exit::printed(written.and_then(|()| out.flush()))
}

fn remove(users: &Users, name: &str, with_mail: bool) -> Result<(), Failure> {
    let name = known(users, name)?;
    let left = again_if_replaced(users, &name, |account| maildrop::remove(users, account, with_mail))?;
    if left > 0 {
        let mail = if left == 1 { "a message".to_owned() } else { format!("{left} messages") };
        return Err((exit::BAD_DATA, format!("{name} has {mail}; --with-mail removes the mail, too")));
    }
    log::info!("{name}: removed");
    Ok(())
}
