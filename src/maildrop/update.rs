//! UPDATE (RFC 1081, p. 10): removes the messages marked as deleted, and writes
//! down what the session has referenced.
//!
//! The steps are numbered as in the design. 1 to 4 are here; 5 and 6 are in
//! `rewrite`, for recovery does the same. Step 4 commits, in `change::commit`.

use super::change::{self, CommitError, Redo};
use super::change::{recovery, rewrite};
use super::contents;
use super::files::checksum::each_part;
use super::files::stamp::{Stamp, seal};
use super::identity;
use super::listing::{Listing, Message};
use super::lock::WriteLock;
use super::locked::Maildrop;
use super::mbox::{self, burst};
use super::plan::Plan;
use super::sidecar::{self, Sidecar, Trust};
use crate::limits;
use std::io;
use std::mem;
use std::sync::Arc;

/// A session's work with a maildrop, ended by QUIT and not yet on disk.
#[derive(Debug)]
pub struct Ending(Maildrop);

/// What an UPDATE has done.
#[derive(Debug)]
pub struct Left {
    pub deleted: u64,
    /// Messages in the maildrop now, those that came meanwhile counted.
    pub messages: u64,
    /// The last message was marked as deleted, but was still being written: it
    /// is kept.
    pub last_kept: bool,
    _remains: Remains,
}

/// What a session leaves behind that takes time to throw away, some milliseconds
/// with a large maildrop: for that nobody need wait, neither for the lock nor for
/// the goodbye.
#[derive(Debug)]
struct Remains {
    _noted: Option<Sidecar>,
    _listing: Option<Listing>,
    _redo: Option<Redo>,
}

/// Why an UPDATE was not carried out, or not wholly.
#[derive(Debug)]
pub enum UpdateError {
    /// Nothing was touched.
    Untouched(io::Error),
    /// Somebody else has changed the maildrop; nothing was touched.
    Foreign,
    /// It is committed but not finished; the next open does that.
    Unfinished(io::Error),
    /// The maildrop is as it should be, but which messages were referenced could
    /// not be written down.
    NotNoted(io::Error),
}

impl Ending {
    /// Ends the session's work with the maildrop.
    pub fn of(maildrop: Maildrop) -> Self {
        Ending(maildrop)
    }

    /// Makes what the session has done permanent, then releases the lock.
    ///
    /// # Errors
    /// The [`UpdateError`]. No message is lost that was not marked as deleted.
    pub fn carry_out(self) -> Result<Left, UpdateError> {
        let Ending(mut maildrop) = self;
        let practice = maildrop.lock.is_none();
        if maildrop.has_news() && !practice { maildrop.update() } else { Ok(maildrop.untouched()) }
    }
}

impl Maildrop {
    /// Whether there is anything to write down.
    fn has_news(&self) -> bool {
        let news = |m: &Message| m.deleted || (m.retrieved && !m.marked);
        self.unwritten || self.listing.as_ref().is_some_and(|l| l.messages.iter().any(news))
    }

    fn update(&mut self) -> Result<Left, UpdateError> {
        let deleted = self.messages - self.remaining.messages;
        let file = Arc::clone(&self.file);
        let _writing = WriteLock::take(&file, limits::UPDATE_LOCK_WAIT)
            .and_then(|lock| lock.ok_or_else(|| io::Error::other("somebody is writing to the maildrop")))
            .map_err(UpdateError::Untouched)?;
        // A delivery may have died since the login; its redo file comes first.
        recovery::recover(&self.notes, &file).map_err(UpdateError::Untouched)?;
        match self.verify(deleted > 0) {
            Err(UpdateError::Foreign) => {
                // Else the next login would believe the sidecar again.
                self.distrust();
                // Without deletions, what somebody else did to the maildrop stands
                // in nobody's way; only the marks have no message left to be on.
                if deleted == 0 { Ok(self.untouched()) } else { Err(UpdateError::Foreign) }
            }
            Err(e) => Err(e),
            Ok(last_kept) => self.apply(last_kept),
        }
    }

    /// What is left by a session that has nothing to write down, or may not; a
    /// client that only practises is told what it would be told in earnest.
    fn untouched(&mut self) -> Left {
        // That somebody was too fast for a look at the new mail is no reason for an error.
        let messages = self.remaining.messages + self.arrived().unwrap_or(0);
        let deleted = self.messages - self.remaining.messages;
        Left { deleted, messages, last_kept: false, _remains: self.remains(None) }
    }

    fn remains(&mut self, redo: Option<Redo>) -> Remains {
        Remains { _noted: self.noted.take(), _listing: self.listing.take(), _redo: redo }
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

    /// Steps 1 and 2: the maildrop must be the one that was opened. If it was
    /// touched since, or if something is to be removed and the listing was
    /// believed of a maildrop that only seemed to have grown, the messages which
    /// that concerns must be where they are listed; mail behind them joins the
    /// listing. Returns whether the last message was marked as deleted and must
    /// be kept.
    fn verify(&mut self, removing: bool) -> Result<bool, UpdateError> {
        let now = Stamp::of(&self.file).map_err(UpdateError::Untouched)?;
        let leads_here = now.stands_at(&self.path).map_err(UpdateError::Untouched)?;
        let was = mem::replace(&mut self.stamp, now);
        if !leads_here || now.size < was.size {
            return Err(UpdateError::Foreign);
        }
        self.listing().map_err(UpdateError::Untouched)?;
        let touched = now != was || self.doubted;
        if !touched && (self.verified || !removing) {
            return Ok(false);
        }
        let first =
            if self.doubted || (touched && now.size == was.size) { 0 } else { self.first_concerned() };
        let found = self.burst_from(first)?;
        (self.unwritten, self.verified) = (true, first == 0);
        let listing = self.listing().map_err(UpdateError::Untouched)?;
        adopt(&mut listing.messages, first, found, now.size > was.size)
    }

    /// The place of the first message that an UPDATE depends on, if the maildrop
    /// has only grown: from there on it is written anew, and what is before
    /// stays as it is, whatever that is.
    fn first_concerned(&self) -> usize {
        let messages = self.listing.as_ref().map_or(&[][..], |listing| &listing.messages);
        messages.iter().position(|m| m.deleted).unwrap_or(messages.len().saturating_sub(1))
    }

    /// The messages from this place on as they are now.
    fn burst_from(&mut self, first: usize) -> Result<Vec<Message>, UpdateError> {
        let size = self.stamp.size;
        let listing = self.listing().map_err(UpdateError::Untouched)?;
        let start = listing.messages.get(first).map(|message| message.span.start);
        let found = match start.filter(|_| first > 0) {
            None => contents::burst(&self.file, self.line_one, size).map(|listing| listing.messages),
            Some(start) => mbox::separator_follows_at(&self.file, start, size).and_then(|follows| {
                if follows {
                    contents::burst_from(&self.file, start, size)
                } else {
                    Err(io::ErrorKind::InvalidData.into())
                }
            }),
        };
        found.map_err(|e| match e.kind() {
            io::ErrorKind::InvalidData => UpdateError::Foreign,
            _ => UpdateError::Untouched(e),
        })
    }

    /// Steps 3 to 7, as far as they are needed.
    fn apply(&mut self, last_kept: bool) -> Result<Left, UpdateError> {
        let size = self.stamp.size;
        let listing = self.listing().map_err(UpdateError::Untouched)?;
        let before = listing.messages.len() as u64;
        let plan = Plan::new(listing, size);
        for message in &mut listing.messages {
            message.marked |= message.retrieved;
        }
        let (mut sealed, mut carried_out) = (false, None);
        if let Some(plan) = plan {
            let redo = self.commit(&plan)?;
            let redo = rewrite::carry_out(&self.notes, &self.file, redo).map_err(UpdateError::Unfinished)?;
            carried_out = Some(redo);
            rewrite::forget(&self.notes).map_err(UpdateError::Unfinished)?; // 7.
            (self.stamp, sealed) = seal(&self.file).map_err(UpdateError::NotNoted)?;
            self.stamp.size = plan.to;
            plan.apply_to(self.listing().map_err(UpdateError::NotNoted)?);
        }
        let noted = self.write_notes(sealed);
        self.notes.sync().map_err(UpdateError::NotNoted)?;
        noted.map_err(UpdateError::NotNoted)?;
        let messages = self.listing().map_err(UpdateError::NotNoted)?.messages.len() as u64;
        let remains = self.remains(carried_out);
        Ok(Left { deleted: before - messages, messages, last_kept, _remains: remains })
    }

    /// Steps 3 and 4.
    fn commit(&self, plan: &Plan) -> Result<Redo, UpdateError> {
        let fill = |payload: &mut change::Payload| {
            plan.kept.iter().try_for_each(|part| {
                each_part(&self.file, part.start, part.end, |octets| payload.push(octets))
            })
        };
        change::commit(&self.notes, &self.file, (plan.from, self.stamp.size), fill).map_err(|e| match e {
            CommitError::Before(e) => UpdateError::Untouched(e),
            CommitError::Unsure(e) => UpdateError::Unfinished(e),
        })
    }

    fn write_notes(&mut self, sealed: bool) -> io::Result<()> {
        let Some(listing) = &mut self.listing else { return Ok(()) };
        identity::complete_marked(&self.file, listing)?;
        let trust = Trust { sealed, verified: self.verified };
        sidecar::save(&self.notes, &self.file, self.stamp, trust, listing)
    }
}

/// Compares the messages from `first` on with what a second burst has found of
/// them, and takes over what it has found behind them. Octets appended right
/// behind the last message that do not start another say that it was still being
/// written: it must be kept. Returns whether it was marked as deleted.
fn adopt(
    messages: &mut Vec<Message>,
    first: usize,
    found: Vec<Message>,
    appended: bool,
) -> Result<bool, UpdateError> {
    let known = messages.len() - first;
    if found.len() < known {
        return Err(UpdateError::Foreign);
    }
    let more = found.len() > known;
    let mut last_kept = false;
    for (index, (old, new)) in messages[first..].iter_mut().zip(&found).enumerate() {
        let place = |m: &Message| (m.span.start, m.span.text, m.span.fingerprint);
        let is_last = index + 1 == known;
        let grown = old.span.octets != new.span.octets;
        if place(old) != place(new) || (grown && !(is_last && appended)) {
            return Err(UpdateError::Foreign);
        }
        if is_last && (grown || (appended && !more)) {
            last_kept = old.deleted;
            old.deleted = false;
        }
        if grown {
            *old = Message::new(new.span);
        }
        old.span = new.span;
    }
    messages.extend(found.into_iter().skip(known));
    Ok(last_kept)
}
