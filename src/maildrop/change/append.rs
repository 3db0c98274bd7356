//! Appending a message: with one call, through a descriptor that can only append, so
//! that whoever else appends comes before it or behind it, never into it nor under it.
//!
//! A delivery that did not come to its end never happened: what of it stands in the
//! maildrop is taken out again, and only that. The intent holds all of the message, so
//! that its octets can be told from those of others.

use super::remove::Removal;
use super::{Intent, Kind, Target};
use crate::limits;
use crate::maildrop::files::each_part;
use crate::maildrop::mbox;
use memchr::memmem;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;

/// Appends a message to a maildrop of that size. Once it returns `true`, it is durable,
/// and the intent still stands. `false`: a writer without a lock was faster, and nothing
/// was appended.
///
/// # Errors
/// What the system says. Nothing was appended, or the next open takes it out.
pub fn append(target: Target<'_>, mut appender: &File, size: u64, message: &[u8]) -> io::Result<bool> {
    let Target { intents, maildrop, .. } = target;
    intents.commit(&Intent::new(Kind::Append, (size, size)), |payload| payload.push(message))?;
    let alone = maildrop.metadata().map(|metadata| metadata.len() == size);
    if !matches!(alone, Ok(true)) {
        intents.done();
        return alone;
    }
    // The very next call after the look at the size.
    let (octets, written) = write(appender, message);
    let end = appender.stream_position().unwrap_or(size + octets);
    let mine = end.saturating_sub(octets)..end;
    let appended = written.and_then(|()| {
        maildrop.sync_all()?;
        Ok(mine.start == size || is_separated(maildrop, &mine, message))
    });
    if !matches!(appended, Ok(true)) {
        take_out(target, &mine, message)?;
        target.finish()?;
    }
    appended
}

/// One call, but for a message of more than 2 GiB, of which the system takes no more.
/// Returns how many octets were written.
fn write(mut appender: &File, message: &[u8]) -> (u64, io::Result<()>) {
    let mut octets = 0;
    while octets < message.len() {
        match appender.write(&message[octets..]) {
            Ok(written) => {
                octets += written;
                if written < limits::ONE_CALL && octets < message.len() {
                    return (octets as u64, Err(io::ErrorKind::StorageFull.into()));
                }
            }
            Err(e) => return (octets as u64, Err(e)),
        }
    }
    (octets as u64, Ok(()))
}

/// Whether the message separates from what somebody has appended before it. It is durable
/// by now: that this can't be found out does not make it undelivered.
fn is_separated(maildrop: &File, mine: &Range<u64>, message: &[u8]) -> bool {
    mbox::separator_follows_at(maildrop, mine.start + blank(message), mine.end).unwrap_or(true)
}

/// Octets of the line ends before the separator line.
fn blank(message: &[u8]) -> u64 {
    message.iter().take_while(|octet| matches!(octet, b'\r' | b'\n')).count() as u64
}

/// Takes out octets of a message. The empty line before it becomes that of the mail
/// behind it; a power cut may have left zeros there.
fn take_out(target: Target<'_>, mine: &Range<u64>, message: &[u8]) -> io::Result<()> {
    let maildrop = target.maildrop;
    let size = maildrop.metadata()?.len();
    if mine.end == size && !mine.is_empty() {
        // The very next call after the look at the size.
        maildrop.set_len(mine.start)?;
        return maildrop.sync_all();
    }
    let start = mine.end.min(mine.start + blank(message));
    maildrop.write_all_at(&message[..(start - mine.start) as usize], mine.start)?;
    if start < mine.end {
        let theirs = Vec::from_iter(Some(mine.end..size));
        Removal::new(target, (start, size), theirs).begun().carry_out()?;
    }
    Ok(())
}

/// Settles a delivery that was committed and not ended: if all of its message is there
/// it stays, else what is there of it goes.
///
/// # Errors
/// What the system says; the intent stands.
pub fn resume(target: Target<'_>, intent: &Intent) -> io::Result<()> {
    let Target { intents, maildrop, .. } = target;
    let mut message = Vec::new();
    intents.each_part(intent, |_, part| {
        message.extend_from_slice(part);
        Ok(())
    })?;
    if stands(maildrop, &message, intent.from)? {
        return maildrop.sync_all();
    }
    match find(maildrop, &message, intent.from)? {
        Some(mine) => take_out(target, &mine, &message),
        None => Ok(()),
    }
}

/// Whether all of a message stands in the maildrop, from there on.
pub fn stands(maildrop: &File, message: &[u8], from: u64) -> io::Result<bool> {
    let place = find(maildrop, message, from)?;
    place.map_or(Ok(false), |place| Ok(alike(maildrop, message, &place)?.0 == message.len() as u64))
}

/// A kill cuts a write short where a page of the file ends.
const PAGE: u64 = 4096;

/// Octets at the start of a message by which it is looked for.
const START: usize = 64;

/// Where the message stands, or else what there is of it.
fn find(maildrop: &File, message: &[u8], from: u64) -> io::Result<Option<Range<u64>>> {
    let size = maildrop.metadata()?.len();
    let mut part = None;
    for start in starts(maildrop, message, from, size)? {
        let length = (message.len() as u64).min(size - start);
        let (same, same_or_zero) = alike(maildrop, message, &(start..start + length))?;
        if same == message.len() as u64 {
            return Ok(Some(start..start + length));
        }
        // A power cut may leave zeros where octets should be.
        let end = start + same_or_zero;
        let page = end - end % PAGE;
        // An empty line may be anybody's.
        let empty = start + blank(message);
        let at_a_page = end % PAGE == 0 && end > empty;
        let mine = if same_or_zero == length && (start == from || at_a_page || length > same) {
            end
        } else if page > empty && mail_begins_at(maildrop, page, size)? {
            page
        } else {
            continue;
        };
        part = part.or(Some(start..mine).filter(|part| !part.is_empty()));
    }
    Ok(part)
}

/// Where the message may start: at the old end, or wherever its first octets stand.
fn starts(maildrop: &File, message: &[u8], from: u64, size: u64) -> io::Result<Vec<u64>> {
    let needle = &message[..message.len().min(START)];
    let (mut found, mut window, mut at) =
        (Vec::from_iter(Some(from).filter(|from| *from < size)), Vec::new(), from);
    each_part(maildrop, from, size, |part| {
        window.extend_from_slice(part);
        found.extend(memmem::find_iter(&window, needle).map(|hit| at + hit as u64));
        let kept = window.len().min(needle.len().saturating_sub(1));
        at += (window.len() - kept) as u64;
        window.drain(..window.len() - kept);
        Ok(())
    })?;
    // What is left of the window may be less than that of the message.
    found.extend(
        (0..window.len())
            .filter(|place| needle.starts_with(&window[*place..]))
            .map(|place| at + place as u64),
    );
    found.dedup();
    Ok(found)
}

/// How many octets of the maildrop there are those that the message starts with, and
/// how many are those or zeros.
fn alike(maildrop: &File, message: &[u8], place: &Range<u64>) -> io::Result<(u64, u64)> {
    let (mut same, mut same_or_zero, mut at) = (None, None, 0);
    each_part(maildrop, place.start, place.end, |part| {
        let expected = &message[at..at + part.len()];
        let first = |differs: &dyn Fn(&u8, &u8) -> bool| {
            part.iter().zip(expected).position(|(here, octet)| differs(here, octet)).map(|n| (at + n) as u64)
        };
        same = same.or_else(|| first(&|here, octet| here != octet));
        same_or_zero = same_or_zero.or_else(|| first(&|here, octet| here != octet && *here != 0));
        at += part.len();
        Ok(())
    })?;
    Ok((same.unwrap_or(at as u64), same_or_zero.unwrap_or(at as u64)))
}

/// Whether somebody's mail begins there, perhaps with an empty line.
fn mail_begins_at(maildrop: &File, at: u64, size: u64) -> io::Result<bool> {
    let mut start = [0; 2 + mbox::SEPARATOR.len()];
    let start = &mut start[..((size - at) as usize).min(2 + mbox::SEPARATOR.len())];
    maildrop.read_exact_at(start, at)?;
    let blank = blank(start) as usize;
    Ok(start[blank..].starts_with(mbox::SEPARATOR))
}
