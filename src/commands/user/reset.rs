//! `pop1081 user reset`: the mail of users becomes that of a master copy, and what they
//! have retrieved is forgotten.

use crate::commands::{alter, each, known};
use crate::exit::{self, Failure};
use crate::maildrop;
use crate::options::Names;
use crate::protocol::credentials::UserName;
use crate::users::{Account, Users, safe_open};
use std::io;
use std::path::{Path, PathBuf};

/// Resets each of these users, from the file of their name in a directory or from one file
/// for all.
///
/// # Errors
/// Exit code 66 when there is no master copy; those of the users are told one by one.
pub fn reset(users: &Users, names: &Names, from: &Path) -> Result<(), Failure> {
    let masters = Masters::at(from).map_err(|e| unreadable(from, &e))?;
    each(users, names, "reset", |name| {
        let name = known(users, name)?;
        let master = masters.of(&name).map_err(|(path, e)| unreadable(&path, &e))?;
        alter(users, &name, |account| {
            if safe_open::same_file(&account.file.metadata()?, &master.file.metadata()?) {
                let why = "the master copy is the maildrop itself";
                return Err(io::Error::new(io::ErrorKind::InvalidInput, why).into());
            }
            maildrop::reset(account, &master)
        })?;
        log::info!("{name}: reset to {}", master.path.display());
        Ok(())
    })
}

/// Where the master copies are.
enum Masters {
    /// Each user has one in it.
    Directory(Users),
    /// One for all of them.
    File(Users, UserName),
}

impl Masters {
    fn at(from: &Path) -> io::Result<Self> {
        if from.is_dir() {
            return Ok(Masters::Directory(Users::new(from)?.for_practice(None)));
        }
        let name = from.file_name().and_then(|name| UserName::new(name.as_encoded_bytes()));
        let name = name.ok_or(io::ErrorKind::NotFound)?;
        let directory = from.parent().filter(|parent| !parent.as_os_str().is_empty());
        let masters = Users::new(directory.unwrap_or(Path::new(".")))?.for_practice(None);
        masters.find(&name).and_then(|master| maildrop::drop_listing(&master))?;
        Ok(Masters::File(masters, name))
    }

    /// The master copy for a user, which must be a maildrop; else its path, and why not.
    fn of(&self, user: &UserName) -> Result<Account, (PathBuf, io::Error)> {
        let (masters, name) = match self {
            Masters::Directory(masters) => (masters, user),
            Masters::File(masters, name) => (masters, name),
        };
        let master = masters.find(name);
        let parsed = master.and_then(|master| maildrop::drop_listing(&master).map(|_| master));
        parsed.map_err(|e| (masters.directory().join(name.as_str()), e))
    }
}

fn unreadable(master: &Path, e: &io::Error) -> Failure {
    let code = match e.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => exit::BAD_DATA,
        io::ErrorKind::WouldBlock => exit::TRY_AGAIN,
        _ => exit::NO_INPUT,
    };
    let helps = if code == exit::NO_INPUT { "; --from FILE gives all of them its mail" } else { "" };
    (code, format!("the master copy {}: {e}{helps}", master.display()))
}
