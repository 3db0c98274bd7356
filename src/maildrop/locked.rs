//! A maildrop in the hands of a session: locked, burst, and what the client has done
//! with its messages. It can't change what is on disk; `update` can.

use super::contents::{self, Contents};
use super::files::Stamp;
use super::files::control_files::{ControlFile, ControlFiles};
use super::listing::{Listing, Message, Span, UniqueId};
use super::lock::SessionLock;
use super::mbox::read;
use crate::protocol::credentials::UserName;
use crate::protocol::message::{Chunk, MessageNumber, Totals};
use crate::users::Access;
use std::fs::File;
use std::io;
use std::mem;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

/// Why a number a client gave names no message (RFC 1081, pp. 7 and 8).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoSuchMessage {
    OutOfRange,
    Deleted(MessageNumber),
}

/// A message that is there and not marked as deleted, until a command does so.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    pub number: MessageNumber,
    span: Span,
}

impl Found {
    /// Its size in octets, as RETR sends it without byte-stuffing.
    pub fn octets(&self) -> u64 {
        self.span.octets
    }
}

/// A maildrop in the hands of a session that has locked it.
#[derive(Debug)]
pub struct Maildrop {
    pub name: UserName,
    pub(super) path: PathBuf,
    pub(super) file: Arc<File>,
    pub(super) line_one: u64,
    pub(super) files: ControlFiles,
    /// The transcript tells of it.
    pub access: Access<SessionLock>,
    /// The file when it was burst.
    pub(super) stamp: Stamp,
    /// What the listing is made of when it is first needed.
    pub(super) contents: Contents,
    pub(super) listing: Option<Listing>,
    /// The listing knows more than the sidecar does, also of its messages.
    pub(super) dirty: bool,
    /// Something of the listing was found to be untrue.
    pub(super) stale: bool,
    /// Messages, those marked as deleted counted.
    pub(super) messages: u64,
    pub(super) remaining: Totals,
    /// Places of the messages that this session has retrieved or deleted.
    pub(super) referenced: Vec<usize>,
    /// The highest number accessed, now and when the session began.
    pub(super) highest: u64,
    pub(super) highest_before: u64,
}

impl Maildrop {
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

    /// Whether nothing may be written: the session is for practice.
    pub fn is_for_practice(&self) -> bool {
        matches!(self.access, Access::Practice(_))
    }

    /// The message of this number, if it is there and not marked as deleted.
    ///
    /// # Errors
    /// As [`Maildrop::load`].
    pub fn find(&mut self, number: u64) -> io::Result<Result<Found, NoSuchMessage>> {
        let Some(place) = number.checked_sub(1).filter(|_| number <= self.messages) else {
            return Ok(Err(NoSuchMessage::OutOfRange));
        };
        let number = MessageNumber::from_index(place as usize);
        let Some(message) = self.load()?.messages.get(place as usize) else {
            return Ok(Err(NoSuchMessage::OutOfRange));
        };
        let found = Found { number, span: message.span };
        Ok(if message.deleted { Err(NoSuchMessage::Deleted(number)) } else { Ok(found) })
    }

    /// Hands out a message in chunks; the taker may break off at the end of a line.
    ///
    /// # Errors
    /// The taker's; `InvalidData` and `UnexpectedEof` when the message is not where it
    /// was; else what the system says.
    pub fn read(
        &self,
        message: &Found,
        take: impl FnMut(Chunk<'_>) -> io::Result<ControlFlow<()>>,
    ) -> io::Result<()> {
        read::read(&self.file, &message.span, take)
    }

    /// Notes that RETR has referenced a message (p. 7).
    pub fn retrieved(&mut self, message: &Found) {
        self.reference(message.number, |message| message.retrieved = true);
    }

    /// Marks a message as deleted (p. 8).
    pub fn delete(&mut self, message: &Found) {
        self.reference(message.number, |message| message.deleted = true);
        self.remaining.octets -= message.span.octets;
        self.remaining.messages -= 1;
    }

    fn reference(&mut self, number: MessageNumber, note: impl FnOnce(&mut Message)) {
        if let Some(message) = self.listing.as_mut().and_then(|l| l.messages.get_mut(number.index())) {
            note(message);
            self.referenced.push(number.index());
            self.highest = self.highest.max(number.get());
        }
    }

    /// Takes back every mark of this session (pp. 9 and 10).
    pub fn reset(&mut self) {
        for place in mem::take(&mut self.referenced) {
            let message = self.listing.as_mut().and_then(|listing| listing.messages.get_mut(place));
            if let Some(message) = message {
                if message.deleted {
                    self.remaining.octets += message.span.octets;
                    self.remaining.messages += 1;
                }
                (message.deleted, message.retrieved) = (false, false);
            }
        }
        self.highest = self.highest_before;
    }

    /// The unique-id of a message.
    ///
    /// # Errors
    /// As [`Maildrop::load`].
    pub fn unique_id(&mut self, message: &Found) -> io::Result<UniqueId> {
        let messages = &self.numbered()?.messages;
        let found = messages.get(message.number.index()).map(Message::unique_id);
        found.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// The listing, in which every message knows its unique-id.
    ///
    /// # Errors
    /// As [`Maildrop::load`].
    pub fn numbered(&mut self) -> io::Result<&Listing> {
        let new = self.load()?.number_copies();
        self.dirty |= new;
        self.load().map(|listing| &*listing)
    }

    /// Drops the sidecar: something of the listing was found to be untrue.
    pub fn drop_sidecar(&mut self) {
        self.stale = true;
        if self.is_for_practice() {
            return;
        }
        if let Err(e) = self.files.remove(ControlFile::State) {
            log::error!("{}: the sidecar does not match the maildrop and can't be removed: {e}", self.name);
        }
    }

    /// The listing, put together when it is first needed. If the sidecar is not what it
    /// seemed at login, the maildrop is burst after all.
    ///
    /// # Errors
    /// `InvalidData` when the maildrop is not what it seemed at login; the sidecar is then
    /// gone. Else what the system says.
    pub fn load(&mut self) -> io::Result<&mut Listing> {
        if self.listing.is_none() {
            self.listing = Some(self.put_together()?);
        }
        self.listing.as_mut().ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    fn put_together(&mut self) -> io::Result<Listing> {
        let Some(sidecar) = &self.contents.from_sidecar else {
            return Ok(Listing { messages: mem::take(&mut self.contents.after_sidecar) });
        };
        match sidecar.listing(self.contents.after_sidecar.len()) {
            Some(mut listing) => {
                listing.messages.extend_from_slice(&self.contents.after_sidecar);
                Ok(listing)
            }
            None => self.burst_again(),
        }
    }

    fn burst_again(&mut self) -> io::Result<Listing> {
        let before = self.contents.from_sidecar.take().map_or_else(Vec::new, |sidecar| sidecar.salvage());
        self.drop_sidecar();
        self.dirty = true;
        let mut listing = contents::burst(&self.file, self.line_one, self.stamp.size)?;
        contents::carry_over(&before, &mut listing.messages);
        self.contents.verified = self.stamp.is_settled(SystemTime::now());
        self.stale = false;
        let same = listing.remaining() == self.remaining;
        if same { Ok(listing) } else { Err(io::ErrorKind::InvalidData.into()) }
    }
}
