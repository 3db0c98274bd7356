//! Delivering a message to a user: what is put around it, and that it comes into
//! the right file under the write lock.
//!
//! How octets are appended durably is the affair of `append`.

use super::change::Payload;
use super::change::{append, recovery};
use super::files::control_files::Notes;
use super::files::stamp::Stamp;
use super::lock::WriteLock;
use super::mbox::quote::Quoter;
use super::mbox::{burst, separator};
use super::spool::Spool;
use crate::limits;
use crate::protocol::credentials::UserName;
use crate::users::safe_open;
use crate::users::{Account, Users};
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::time::SystemTime;

/// Why a message was not delivered. The maildrop is as it was.
#[derive(Debug)]
pub enum DeliveryError {
    NoSuchUser,
    /// It has more octets than the limit says.
    TooLarge,
    /// Something that may be better next time.
    TryAgain(io::Error),
}

impl From<io::Error> for DeliveryError {
    fn from(e: io::Error) -> Self {
        match e.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::InvalidInput => DeliveryError::NoSuchUser,
            _ => DeliveryError::TryAgain(e),
        }
    }
}

/// Appends the message that comes in to a user's maildrop. Once it returns, the
/// message is durable. `limit` counts octets. Returns how many came.
///
/// # Errors
/// The [`DeliveryError`].
pub fn deliver(
    users: &Users,
    name: &UserName,
    sender: Option<&str>,
    input: &mut impl Read,
    limit: u64,
) -> Result<u64, DeliveryError> {
    let account = users.find(name)?;
    let notes = Notes::new(&account.directory, &account.name);
    let spool = Spool::read(input, limit, || notes.create_nameless())
        .map_err(DeliveryError::TryAgain)?
        .ok_or(DeliveryError::TooLarge)?;
    notes.open_lock().map_err(DeliveryError::TryAgain)?;
    for _ in 0..limits::REOPENINGS {
        let account = users.find(name)?;
        if put(&account, &notes, sender, &spool).map_err(DeliveryError::TryAgain)? {
            return Ok(spool.length());
        }
    }
    Err(DeliveryError::TryAgain(io::Error::other("others replace or write to the maildrop again and again")))
}

/// Locks, checks and recovers as a login does, then appends. Returns `false` if
/// another file or another password has taken the place of the one opened, or if a
/// writer without a lock was faster: then it is to be tried again.
fn put(account: &Account, notes: &Notes, sender: Option<&str>, spool: &Spool) -> io::Result<bool> {
    let Some(_writing) = WriteLock::take(&account.file, limits::DELIVERY_LOCK_WAIT)? else {
        return Err(io::Error::other("somebody has been writing to the maildrop for too long"));
    };
    let (appender, appended_to) = safe_open::open(&account.path, OpenOptions::new().append(true))?;
    let stamp = Stamp::of(&account.file)?;
    if !stamp.is_of(&appended_to) || !stamp.stands_at(&account.path)? {
        return Ok(false);
    }
    recovery::recover(notes, &account.file)?;
    let size = account.file.metadata()?.len();
    if !account.line_one_stands(size)? {
        return Ok(false);
    }
    let mend = mend(&account.file, account.line_one, size)?;
    append::append(notes, &account.file, &appender, size, |payload| {
        payload.push(mend)?;
        fill(payload, sender, spool)
    })
}

/// What a maildrop of this size lacks at its end before a separator line can follow.
fn mend(maildrop: &File, line_one: u64, size: u64) -> io::Result<&'static [u8]> {
    let mut last = [0; 3];
    let seen = size.min(3) as usize;
    maildrop.read_exact_at(&mut last[3 - seen..], size - seen as u64)?;
    let in_line_one = size == line_one;
    // Without messages there is only line one and blank lines to be ended.
    if in_line_one || burst::first_separator(maildrop, line_one, size)? == size {
        return Ok(if last[2] == b'\n' { b"" } else { b"\n" });
    }
    Ok(match &last {
        [_, b'\n', b'\n'] | b"\n\r\n" => b"",
        [_, _, b'\n'] => b"\n",
        [_, _, b'\r'] => b"\r\n\n",
        _ => b"\n\n",
    })
}

/// Separator line, quoted message, and the empty line after it.
fn fill(payload: &mut Payload, sender: Option<&str>, spool: &Spool) -> io::Result<()> {
    let (their_sender, text) = separator_of(spool.start());
    let sender = sender.or(their_sender.as_deref()).unwrap_or_default();
    payload.push(separator::line(sender, SystemTime::now()).as_bytes())?;
    let mut quoter = Quoter::new();
    let mut quoted = Vec::new();
    let mut last = b'\n';
    spool.each_part(text, |part| {
        quoted.clear();
        quoter.push(part, &mut quoted);
        last = *part.last().unwrap_or(&last);
        payload.push(&quoted)
    })?;
    quoted.clear();
    quoter.end(&mut quoted);
    quoted.extend_from_slice(match last {
        b'\n' => b"\n",
        b'\r' => b"\r\n\n",
        _ => b"\n\n",
    });
    payload.push(&quoted)
}

/// The sender that a message names itself, and where its text starts: it may
/// bring a separator line of its own, or a Return-Path.
fn separator_of(start: &[u8]) -> (Option<String>, usize) {
    let lines = start.split_inclusive(|o| *o == b'\n');
    let mut headers = lines.clone().take_while(|line| !matches!(*line, b"\n" | b"\r\n"));
    if let (true, Some(line)) = (start.starts_with(b"From "), lines.clone().next()) {
        let sender = line[b"From ".len()..].split(|o| o.is_ascii_whitespace()).next();
        return (sender.map(text), line.len());
    }
    const RETURN_PATH: &[u8] = b"return-path:";
    let named = |line: &[u8]| line.to_ascii_lowercase().starts_with(RETURN_PATH);
    let sender = headers.find(|line| named(line)).map(|line| {
        let value = text(&line[RETURN_PATH.len()..]);
        value.trim().trim_start_matches('<').trim_end_matches('>').to_owned()
    });
    (sender, 0)
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}
