//! UPDATE (RFC 1081, p. 10): removes the messages marked as deleted, and writes
//! down what the session has referenced.
//!
//! The steps are numbered as in the design. 1 to 4 are here; 5 and 6 are in
//! `rewrite`, for recovery does the same. Step 4 commits, in `redo::commit`.

use super::identity::{self, each_part};
use super::listing::{Listing, Message};
use super::lock::WriteLock;
use super::opened::Maildrop;
use super::redo::{self, CommitError, Redo};
use super::sidecar::{self, Trust};
use super::stamp::{Stamp, seal};
use super::{mbox, open, recovery, rewrite, scan};
use crate::limits;
use std::io;
use std::ops::Range;
use std::sync::Arc;

/// A session's work with a maildrop, ended by QUIT and not yet on disk.
#[derive(Debug)]
pub struct Ending(Maildrop);

/// What an UPDATE has done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Left {
    pub deleted: u64,
    /// Messages in the maildrop now, those that came meanwhile counted.
    pub messages: u64,
    /// The last message was marked as deleted, but was still being written: it
    /// is kept.
    pub last_kept: bool,
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
        let deleted = maildrop.messages - maildrop.remaining.messages;
        if !maildrop.has_news() {
            return Ok(maildrop.untouched());
        }
        let file = Arc::clone(&maildrop.file);
        let _writing = WriteLock::take(&file, limits::UPDATE_LOCK_WAIT)
            .and_then(|lock| lock.ok_or_else(|| io::Error::other("somebody is writing to the maildrop")))
            .map_err(UpdateError::Untouched)?;
        // A delivery may have died since the login; its redo file comes first.
        recovery::recover(&maildrop.notes, &file).map_err(UpdateError::Untouched)?;
        match maildrop.verify(deleted > 0) {
            // Without deletions, what somebody else did to the maildrop stands
            // in nobody's way; only the marks have no message left to be on.
            Err(UpdateError::Foreign) if deleted == 0 => {
                maildrop.distrust();
                Ok(maildrop.untouched())
            }
            Err(e) => Err(e),
            Ok(last_kept) => maildrop.apply(last_kept),
        }
    }
}

impl Maildrop {
    /// Whether there is anything to write down.
    fn has_news(&self) -> bool {
        let news = |m: &Message| m.deleted || (m.retrieved && !m.marked);
        self.unwritten || self.listing.as_ref().is_some_and(|l| l.messages.iter().any(news))
    }

    /// What is left by a session that has nothing to write down.
    fn untouched(&self) -> Left {
        // That somebody was too fast for a look at the new mail is no reason for an error.
        let messages = self.remaining.messages + self.arrived().unwrap_or(0);
        Left { deleted: 0, messages, last_kept: false }
    }

    /// How many messages have come since the maildrop was burst.
    fn arrived(&self) -> io::Result<u64> {
        let (end, size) = (self.stamp.size, self.file.metadata()?.len());
        let mut arrived = 0;
        if size > end && mbox::separator_stands_at(&self.file, end, size)? {
            scan::burst(&self.file, end, size, |_| arrived += 1)?;
        }
        Ok(arrived)
    }

    /// Steps 1 and 2: the maildrop must be the one that was opened. If it was
    /// touched since, or if something is to be removed and the listing was
    /// believed of a maildrop that only seemed to have grown, its messages must
    /// be where they are listed; mail behind them joins the listing. Returns
    /// whether the last message was marked as deleted and must be kept.
    fn verify(&mut self, removing: bool) -> Result<bool, UpdateError> {
        let now = Stamp::of(&self.file).map_err(UpdateError::Untouched)?;
        let leads_here = now.stands_at(&self.path).map_err(UpdateError::Untouched)?;
        let was = self.stamp;
        self.stamp = now;
        if !leads_here || now.size < was.size {
            return Err(UpdateError::Foreign);
        }
        self.listing().map_err(UpdateError::Untouched)?;
        if now == was && !self.doubted && (self.verified || !removing) {
            return Ok(false);
        }
        let found = match open::burst(&self.file, self.line_one, now.size) {
            Err(e) if e.kind() == io::ErrorKind::InvalidData => Err(UpdateError::Foreign),
            other => other.map_err(UpdateError::Untouched),
        }?;
        (self.unwritten, self.verified) = (true, true);
        let appended = now.size > was.size;
        adopt(self.listing().map_err(UpdateError::Untouched)?, found, appended)
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
        let mut sealed = false;
        if let Some(plan) = plan {
            let redo = self.commit(&plan)?;
            rewrite::carry_out(&self.notes, &self.file, redo).map_err(UpdateError::Unfinished)?;
            rewrite::forget(&self.notes).map_err(UpdateError::Unfinished)?; // 7.
            (self.stamp, sealed) = seal(&self.file).map_err(UpdateError::NotNoted)?;
            self.stamp.size = plan.to;
            plan.apply_to(self.listing().map_err(UpdateError::NotNoted)?);
        }
        let noted = self.write_notes(sealed);
        self.notes.sync().map_err(UpdateError::NotNoted)?;
        noted.map_err(UpdateError::NotNoted)?;
        let messages = self.listing().map_err(UpdateError::NotNoted)?.messages.len() as u64;
        Ok(Left { deleted: before - messages, messages, last_kept })
    }

    /// Steps 3 and 4.
    fn commit(&self, plan: &Plan) -> Result<Redo, UpdateError> {
        let fill = |payload: &mut redo::Payload| {
            plan.kept.iter().try_for_each(|part| {
                each_part(&self.file, part.start, part.end, |octets| payload.push(octets))
            })
        };
        redo::commit(&self.notes, &self.file, (plan.from, self.stamp.size), fill).map_err(|e| match e {
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

/// Compares the messages with what a second burst has found of them, and takes
/// over what it has found behind them. Octets appended right behind the last
/// message that do not start another say that it was still being written: it
/// must be kept. Returns whether it was marked as deleted.
fn adopt(listing: &mut Listing, found: Listing, appended: bool) -> Result<bool, UpdateError> {
    let known = listing.messages.len();
    if found.messages.len() < known {
        return Err(UpdateError::Foreign);
    }
    let more = found.messages.len() > known;
    let mut last_kept = false;
    for (index, (old, new)) in listing.messages.iter_mut().zip(&found.messages).enumerate() {
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
    listing.messages.extend(found.messages.into_iter().skip(known));
    Ok(last_kept)
}

/// What removing the deleted messages means for the octets on disk.
struct Plan {
    /// Where the first deleted message starts (k).
    from: u64,
    /// Where the maildrop ends afterwards (n).
    to: u64,
    /// What comes to stand from there on.
    kept: Vec<Range<u64>>,
}

impl Plan {
    /// `None` if no message is marked as deleted.
    fn new(listing: &Listing, size: u64) -> Option<Self> {
        let messages = &listing.messages;
        let first = messages.iter().position(|m| m.deleted)?;
        let from = messages[first].span.start;
        let mut kept: Vec<Range<u64>> = Vec::new();
        for (index, message) in messages.iter().enumerate().skip(first).filter(|(_, m)| !m.deleted) {
            let start = message.span.start;
            let end = messages.get(index + 1).map_or(size, |next| next.span.start);
            match kept.last_mut() {
                Some(part) if part.end == start => part.end = end,
                _ => kept.push(start..end),
            }
        }
        let to = from + kept.iter().map(|part| part.end - part.start).sum::<u64>();
        Some(Plan { from, to, kept })
    }

    /// Takes the deleted messages out of a listing and moves up the others.
    fn apply_to(&self, listing: &mut Listing) {
        let mut parts = self.kept.iter();
        let mut part = parts.next();
        let mut moved_to = self.from;
        listing.messages.retain(|m| !m.deleted);
        for message in listing.messages.iter_mut().filter(|m| m.span.start >= self.from) {
            while let Some(done) = part.filter(|p| p.end <= message.span.start) {
                moved_to += done.end - done.start;
                part = parts.next();
            }
            let Some(part) = part else { return };
            let by = part.start - moved_to;
            let span = &mut message.span;
            (span.start, span.text, span.end) = (span.start - by, span.text - by, span.end - by);
        }
    }
}
