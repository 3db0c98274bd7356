//! Delivering a message to a user: what is put around it, and that it comes into the
//! right file under the write lock. How it is appended durably is in `change::append`.

use super::change::recovery::{self, Recovered};
use super::change::{IntentFile, Target, append};
use super::files::control_files::ControlFiles;
use super::files::{Stamp, sentence};
use super::lock::WriteLock;
use super::mbox::burst;
use super::mbox::{Quoter, separator_line};
use crate::limits;
use crate::protocol::credentials::UserName;
use crate::users::safe_open;
use crate::users::{Account, Users};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::time::SystemTime;

/// Why a message was not delivered. The maildrop is as it was.
#[derive(Debug)]
pub enum DeliveryError {
    /// It has more octets than this limit says.
    TooLarge(u64),
    /// Something that may be better next time.
    TryAgain(io::Error),
}

impl fmt::Display for DeliveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeliveryError::TooLarge(limit) => write!(f, "the message has more than {limit} octets"),
            DeliveryError::TryAgain(e) => write!(f, "not delivered: {}", sentence(e)),
        }
    }
}

impl From<io::Error> for DeliveryError {
    fn from(e: io::Error) -> Self {
        DeliveryError::TryAgain(e)
    }
}

/// Appends a message to a user's maildrop. Once it returns, the message is durable.
///
/// # Errors
/// The [`DeliveryError`].
pub fn deliver(users: &Users, name: &UserName, message: &mut Mail) -> Result<(), DeliveryError> {
    let mut why = io::Error::other("others replace or write to the maildrop again and again");
    let mut replaced = false;
    for _ in 0..limits::REOPENINGS {
        match users.find(name).and_then(|account| put(&account, message, replaced)) {
            Ok(Put::Delivered) => return Ok(()),
            Ok(Put::TooLate) => {}
            Ok(Put::Replaced) => replaced = true,
            // What has the name was being replaced, or is no user's file now.
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidInput) => why = e,
            Err(e) => return Err(e.into()),
        }
    }
    Err(why.into())
}

/// What has come of putting a message into a file.
enum Put {
    Delivered,
    /// Somebody else was faster; it is to be tried again.
    TooLate,
    /// It was put there, and then another file took its place, perhaps a copy.
    Replaced,
}

/// Locks, checks and recovers as a login does, then appends.
fn put(account: &Account, message: &mut Mail, replaced: bool) -> io::Result<Put> {
    let intents = IntentFile(ControlFiles::new(&account.directory, &account.name).open_lock()?);
    let Some(_writing) = WriteLock::take(&account.file, limits::DELIVERY_LOCK_WAIT)? else {
        return Err(io::Error::other("somebody has been writing to the maildrop for too long"));
    };
    let (appender, appended_to) = safe_open::open(&account.path, OpenOptions::new().append(true))?;
    let stamp = Stamp::of(&account.file)?;
    if !stamp.is_same_file(&Stamp::from(&appended_to)) || !stamp.stands_at(&account.path)? {
        return Ok(Put::TooLate);
    }
    let target = Target { intents: &intents, maildrop: &account.file, path: &account.path };
    if recovery::recover(target)? == Recovered::Replaced {
        return Ok(Put::TooLate);
    }
    if replaced && append::stands(&account.file, message.octets(b""), account.line_one)? {
        return Ok(Put::Delivered);
    }
    let size = account.file.metadata()?.len();
    if !account.line_one_stands(size)? {
        return Ok(Put::TooLate);
    }
    let mend = match mend(&account.file, account.line_one, size) {
        Err(e) if e.kind() == io::ErrorKind::InvalidData => {
            let rest = recovery::give_separator(target, account.line_one)?;
            return if rest { Ok(Put::TooLate) } else { Err(e) };
        }
        other => other?,
    };
    let octets = message.octets(mend);
    if !append::append(target, &appender, size, octets)? {
        return Ok(Put::TooLate);
    }
    // It is durable: that the path can't be looked at does not make it undelivered.
    Ok(match target.finish() {
        Ok(false) => Put::Replaced,
        Ok(true) | Err(_) => Put::Delivered,
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

/// A message as it is appended: separator line, quoted text, and the empty line after it.
#[derive(Debug)]
pub struct Mail {
    /// Octets that came in.
    pub came: u64,
    /// Room for [`mend`], and the rest.
    octets: Vec<u8>,
}

/// As many octets as [`mend`] returns at most.
const MENDING: usize = 3;

impl Mail {
    /// Reads a message to its end, of so many octets at most.
    ///
    /// # Errors
    /// The [`DeliveryError`].
    pub fn read(input: &mut impl Read, sender: Option<&str>, limit: u64) -> Result<Self, DeliveryError> {
        let (mut part, mut most) = (Vec::new(), limits::HEADERS);
        input.take(most).read_to_end(&mut part)?;
        let (their_sender, text) = separator_of(&part);
        let sender = sender.or(their_sender.as_deref()).unwrap_or_default();
        let mut octets = vec![0; MENDING];
        octets.extend_from_slice(separator_line(sender, SystemTime::now()).as_bytes());
        let (mut quoter, mut came, mut skipped) = (Quoter::new(), 0, text);
        loop {
            came += part.len() as u64;
            if came > limit {
                return Err(DeliveryError::TooLarge(limit));
            }
            // Quoting makes "From " one octet longer.
            octets.try_reserve(2 * part.len()).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
            quoter.push(&part[skipped..], &mut octets);
            // A terminal tells the end once and goes on after it.
            if (part.len() as u64) < most {
                break;
            }
            (skipped, part, most) = (0, Vec::new(), limits::FILE_BUFFER as u64);
            input.take(most).read_to_end(&mut part)?;
        }
        quoter.end(&mut octets);
        octets.extend_from_slice(match octets.last() {
            Some(b'\n') | None => b"\n",
            Some(b'\r') => b"\r\n\n",
            Some(_) => b"\n\n",
        });
        Ok(Mail { came, octets })
    }

    /// The octets to be appended to a maildrop that lacks these at its end.
    fn octets(&mut self, mend: &[u8]) -> &[u8] {
        let start = MENDING - mend.len();
        self.octets[start..MENDING].copy_from_slice(mend);
        &self.octets[start..]
    }
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
