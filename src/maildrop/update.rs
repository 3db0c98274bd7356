//! UPDATE (RFC 1081, p. 10): removes the messages marked as deleted, and writes down
//! what the session has referenced.

use super::change::recovery::{self, Recovered};
use super::change::remove::{Removal, Removed};
use super::change::{ChangeError, Target};
use super::files::{Stamp, sentence};
use super::listing::{Listing, Message, Plan, highest_marked};
use super::lock::{SessionLock, WriteLock};
use super::locked::Maildrop;
use super::mbox::{self, burst};
use super::sidecar::{Head, News, Sidecar};
use crate::limits;
use crate::users::Access;
use std::fmt;
use std::fs::File;
use std::io;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

/// A session's work with a maildrop, ended by QUIT and not yet on disk.
#[derive(Debug)]
pub struct PendingUpdate(Maildrop);

/// What an UPDATE has done.
#[derive(Debug)]
pub struct UpdateSummary {
    pub deleted: u64,
    /// Messages in the maildrop now, those that came meanwhile counted.
    pub messages: u64,
    /// The last message was marked as deleted, but was still being written: it is kept.
    pub last_kept: bool,
    /// Nothing was to be written: the session was for practice.
    pub practice: bool,
    /// With a large maildrop this takes milliseconds, for which nobody need wait,
    /// neither for the lock nor for the goodbye.
    _drop_later: (Option<Sidecar>, Option<Listing>),
}

/// Why an UPDATE was not carried out, or not wholly.
#[derive(Debug)]
pub enum UpdateError {
    /// Nothing was touched.
    Untouched(io::Error),
    /// Somebody else has changed or replaced the maildrop.
    Foreign,
    /// It is begun and not finished; the next open does that.
    Unfinished(io::Error),
}

impl fmt::Display for UpdateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, e) = match self {
            UpdateError::Foreign => {
                return f.write_str("deleted messages not removed: another program has changed the maildrop");
            }
            UpdateError::Untouched(e) => ("deleted messages not removed, the maildrop is as it was", e),
            UpdateError::Unfinished(e) => {
                ("removing deleted messages is not finished and will be at the next login", e)
            }
        };
        write!(f, "{what}: {}", sentence(e))
    }
}

impl From<ChangeError> for UpdateError {
    fn from(e: ChangeError) -> Self {
        match e {
            ChangeError::Untouched(e) => UpdateError::Untouched(e),
            ChangeError::Unfinished(e) => UpdateError::Unfinished(e),
        }
    }
}

impl From<io::Error> for UpdateError {
    fn from(e: io::Error) -> Self {
        UpdateError::Untouched(e)
    }
}

impl PendingUpdate {
    /// Ends the session's work with the maildrop.
    pub fn of(maildrop: Maildrop) -> Self {
        PendingUpdate(maildrop)
    }

    /// Makes what the session has done permanent, then releases the lock.
    ///
    /// # Errors
    /// The [`UpdateError`]. No message is lost that was not marked as deleted.
    pub fn commit(self) -> Result<UpdateSummary, UpdateError> {
        let PendingUpdate(mut maildrop) = self;
        let deletes = maildrop.remaining.messages < maildrop.messages;
        match (maildrop.is_for_practice(), deletes) {
            (false, true) => maildrop.remove_deleted(),
            (false, false) => {
                if let Err(e) = maildrop.write_down() {
                    log::error!("{}: what was retrieved could not be written down: {e}", maildrop.name);
                }
                Ok(maildrop.untouched())
            }
            (true, _) => Ok(maildrop.untouched()),
        }
    }
}

impl Maildrop {
    /// What is left by a session that removes nothing, or may not; a client that only
    /// practises is told what it would be told in earnest.
    fn untouched(&mut self) -> UpdateSummary {
        // That somebody was too fast for a look at the new mail is no reason for an error.
        let messages = self.remaining.messages + self.arrived().unwrap_or(0);
        self.summary(self.messages - self.remaining.messages, messages, false)
    }

    fn summary(&mut self, deleted: u64, messages: u64, last_kept: bool) -> UpdateSummary {
        let _drop_later = (self.contents.from_sidecar.take(), self.listing.take());
        UpdateSummary { deleted, messages, last_kept, practice: self.is_for_practice(), _drop_later }
    }

    /// How many messages have come since the maildrop was burst.
    fn arrived(&self) -> io::Result<u64> {
        let (end, size) = (self.stamp.size, self.file.metadata()?.len());
        let mut arrived = 0;
        if size > end && mbox::separator_stands_at(&self.file, end, size)? {
            burst::burst(&self.file, end, size, |_| arrived += 1)?;
        }
        Ok(arrived)
    }

    /// Takes the write lock and makes sure that the path leads here, before anything else,
    /// and that no change is unfinished.
    fn begin<'f>(&mut self, file: &'f File, wait: Duration) -> Result<WriteLock<'f>, UpdateError> {
        let busy = || io::Error::other("somebody is writing to the maildrop");
        let writing = WriteLock::take(file, wait)?.ok_or_else(busy)?;
        if !self.target()?.is_here()? {
            return Err(UpdateError::Foreign);
        }
        if !self.files.is_lock(&self.target()?.intents.0)? {
            // Somebody has removed the control files, and the lock with them.
            self.load()?;
            let in_use = || io::Error::other("another session has the maildrop");
            self.access = Access::Exclusive(SessionLock::take(&self.files)?.ok_or_else(in_use)?);
            self.dirty = true;
        }
        match recovery::recover(self.target()?)? {
            Recovered::Nothing | Recovered::Finished => Ok(writing),
            Recovered::Replaced => Err(UpdateError::Foreign),
        }
    }

    fn target(&self) -> io::Result<Target<'_>> {
        match &self.access {
            Access::Exclusive(lock) => Ok(lock.target(&self.file, &self.path)),
            Access::Practice(_) => Err(io::ErrorKind::PermissionDenied.into()),
        }
    }

    /// Writes the sidecar if the session knows more than it: that is all there is to do
    /// when nothing was deleted, and nobody is waited for.
    fn write_down(&mut self) -> Result<(), UpdateError> {
        let known = self.contents.from_sidecar.is_some() && self.contents.after_sidecar.is_empty();
        let marked = self.mark();
        if known && !self.dirty && marked.is_empty() {
            return Ok(());
        }
        let file = Arc::clone(&self.file);
        let _writing = self.begin(&file, Duration::ZERO)?;
        match self.look_again(false) {
            Ok(_) => Ok(self.save(self.recorded(), &marked)?),
            Err(e) => {
                self.drop_sidecar();
                Err(e)
            }
        }
    }

    /// Removes the messages marked as deleted. What is done for that, and in which order,
    /// stands at the head of `maildrop`.
    fn remove_deleted(&mut self) -> Result<UpdateSummary, UpdateError> {
        let file = Arc::clone(&self.file);
        let _writing = self.begin(&file, limits::UPDATE_LOCK_WAIT)?;
        for _ in 0..limits::REOPENINGS {
            let last_kept = self.look_again(true).inspect_err(|e| {
                if matches!(e, UpdateError::Foreign) {
                    // Else the next login would believe the sidecar again.
                    self.drop_sidecar();
                }
            })?;
            let plan = self.plan()?;
            let size = self.stamp.size;
            let removed = match plan.from == size {
                true => Removed::Made,
                false => Removal::new(self.target()?, (plan.from, size), plan.kept.clone()).carry_out()?,
            };
            match removed {
                Removed::Made => return self.removed(&plan, last_kept),
                Removed::Replaced => return Err(UpdateError::Foreign),
                Removed::TooLate => {}
            }
        }
        Err(io::Error::other("others write to the maildrop again and again").into())
    }

    fn plan(&mut self) -> io::Result<Plan> {
        let size = self.stamp.size;
        let first = self.first_deleted();
        Ok(Plan::new(self.load()?, first, size))
    }

    /// The deleted messages are removed; this must still be the maildrop that others see.
    fn removed(&mut self, plan: &Plan, last_kept: bool) -> Result<UpdateSummary, UpdateError> {
        let now = Stamp::of(&self.file).map_err(UpdateError::Unfinished)?;
        let left = self.remaining.messages;
        let deleted = mem::replace(&mut self.messages, left) - left;
        // Mail that was taken in meanwhile lies behind what is listed.
        self.stamp = Stamp { size: plan.end(), ..now };
        self.contents.verified = false;
        if let Err(e) = self.save_without(plan) {
            log::error!("{}: the sidecar could not be written: {e}", self.name);
        }
        if !self.target()?.finish().map_err(UpdateError::Unfinished)? {
            return Err(UpdateError::Foreign);
        }
        Ok(self.summary(deleted, left, last_kept))
    }

    /// Writes the sidecar after a removal. Records in it are written over only if their
    /// messages are gone: a crash in between must not lose the mark of another.
    fn save_without(&mut self, plan: &Plan) -> io::Result<()> {
        let (marked, recorded) = (self.mark(), self.recorded());
        let listing = self.load()?;
        let behind = plan.first.min(recorded)..recorded;
        let recorded =
            if listing.messages[behind].iter().all(|m| m.deleted) { recorded.min(plan.first) } else { 0 };
        plan.apply_to(listing);
        self.save(recorded, &marked)
    }

    /// How many messages at the start are in the sidecar as they are, but for marks.
    fn recorded(&self) -> usize {
        let sidecar = self.contents.from_sidecar.as_ref().filter(|_| !self.dirty);
        sidecar.map_or(0, |sidecar| sidecar.head.messages as usize)
    }

    /// Marks what this session has retrieved; the places of the new marks.
    fn mark(&mut self) -> Vec<usize> {
        let Some(listing) = &mut self.listing else { return Vec::new() };
        self.referenced.sort_unstable();
        let mut marked = Vec::new();
        for &place in &self.referenced {
            let message = &mut listing.messages[place];
            if message.retrieved && !message.marked {
                message.marked = true;
                marked.push(place);
            }
        }
        marked
    }

    fn save(&self, recorded: usize, marked: &[usize]) -> io::Result<()> {
        let sidecar = self.contents.from_sidecar.as_ref();
        let (messages, skipped) = match (&self.listing, sidecar) {
            (Some(listing), _) => (&listing.messages, 0),
            (None, sidecar) => {
                (&self.contents.after_sidecar, sidecar.map_or(0, |sidecar| sidecar.head.messages))
            }
        };
        let first = messages.first().map_or(self.stamp.size, |m| m.span.start);
        let last_marked = marked.last().map_or(0, |place| place + 1);
        let marked: Vec<usize> = marked.iter().copied().filter(|place| *place < recorded).collect();
        let head = Head {
            verified: self.contents.verified,
            messages: skipped + messages.len() as u64,
            octets: self.remaining.octets,
            highest_marked: if skipped > 0 {
                self.highest_before
            } else {
                highest_accessed(messages, recorded, last_marked.max(self.highest_before as usize))
            },
            first: sidecar.filter(|_| skipped > 0).map_or(first, |sidecar| sidecar.head.first),
            ..Head::of(self.stamp)
        };
        let news = News { head, recorded, marked: &marked, messages };
        news.write(&self.files, &self.file, sidecar)
    }
}

/// The highest number accessed for the next session, if it was `highest` before anything
/// was removed. Looking through a million messages takes a while, and those behind it are
/// known to have no mark unless messages have moved.
fn highest_accessed(messages: &[Message], recorded: usize, highest: usize) -> u64 {
    match (highest, recorded) {
        (0, _) => 0,
        (_, 0) => highest_marked(messages),
        (highest, _) => highest_marked(&messages[..highest.min(messages.len())]),
    }
}
