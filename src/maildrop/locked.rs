//! A maildrop in the hands of a session: locked, burst, and what the client has
//! done with its messages. It can't change what is on disk; `update` can.

use super::change::recovery;
use super::contents;
use super::files::control_files::{Note, Notes};
use super::files::stamp::Stamp;
use super::identity;
use super::listing::{Identity, Listing, Message};
use super::lock::{SessionLock, WriteLock};
use super::mbox::read;
use super::sidecar::Sidecar;
use crate::limits;
use crate::protocol::credentials::UserName;
use crate::protocol::message::{Chunk, MessageNumber, Totals};
use crate::users::Identified;
use std::fs::File;
use std::io;
use std::mem;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

/// Why a maildrop was not opened, although the client may have it.
#[derive(Debug)]
pub enum Refusal {
    /// Another session has it (RFC 1081, p. 5).
    InUse,
    /// Somebody has been writing to it for longer than a login waits.
    BeingWritten,
    /// Another file has taken its place, or another password; to be opened again
    /// from the start.
    Replaced,
    /// It can't be parsed, or a person must decide what to do with it.
    Unparsable(io::Error),
    /// The disk or the system refuses.
    Disk(io::Error),
}

impl From<io::Error> for Refusal {
    fn from(e: io::Error) -> Self {
        if e.kind() == io::ErrorKind::InvalidData { Refusal::Unparsable(e) } else { Refusal::Disk(e) }
    }
}

/// Why a number a client gave names no message (RFC 1081, pp. 7 and 8).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Absent {
    NeverThere,
    Deleted(MessageNumber),
}

/// A maildrop in the hands of a session that has locked it.
#[derive(Debug)]
pub struct Maildrop {
    pub name: UserName,
    pub(super) path: PathBuf,
    pub(super) file: Arc<File>,
    pub(super) line_one: u64,
    pub(super) notes: Notes,
    /// `None` in practice: nobody is kept out who can change nothing.
    pub(super) lock: Option<SessionLock>,
    /// The file when it was burst.
    pub(super) stamp: Stamp,
    /// What the listing is made of when it is first needed: what was noted of
    /// the first messages, and the messages after those.
    pub(super) noted: Option<Sidecar>,
    found: Vec<Message>,
    pub(super) listing: Option<Listing>,
    /// The listing knows more than the sidecar does.
    pub(super) unwritten: bool,
    /// The listing is that of a whole burst, not of what only seemed to have grown.
    pub(super) verified: bool,
    /// Something of the listing was found to be untrue.
    pub(super) doubted: bool,
    /// Messages, those marked as deleted counted.
    pub(super) messages: u64,
    pub(super) remaining: Totals,
    /// The highest number accessed, now and when the session began.
    pub(super) highest: u64,
    pub(super) highest_before: u64,
}

impl Maildrop {
    /// Locks and bursts the maildrop of a user (RFC 1081, pp. 3 and 4).
    ///
    /// # Errors
    /// The [`Refusal`]; nothing stays locked.
    pub fn open(identified: Identified) -> Result<Self, Refusal> {
        let account = identified.into_account();
        let notes = Notes::new(&account.directory, &account.name);
        let lock = match account.practice {
            false => Some(SessionLock::take(&notes)?.ok_or(Refusal::InUse)?),
            true => None,
        };
        let writing =
            WriteLock::take(&account.file, limits::LOGIN_LOCK_WAIT)?.ok_or(Refusal::BeingWritten)?;
        let mut stamp = Stamp::of(&account.file)?;
        if !stamp.stands_at(&account.path)? {
            return Err(Refusal::Replaced);
        }
        if account.practice {
            recovery::find_nothing_unfinished(&notes)?;
        } else if recovery::recover(&notes, &account.file)? {
            log::warn!("{}: finished a change that a crash had left unfinished", account.name);
            stamp = Stamp::of(&account.file)?;
        }
        if !account.line_one_stands(stamp.size)? {
            return Err(Refusal::Replaced);
        }
        let known = contents::look(&notes, &account.file, account.line_one, &stamp)?;
        drop(writing);
        let (remaining, highest) = (known.drop_listing(), known.highest_marked());
        Ok(Maildrop {
            name: account.name,
            path: account.path,
            file: Arc::new(account.file),
            line_one: account.line_one,
            notes,
            lock,
            stamp,
            unwritten: known.noted.is_none() || !known.found.is_empty(),
            verified: known.verified,
            doubted: false,
            noted: known.noted,
            found: known.found,
            listing: None,
            messages: remaining.messages,
            remaining,
            highest,
            highest_before: highest,
        })
    }

    /// Messages in the maildrop, those marked as deleted counted.
    pub fn messages(&self) -> u64 {
        self.messages
    }

    /// Messages and octets, those marked as deleted not counted (p. 6).
    pub fn remaining(&self) -> Totals {
        self.remaining
    }

    /// The highest number accessed (p. 9), 0 if there is none.
    pub fn highest_accessed(&self) -> u64 {
        self.highest
    }

    /// The message of this number, if it is there and not marked as deleted.
    ///
    /// # Errors
    /// As [`Maildrop::each`].
    pub fn find(&mut self, number: u64) -> io::Result<Result<MessageNumber, Absent>> {
        if number == 0 || number > self.messages {
            return Ok(Err(Absent::NeverThere));
        }
        let number = MessageNumber::from_index(number as usize - 1);
        let deleted = self.message(number)?.deleted;
        Ok(if deleted { Err(Absent::Deleted(number)) } else { Ok(number) })
    }

    /// The size of a message in octets, as RETR sends it without byte-stuffing.
    ///
    /// # Errors
    /// As [`Maildrop::each`].
    pub fn octets(&mut self, number: MessageNumber) -> io::Result<u64> {
        Ok(self.message(number)?.span.octets)
    }

    /// Hands out a message in pieces; the taker may break off at the end of a line.
    ///
    /// # Errors
    /// The taker's; `InvalidData` and `UnexpectedEof` when the message is not
    /// where it was; else what the system says.
    pub fn read(
        &mut self,
        number: MessageNumber,
        take: impl FnMut(Chunk<'_>) -> io::Result<ControlFlow<()>>,
    ) -> io::Result<()> {
        let span = self.message(number)?.span;
        read::read(&self.file, &span, take)
    }

    /// Notes that RETR has referenced a message (p. 7).
    ///
    /// # Errors
    /// As [`Maildrop::each`].
    pub fn retrieved(&mut self, number: MessageNumber) -> io::Result<()> {
        self.message(number)?.retrieved = true;
        self.highest = self.highest.max(number.get());
        Ok(())
    }

    /// Marks a message as deleted (p. 8).
    ///
    /// # Errors
    /// As [`Maildrop::each`].
    pub fn delete(&mut self, number: MessageNumber) -> io::Result<()> {
        let message = self.message(number)?;
        message.deleted = true;
        self.remaining.octets -= message.span.octets;
        self.remaining.messages -= 1;
        self.highest = self.highest.max(number.get());
        Ok(())
    }

    /// Takes back every mark of this session (pp. 9 and 10).
    pub fn reset(&mut self) {
        if let Some(listing) = &mut self.listing {
            for message in &mut listing.messages {
                (message.deleted, message.retrieved) = (false, false);
            }
            self.remaining = listing.remaining();
        }
        self.highest = self.highest_before;
    }

    /// The messages not marked as deleted, each with its number and its octets.
    ///
    /// # Errors
    /// `InvalidData` when the maildrop is not what it seemed at login; the
    /// sidecar is then gone. Else what the system says.
    pub fn each(&mut self) -> io::Result<impl Iterator<Item = (MessageNumber, u64)>> {
        Ok(self.listing()?.numbered().map(|(number, message)| (number, message.span.octets)))
    }

    /// The messages not marked as deleted, each with its number and its unique-id.
    ///
    /// # Errors
    /// As [`Maildrop::each`].
    pub fn unique_ids(&mut self) -> io::Result<impl Iterator<Item = (MessageNumber, Identity)>> {
        self.listing()?;
        if let Some(listing) = &mut self.listing {
            self.unwritten |= identity::complete(&self.file, listing)?;
        }
        Ok(self.listing()?.numbered().filter_map(|(number, message)| Some((number, message.identity?))))
    }

    /// The unique-id of a message.
    ///
    /// # Errors
    /// As [`Maildrop::each`].
    pub fn unique_id(&mut self, number: MessageNumber) -> io::Result<Identity> {
        let found = self.unique_ids()?.find(|(n, _)| *n == number);
        found.map(|(_, identity)| identity).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Forgets the sidecar: something of the listing was found to be untrue.
    pub fn distrust(&mut self) {
        self.doubted = true;
        if self.lock.is_none() {
            return;
        }
        if let Err(e) = self.notes.remove(Note::State) {
            log::error!("{}: the sidecar tells untruths and can't be removed: {e}", self.name);
        }
    }

    fn message(&mut self, number: MessageNumber) -> io::Result<&mut Message> {
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        self.listing()?.messages.get_mut(number.index()).ok_or_else(missing)
    }

    /// The listing, put together when it is first needed. If the sidecar is not
    /// what it seemed at login, the maildrop is burst after all.
    pub(super) fn listing(&mut self) -> io::Result<&mut Listing> {
        if self.listing.is_none() {
            self.listing = Some(self.put_together()?);
        }
        self.listing.as_mut().ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    fn put_together(&mut self) -> io::Result<Listing> {
        let found = mem::take(&mut self.found);
        let Some(sidecar) = &self.noted else { return Ok(Listing { messages: found }) };
        match sidecar.listing()? {
            Some(mut listing) => {
                listing.messages.extend(found);
                Ok(listing)
            }
            None => self.burst_again(),
        }
    }

    fn burst_again(&mut self) -> io::Result<Listing> {
        self.distrust();
        self.unwritten = true;
        let listing = contents::burst(&self.file, self.line_one, self.stamp.size)?;
        (self.verified, self.doubted) = (true, false);
        let same = listing.remaining() == self.remaining;
        if same { Ok(listing) } else { Err(io::ErrorKind::InvalidData.into()) }
    }
}
