//! Changing the password of a maildrop: line one becomes another, and the messages
//! stay what they are, with their marks and unique-ids.
//!
//! It is a change like an UPDATE: under both locks, written down in a redo file
//! before it is begun, and carried out as a recovery would do it, by `replace`.

use super::change::recovery;
use super::change::{self, CommitError, Kind, Payload, Redo};
use super::files::checksum::each_part;
use super::files::control_files::Notes;
use super::files::stamp::{Stamp, seal};
use super::listing::Listing;
use super::lock::{SessionLock, WriteLock};
use super::locked::Refusal;
use super::mbox::burst;
use super::sidecar::{self, Sidecar, Trust};
use super::{contents, identity};
use crate::limits;
use crate::protocol::credentials::UserName;
use crate::users::safe_open;
use crate::users::{Account, Users};
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::FileExt;

/// Why a password was not changed, or perhaps.
#[derive(Debug)]
pub enum ChangeError {
    /// The old one stands.
    Refused(Refusal),
    /// It is committed but not finished; the next login or delivery does that.
    Unfinished(io::Error),
}

impl From<Refusal> for ChangeError {
    fn from(refusal: Refusal) -> Self {
        ChangeError::Refused(refusal)
    }
}

impl From<io::Error> for ChangeError {
    fn from(e: io::Error) -> Self {
        ChangeError::Refused(e.into())
    }
}

/// Opens a user's file as [`Users::find`] does. If a change of the password was
/// left unfinished it is finished before: of a line one that lost its power half
/// written, nobody knows the password.
///
/// # Errors
/// As [`Users::find`].
pub fn find(users: &Users, name: &UserName) -> io::Result<Account> {
    let notes = Notes::new(users.directory(), name);
    if !users.are_for_practice()
        && let Ok(Some(Kind::Replacement)) = Redo::kind_of(&notes)
        && let Err(e) = finish(users, name, &notes)
    {
        log::error!("{name}: a change of the password can't be finished: {e}");
    }
    users.find(name)
}

fn finish(users: &Users, name: &UserName, notes: &Notes) -> io::Result<()> {
    let path = users.directory().join(name.as_str());
    let (maildrop, _) = safe_open::open(&path, OpenOptions::new().read(true).write(true))?;
    let writing = WriteLock::take(&maildrop, limits::LOGIN_LOCK_WAIT)?;
    if writing.is_some() && Stamp::of(&maildrop)?.stands_at(&path)? && recovery::recover(notes, &maildrop)? {
        log::warn!("{name}: finished a change of the password that a crash had left unfinished");
    }
    Ok(())
}

/// Gives a user's file this password, which must have no line end in it. Once it
/// returns, that is durable. A line that needs less room than there is up to the
/// first message leaves empty lines, which mean nothing; so messages move only
/// when it needs more.
///
/// # Errors
/// The [`ChangeError`].
pub fn change_password(account: &Account, password: &[u8]) -> Result<(), ChangeError> {
    let notes = Notes::new(&account.directory, &account.name);
    let maildrop = &account.file;
    let _session = SessionLock::take(&notes)?.ok_or(Refusal::InUse)?;
    let _writing = WriteLock::take(maildrop, limits::UPDATE_LOCK_WAIT)?.ok_or(Refusal::BeingWritten)?;
    let mut stamp = Stamp::of(maildrop)?;
    let leads_here = stamp.stands_at(&account.path)?;
    if leads_here && recovery::recover(&notes, maildrop)? {
        stamp = Stamp::of(maildrop)?;
    }
    if !leads_here || !account.line_one_stands(stamp.size)? {
        return Err(Refusal::Replaced.into());
    }
    if stamp.size == 0 {
        // Without line one as with an empty one nobody is let in; and it can be replaced.
        maildrop.write_all_at(b"\n", 0)?;
        return Err(Refusal::Replaced.into());
    }
    let first = burst::first_separator(maildrop, account.line_one, stamp.size)?;
    let known = known(&notes, account, &stamp);
    let line = [password, b"\n"].concat();
    let redo = commit(&notes, account, &line, (first, stamp.size))?;
    let longer = redo.to - redo.size;
    drop(redo);
    recovery::recover(&notes, maildrop).map_err(ChangeError::Unfinished)?;
    if let Some(known) = known
        && let Err(e) = renew(&notes, account, known, (stamp.size, longer))
    {
        log::warn!("{}: the sidecar could not be renewed: {e}", account.name);
    }
    Ok(())
}

/// Writes down line one and what comes behind it: empty lines up to where the old
/// line ended, or else the messages, which move.
fn commit(
    notes: &Notes,
    account: &Account,
    line: &[u8],
    (first, size): (u64, u64),
) -> Result<Redo, ChangeError> {
    let needed = line.len() as u64;
    let replaced = if needed <= first { needed.max(account.line_one) } else { size };
    let fill = |payload: &mut Payload| {
        payload.push(line)?;
        if needed <= first {
            let empty_lines = account.line_one.saturating_sub(needed) as usize;
            return payload.push(&vec![b'\n'; empty_lines]);
        }
        each_part(&account.file, first, size, |part| payload.push(part))
    };
    change::commit(notes, &account.file, (0, replaced), fill).map_err(|e| match e {
        CommitError::Before(e) => ChangeError::Refused(Refusal::Disk(e)),
        CommitError::Unsure(e) => ChangeError::Unfinished(e),
    })
}

/// The messages of a maildrop that has a sidecar.
struct Known {
    listing: Listing,
    verified: bool,
}

/// What was known of the messages; `None` if nothing that the next login could not
/// find out, or if it can't be read: then marks follow their messages by identity.
fn known(notes: &Notes, account: &Account, stamp: &Stamp) -> Option<Known> {
    Sidecar::open(notes).ok()??;
    let contents::Known { noted, found, verified } =
        contents::look(notes, &account.file, account.line_one, stamp).ok()?;
    let mut listing = match noted {
        Some(sidecar) => sidecar.listing().ok()??,
        None => Listing::default(),
    };
    listing.messages.extend(found);
    Some(Known { listing, verified })
}

/// Writes the sidecar anew: the maildrop, which had that size, has another stamp,
/// and its messages have moved by so many octets.
fn renew(notes: &Notes, account: &Account, known: Known, (size, longer): (u64, u64)) -> io::Result<()> {
    let Known { mut listing, verified } = known;
    for message in &mut listing.messages {
        let span = &mut message.span;
        (span.start, span.text, span.end) = (span.start + longer, span.text + longer, span.end + longer);
    }
    let (mut stamp, sealed) = seal(&account.file)?;
    stamp.size = size + longer;
    identity::complete_marked(&account.file, &mut listing)?;
    sidecar::save(notes, &account.file, stamp, Trust { sealed, verified }, &listing)?;
    notes.sync()
}
