//! Looking again at a maildrop before it is changed: what a session will remove must be
//! what it has seen, whatever others have done meanwhile.

use super::contents;
use super::files::Stamp;
use super::listing::Message;
use super::locked::Maildrop;
use super::mbox;
use super::update::UpdateError;
use std::io;
use std::mem;
use std::time::SystemTime;

impl Maildrop {
    /// Makes sure that the messages are where they are listed, if something is to be
    /// removed or the maildrop was touched since the login; mail behind them joins the
    /// listing. The caller holds the write lock. Returns whether the last message was
    /// marked as deleted and must be kept, for it is still being written.
    ///
    /// # Errors
    /// `Foreign` when they are not; `Untouched` when that can't be found out.
    pub(super) fn look_again(&mut self, removing: bool) -> Result<bool, UpdateError> {
        let now = Stamp::of(&self.file)?;
        let was = mem::replace(&mut self.stamp, now);
        if now.size < was.size {
            return Err(UpdateError::Foreign);
        }
        let (touched, grown) = (now != was || self.stale, now.size > was.size);
        if !touched && (self.contents.verified || !removing) {
            return Ok(false);
        }
        if !removing && grown && !self.stale {
            // What came lies behind what is listed.
            self.stamp.size = was.size;
            self.contents.verified = false;
            return Ok(false);
        }
        self.load()?;
        let first = if self.stale || (touched && !grown) { 0 } else { self.first_deleted() };
        let found = self.burst_from(first)?;
        if first == 0 {
            (self.dirty, self.stale) = (true, false);
            self.contents.verified = now.is_settled(SystemTime::now());
        }
        self.adopt(first, &found, grown)
    }

    /// The place of the first message that is marked as deleted: what is before it stays
    /// as it is, whatever that is.
    pub(super) fn first_deleted(&self) -> usize {
        let messages = self.listing.as_ref().map_or(&[][..], |listing| &listing.messages);
        let deleted = self.referenced.iter().copied().filter(|place| messages[*place].deleted);
        deleted.min().unwrap_or(messages.len())
    }

    /// The messages from this place on as they are now.
    fn burst_from(&mut self, first: usize) -> Result<Vec<Message>, UpdateError> {
        let size = self.stamp.size;
        let start = self.load()?.messages.get(first).map(|message| message.span.start);
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

    /// Compares the messages from `first` on with what was found of them now, and takes
    /// over what was found behind them. What is to be removed must be what was seen, octet
    /// for octet; what stays must only be in its place. Octets appended right behind the
    /// last message that do not start another say that it was still being written: it must
    /// be kept.
    fn adopt(&mut self, first: usize, found: &[Message], appended: bool) -> Result<bool, UpdateError> {
        let (known, mut remaining) = (self.load()?.messages.len() - first, self.remaining);
        if found.len() < known {
            return Err(UpdateError::Foreign);
        }
        let messages = &mut self.load()?.messages;
        let (mut last_kept, mut dirty) = (false, false);
        for (place, (old, new)) in messages[first..].iter_mut().zip(found).enumerate() {
            let (was, is) = (old.span, new.span);
            let in_place =
                (was.start, was.text, was.end, was.octets) == (is.start, is.text, is.end, is.octets);
            if appended && place + 1 == known && (!in_place || found.len() == known) {
                if (was.start, was.text) != (is.start, is.text) {
                    return Err(UpdateError::Foreign);
                }
                last_kept = mem::take(&mut old.deleted);
                remaining.messages += u64::from(last_kept);
                remaining.octets += if last_kept { was.octets } else { 0 };
            } else if !in_place || (old.deleted && was.digest != is.digest) {
                return Err(UpdateError::Foreign);
            }
            if was != is {
                remaining.octets = remaining.octets + is.octets - was.octets;
                *old = *new;
                dirty = true;
            }
        }
        let arrived = &found[known..];
        messages.extend_from_slice(arrived);
        remaining.messages += arrived.len() as u64;
        remaining.octets += arrived.iter().map(|m| m.span.octets).sum::<u64>();
        self.messages += arrived.len() as u64;
        (self.remaining, self.dirty) = (remaining, self.dirty || dirty);
        Ok(last_kept)
    }
}
