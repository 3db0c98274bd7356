//! Giving a maildrop another line one, its password.
//!
//! If it fits before the first message, the payload is that line and empty lines, which
//! mean nothing. Else the payload is the whole maildrop: the room for it is made with
//! one call, right after a look at the size. It is full of zeros, as no mail begins.

use super::{ChangeError, Intent, IntentFile, Kind, Payload, Target, edited};
use crate::maildrop::files::each_part;
use crate::maildrop::mbox::burst;
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};

/// Replaces line one, which ends at `line_one`, in a maildrop whose first message stands
/// at `first`. Once it returns, that is durable; the intent still stands.
///
/// # Errors
/// The [`ChangeError`].
pub fn replace(target: Target<'_>, (line_one, first): (u64, u64), line: &[u8]) -> Result<(), ChangeError> {
    let needed = line.len() as u64;
    let fits = needed <= first;
    loop {
        let size = target.maildrop.metadata().map_err(ChangeError::Untouched)?.len();
        let replaced = if fits { needed.max(line_one) } else { size };
        let written = put(target, replaced, |payload| {
            payload.push(line)?;
            if fits {
                return payload.push(&vec![b'\n'; (replaced - needed) as usize]);
            }
            each_part(target.maildrop, first, size, |part| payload.push(part))
        })?;
        // Else somebody has appended: once more, with what came.
        if written {
            return Ok(());
        }
    }
}

/// Has a payload take the place of the first octets, which are not more than those of the
/// payload. `false`: somebody has appended where room was to be made, and nothing was done.
/// Once it returns `true`, that is durable; the intent still stands.
///
/// # Errors
/// The [`ChangeError`].
pub fn put(
    target: Target<'_>,
    replaced: u64,
    fill: impl FnOnce(&mut Payload<'_>) -> io::Result<()>,
) -> Result<bool, ChangeError> {
    let intent = commit(target, (0, replaced), fill).map_err(ChangeError::Untouched)?;
    let room = make_room(target.maildrop, &intent);
    if let Ok(true) = room {
        return write(target, &intent).map(|()| true).map_err(ChangeError::Unfinished);
    }
    target.intents.done();
    room.map_err(ChangeError::Untouched)
}

fn commit(
    Target { intents, maildrop, .. }: Target<'_>,
    places: (u64, u64),
    fill: impl FnOnce(&mut Payload<'_>) -> io::Result<()>,
) -> io::Result<Intent> {
    let inode = maildrop.metadata()?.ino();
    intents.commit(&Intent { inode, ..Intent::new(Kind::LineOne, places) }, fill)
}

/// Makes the maildrop as long as it is to be; `false` if it has grown meanwhile.
fn make_room(maildrop: &File, intent: &Intent) -> io::Result<bool> {
    if intent.to() > intent.size {
        if maildrop.metadata()?.len() != intent.size {
            return Ok(false);
        }
        // The very next call after the look at the size.
        maildrop.set_len(intent.to())?;
    }
    Ok(true)
}

/// Writes the payload, durable: what becomes other octets first, then what comes into the
/// room. A flush between them, and one before, lets a recovery see how far it came.
fn write(Target { intents, maildrop, .. }: Target<'_>, intent: &Intent) -> io::Result<()> {
    let ranges = [0..intent.size, intent.size..intent.to()];
    if !ranges[1].is_empty() {
        maildrop.sync_all()?;
    }
    for range in ranges.iter().filter(|range| !range.is_empty()) {
        intents.each_part(intent, |place, part| {
            let edge = |edge: u64| edge.saturating_sub(place).min(part.len() as u64) as usize;
            let (start, end) = (edge(range.start), edge(range.end));
            maildrop.write_all_at(&part[start..end], place + start as u64)
        })?;
        maildrop.sync_all()?;
    }
    Ok(())
}

/// Finishes a change of line one, if it was begun: the room behind the old end was made,
/// or the first octets are neither the old ones nor the new. Else the old line stands.
///
/// # Errors
/// `InvalidData` when somebody has edited the maildrop; else what the system says. The
/// intent stands.
pub fn resume(target: Target<'_>, intent: &Intent) -> io::Result<()> {
    let Target { intents, maildrop, .. } = target;
    let size = maildrop.metadata()?.len();
    if intent.to() == intent.size {
        return match burst::first_separator(maildrop, intent.size.min(size), size) {
            Err(e) if e.kind() == io::ErrorKind::InvalidData => Err(edited()),
            Err(e) => Err(e),
            Ok(_) => write(target, intent),
        };
    }
    if size < intent.to() || !has_room(intents, maildrop, intent)? {
        return Ok(());
    }
    write(target, intent)
}

/// Whether behind the old end there is room: zeros, or, behind first octets that are all new,
/// zeros and octets of the payload. Nobody's mail begins so.
fn has_room(intents: &IntentFile, maildrop: &File, intent: &Intent) -> io::Result<bool> {
    let (mut here, mut first_new, mut zeros, mut filling) = (Vec::new(), true, true, true);
    intents.each_part(intent, |place, part| {
        here.resize(part.len(), 0);
        maildrop.read_exact_at(&mut here, place)?;
        let first = intent.size.saturating_sub(place).min(part.len() as u64) as usize;
        first_new &= here[..first] == part[..first];
        zeros &= here[first..].iter().all(|octet| *octet == 0);
        filling &= here[first..].iter().zip(&part[first..]).all(|(here, octet)| here == octet || *here == 0);
        Ok(())
    })?;
    Ok(zeros || (first_new && filling))
}
