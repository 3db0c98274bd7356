//! A user's file that a command changes: found, and found again if it is replaced meanwhile.

use crate::commands::{failure, no_such_user};
use crate::exit::{self, Failure};
use crate::limits;
use crate::maildrop::{AccountError, Refusal};
use crate::protocol::credentials::UserName;
use crate::users::{Account, Users};

/// The user of this name.
pub fn known(users: &Users, name: &str) -> Result<UserName, Failure> {
    let name = UserName::new(name.as_bytes()).ok_or_else(|| no_such_user(name))?;
    users.find(&name).map_err(|e| failure(name.as_str(), &e.into()))?;
    Ok(name)
}

/// Does something with a maildrop; does it again if the file is replaced meanwhile.
pub fn again_if_replaced<T>(
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
pub fn alter(
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
