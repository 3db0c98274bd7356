//! The Users directory: one regular file per user, the password on line one.
//!
//! What follows line one is in `maildrop`. Only this module makes an [`Identified`],
//! the proof that a client is who it claims to be.

pub mod owner;
pub mod rhosts;
pub mod safe_open;

use crate::limits;
use crate::protocol::apop;
use crate::protocol::credentials::{Password, UserName};
use std::fmt;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Seek};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// The directory of the RPOP files, beside the users.
pub const RHOSTS: &str = ".rhosts";

/// The directory of the control files, beside the users.
pub const CONTROL_FILES: &str = ".pop1081";

/// How sessions have maildrops.
#[derive(Clone, Debug)]
pub enum Access<Lock = ()> {
    /// Each has its own, and others are kept out by this.
    Exclusive(Lock),
    /// As if it were a copy: nothing is written and nobody kept out. Of this user's, whoever
    /// logs in, or of each one's own.
    Practice(Option<UserName>),
}

impl<Lock> fmt::Display for Access<Lock> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Access::Exclusive(_) => f.write_str("maildrop locked"),
            Access::Practice(None) => f.write_str("for practice"),
            Access::Practice(Some(with)) => write!(f, "for practice with {with}'s maildrop"),
        }
    }
}

/// A Users directory: a user exists if a regular file has their name.
#[derive(Clone, Debug)]
pub struct Users {
    directory: PathBuf,
    access: Access,
}

/// The file that a user is to have, opened, with line one read. It proves nothing yet.
#[derive(Debug)]
pub struct Account {
    pub name: UserName,
    pub directory: PathBuf,
    pub path: PathBuf,
    pub file: File,
    pub access: Access,
    /// Octets of line one with its line end; messages come after it.
    pub line_one: u64,
    password: Password,
    /// What the client must know: the same, but if it practises with another user's maildrop.
    /// `None`: nothing.
    secret: Option<Password>,
}

/// The proof that a client may have a user's maildrop. Only the three checks
/// of an [`Account`] make one.
#[derive(Debug)]
pub struct Identified(Account);

impl Identified {
    /// The account that the client has earned.
    pub fn into_account(self) -> Account {
        self.0
    }
}

impl Users {
    /// # Errors
    /// When the path leads to no directory; `PermissionDenied` when its files are not for
    /// whoever runs this.
    pub fn new(directory: &Path) -> io::Result<Self> {
        let closed = |e| owner::whom_to_run_as(directory, e);
        if !fs::metadata(directory).map_err(closed)?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        // To list its names takes another right than to open one.
        let used = fs::read_dir(directory).and_then(|_| fs::symlink_metadata(directory.join(".")));
        used.map_err(closed)?;
        Ok(Users { directory: directory.to_owned(), access: Access::Exclusive(()) })
    }

    /// The same users for practice, each with their own maildrop or all with that of this
    /// one. Then whoever has no file is a user too, with any password.
    pub fn for_practice(self, with: Option<UserName>) -> Self {
        Users { access: Access::Practice(with), ..self }
    }

    /// Whether nothing may be written.
    pub fn are_for_practice(&self) -> bool {
        matches!(self.access, Access::Practice(_))
    }

    /// Whether this is a user.
    ///
    /// # Errors
    /// As [`Users::entry`].
    pub fn knows(&self, name: &UserName) -> io::Result<bool> {
        let anybody = matches!(self.access, Access::Practice(Some(_)));
        Ok(anybody || self.entry(name)?.is_some_and(|entry| entry.is_file()))
    }

    /// What has this name, whatever it is; `None` if nothing has.
    ///
    /// # Errors
    /// When that can't be found out: the directory may have gone, or be closed to us.
    pub fn entry(&self, name: &UserName) -> io::Result<Option<Metadata>> {
        match fs::symlink_metadata(self.path(name)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => fs::metadata(&self.directory).map(|_| None),
            found => found.map(Some),
        }
    }

    fn path(&self, name: &UserName) -> PathBuf {
        self.directory.join(name.as_str())
    }

    /// The users in the order of their names.
    ///
    /// # Errors
    /// When the directory can't be read.
    pub fn names(&self) -> io::Result<Vec<UserName>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let Some(name) = UserName::new(entry?.file_name().as_encoded_bytes()) else { continue };
            if self.knows(&name)? {
                names.push(name);
            }
        }
        names.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        Ok(names)
    }

    /// Removes a user's file and `.rhosts/NAME`, and makes that durable.
    ///
    /// # Errors
    /// What the system says.
    pub fn remove(&self, name: &UserName) -> io::Result<()> {
        let rhosts = self.directory.join(RHOSTS);
        // This first: it must not admit anybody to a later user of that name.
        match safe_open::directory(&rhosts).and_then(|()| fs::remove_file(rhosts.join(name.as_str()))) {
            Ok(()) => File::open(&rhosts)?.sync_all()?,
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
            Err(e) => return Err(e),
        }
        fs::remove_file(self.path(name))?;
        self.sync()
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.directory)?.sync_all()
    }

    /// The path of the directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Opens a user's file, or that of the user with whose maildrop all practise, and
    /// reads line one.
    ///
    /// # Errors
    /// `NotFound` if nothing has this name, `InvalidInput` if what has it is no user's
    /// file, `InvalidData` if line one is longer than any password; else what the
    /// system says.
    pub fn find(&self, name: &UserName) -> io::Result<Account> {
        let Access::Practice(Some(with)) = &self.access else { return self.open(name) };
        let secret = match self.open(name) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            other => other?.secret,
        };
        let shared = self.open(with);
        // Not `NotFound`: the client would be told that the password is wrong.
        let shared = shared.map_err(|e| io::Error::other(format!("the maildrop for practice: {e}")))?;
        Ok(Account { name: name.clone(), secret, ..shared })
    }

    fn open(&self, name: &UserName) -> io::Result<Account> {
        let path = self.path(name);
        let writes = !self.are_for_practice();
        let (file, metadata) = safe_open::open(&path, OpenOptions::new().read(true).write(writes))?;
        let (password, line_one) = read_line_one(&file, metadata.len())?;
        let (directory, access, secret) =
            (self.directory.clone(), self.access.clone(), Some(password.clone()));
        Ok(Account { name: name.clone(), directory, path, file, access, line_one, password, secret })
    }

    /// The text of `.rhosts/NAME`, empty if there is no such file.
    fn rhosts(&self, name: &UserName) -> io::Result<String> {
        let rhosts = self.directory.join(RHOSTS);
        let opened = safe_open::directory(&rhosts)
            .and_then(|()| safe_open::open(&rhosts.join(name.as_str()), OpenOptions::new().read(true)));
        let (file, _) = match opened {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
            other => other.map_err(|e| io::Error::new(e.kind(), format!("{RHOSTS}/{name}: {e}")))?,
        };
        let mut octets = Vec::new();
        file.take(limits::RHOSTS_FILE).read_to_end(&mut octets)?;
        Ok(String::from_utf8_lossy(&octets).into_owned())
    }

    /// RPOP (RFC 1081, p. 12): whether `.rhosts/NAME` names this host and user.
    ///
    /// # Errors
    /// When `.rhosts/NAME` can't be read.
    pub fn check_remote(
        &self,
        account: Account,
        client: IpAddr,
        remote_user: &[u8],
    ) -> io::Result<Option<Identified>> {
        let rhosts = self.rhosts(&account.name)?;
        Ok(rhosts::admits(&rhosts, client, remote_user).then_some(Identified(account)))
    }
}

impl Account {
    /// Whose maildrop it is.
    pub fn owner(&self) -> &UserName {
        match &self.access {
            Access::Practice(Some(with)) => with,
            Access::Practice(None) | Access::Exclusive(()) => &self.name,
        }
    }

    /// Whether line one is still the same in the file, which has this size now: the
    /// password may have been changed since the file was opened.
    ///
    /// # Errors
    /// As [`Users::find`].
    pub fn line_one_stands(&self, size: u64) -> io::Result<bool> {
        let (password, line_one) = read_line_one(&self.file, size)?;
        Ok(line_one == self.line_one && password == self.password)
    }

    /// PASS (RFC 1081, p. 4): whether the password is the user's.
    pub fn check_password(self, offered: &Password) -> Option<Identified> {
        let right = self.secret.as_ref().is_none_or(|secret| secret.admits(offered));
        right.then_some(Identified(self))
    }

    /// APOP (RFC 1939, p. 15): whether the digest shows knowledge of it.
    pub fn check_digest(self, digest: &[u8], timestamp: &str) -> Option<Identified> {
        let right = self.secret.as_ref().is_none_or(|secret| apop::proves(digest, timestamp, secret));
        right.then_some(Identified(self))
    }
}

/// The password and the octets of its line with the line end.
fn read_line_one(file: &File, size: u64) -> io::Result<(Password, u64)> {
    let line = line_one(file, size)?
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "line one is longer than any password"))?;
    Ok((Password::new(without_end(&line)), line.len() as u64))
}

/// Line one of a file of this size, with its line end if it has one; `None` if it is
/// longer than any password.
///
/// # Errors
/// What the system says.
pub fn line_one(mut file: &File, size: u64) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::with_capacity(limits::PASSWORD_LINE);
    file.rewind()?;
    file.take(size.min(limits::PASSWORD_LINE as u64)).read_to_end(&mut line)?;
    match memchr::memchr(b'\n', &line) {
        Some(end) => line.truncate(end + 1),
        None if line.len() == limits::PASSWORD_LINE => return Ok(None),
        None => {}
    }
    Ok(Some(line))
}

/// A line without its LF or CRLF.
pub fn without_end(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\n").map_or(line, |line| line.strip_suffix(b"\r").unwrap_or(line))
}
