//! Removing octets from a maildrop: what is kept moves down, part by part, and then
//! the rest is cut off.
//!
//! The inode is never replaced, so whoever waits to append to the maildrop appends to
//! the right file. What others append meanwhile is kept.

use super::{ChangeError, Intent, Kind, Target, edited};
use crate::limits;
use crate::maildrop::files::{checksum_of_ends, each_part, is_full};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::{FileExt, MetadataExt};

/// A removal that is under way.
pub struct Removal<'f> {
    target: Target<'f>,
    /// Where what is not yet moved goes to.
    to: u64,
    /// How long the maildrop is, as far as it is known.
    size: u64,
    /// Mail of another file that comes before what is kept.
    added: Option<(&'f File, Range<u64>)>,
    /// What is kept and not yet moved.
    kept: Vec<Range<u64>>,
    /// Octets that are moved at a time; fewer when the disk is full.
    part: u64,
    /// The maildrop is not as it was.
    begun: bool,
}

impl<'f> Removal<'f> {
    /// The removal of everything from `from` up to `size` but what is kept.
    pub fn new(target: Target<'f>, (from, size): (u64, u64), kept: Vec<Range<u64>>) -> Self {
        Removal { target, to: from, size, added: None, kept, part: limits::MOVED_PART, begun: false }
    }

    /// The same, and mail of another file, fewer octets than are removed, takes the place
    /// in one change with it.
    pub fn replaced_by(self, file: &'f File, mail: Range<u64>) -> Self {
        Removal { added: Some((file, mail)).filter(|(_, mail)| !mail.is_empty()), ..self }
    }

    /// The same, when something was changed already: it is carried out whoever appends.
    pub fn begun(self) -> Self {
        Removal { begun: true, ..self }
    }

    /// Removes it, durable; the intent still stands.
    ///
    /// # Errors
    /// The [`ChangeError`].
    pub fn carry_out(mut self) -> Result<Removed, ChangeError> {
        loop {
            match self.step() {
                Ok(None) => {}
                Ok(Some(Removed::TooLate)) => {
                    self.target.intents.done();
                    return Ok(Removed::TooLate);
                }
                Ok(Some(removed)) => return Ok(removed),
                Err(e) if self.begun => return Err(ChangeError::Unfinished(e)),
                Err(e) => {
                    self.target.intents.done();
                    return Err(ChangeError::Untouched(e));
                }
            }
        }
    }

    /// The next step; `None`: there is more to be done. An intent that still stands is only
    /// given up for the next one if the path leads here.
    fn step(&mut self) -> io::Result<Option<Removed>> {
        if self.begun && !self.target.is_here()? {
            return Ok(Some(Removed::Replaced));
        }
        if self.added.is_none() && self.kept.is_empty() { self.cut() } else { self.move_part() }
    }

    /// Whether somebody has appended although nothing was done yet.
    fn is_too_late(&self) -> io::Result<bool> {
        Ok(!self.begun && self.target.maildrop.metadata()?.len() != self.size)
    }

    /// Brings in the mail of the other file, or moves as much of what is kept as one intent
    /// takes.
    fn move_part(&mut self) -> io::Result<Option<Removed>> {
        let (file, part, rest) = match &self.added {
            Some((file, mail)) => (*file, vec![mail.clone()], self.kept.clone()),
            None => {
                let (part, rest) = split(&self.kept, self.part);
                (self.target.maildrop, part, rest)
            }
        };
        let octets: u64 = part.iter().map(|range| range.end - range.start).sum();
        let intent = Intent { plan: rest, payload: octets, ..self.intent(Kind::Move, self.to + octets + 1)? };
        let committed = self.target.intents.commit(&intent, |payload| {
            part.iter()
                .try_for_each(|range| each_part(file, range.start, range.end, |octets| payload.push(octets)))
        });
        let intent = match committed {
            Err(e) if self.added.is_none() && is_full(&e) && self.part > limits::SMALLEST_PART => {
                self.part = (self.part / 32).max(limits::SMALLEST_PART);
                return Ok(None);
            }
            other => other?,
        };
        self.added = None;
        self.write(intent)
    }

    /// Writes the payload of an intent in its place.
    fn write(&mut self, intent: Intent) -> io::Result<Option<Removed>> {
        if self.is_too_late()? {
            return Ok(Some(Removed::TooLate));
        }
        self.begun = true;
        write_part(self.target, &intent)?;
        (self.to, self.kept) = (intent.to(), intent.plan);
        Ok(None)
    }

    /// An intent that knows the octets behind `old` again, and the maildrop.
    fn intent(&self, kind: Kind, old: u64) -> io::Result<Intent> {
        let old = checksum_of_ends(self.target.maildrop, old, self.size)?;
        let inode = self.target.maildrop.metadata()?.ino();
        Ok(Intent { old, inode, ..Intent::new(kind, (self.to, self.size)) })
    }

    /// Cuts off what is left, unless somebody has appended meanwhile. The octet that is
    /// overwritten tells after a crash that the cut is still to be made.
    fn cut(&mut self) -> io::Result<Option<Removed>> {
        self.target.intents.commit(&self.intent(Kind::Cut, self.to + 1)?, |_| Ok(()))?;
        if self.is_too_late()? {
            return Ok(Some(Removed::TooLate));
        }
        self.target.maildrop.write_all_at(&[DEAD], self.to)?;
        self.begun = true;
        let size = self.target.maildrop.metadata()?.len();
        if size > self.size {
            self.kept.push(self.size..size);
            self.size = size;
            return Ok(None);
        }
        // The very next call after the look at the size: there is no lock against all.
        self.target.maildrop.set_len(self.to.min(size))?;
        self.target.maildrop.sync_all()?;
        Ok(Some(Removed::Made))
    }
}

/// What has come of a removal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Removed {
    Made,
    /// Somebody has appended before it was begun, and nothing was done.
    TooLate,
    /// Another file has taken the maildrop's place, perhaps a half changed copy; the
    /// intent stands for it.
    Replaced,
}

/// No mail begins with this octet. File systems leave it, too, where a power cut has
/// taken back the new length of a file and not what was cleared behind it.
const DEAD: u8 = 0;

/// Writes the payload, durable, and behind it the octet that says that what follows is no
/// mail any more: a cut that is committed next is then carried out in any case.
fn write_part(Target { intents, maildrop, .. }: Target<'_>, intent: &Intent) -> io::Result<()> {
    intents.each_part(intent, |place, part| maildrop.write_all_at(part, intent.from + place))?;
    maildrop.write_all_at(&[DEAD], intent.to())?;
    maildrop.sync_all()
}

/// The first so many octets of these ranges, and the rest.
fn split(ranges: &[Range<u64>], octets: u64) -> (Vec<Range<u64>>, Vec<Range<u64>>) {
    let (mut part, mut rest, mut room) = (Vec::new(), Vec::new(), octets);
    for range in ranges {
        let middle = range.end.min(range.start + room);
        room -= middle - range.start;
        part.extend(Some(range.start..middle).filter(|part| !part.is_empty()));
        rest.extend(Some(middle..range.end).filter(|rest| !rest.is_empty()));
    }
    (part, rest)
}

/// Goes on with a removal whose next part was committed.
///
/// # Errors
/// `InvalidData` when this is not the maildrop that was half changed, or not any more;
/// else what the system says. The intent stands.
pub fn resume_move(target: Target<'_>, intent: Intent) -> io::Result<()> {
    let size = target.maildrop.metadata()?.len();
    if size < intent.size || checksum_of_ends(target.maildrop, intent.to() + 1, intent.size)? != intent.old {
        return Err(edited());
    }
    write_part(target, &intent)?;
    Removal::new(target, (intent.to(), intent.size), intent.plan).begun().carry_out()?;
    Ok(())
}

/// Makes a cut that was committed, if it was begun and not made. If it was not begun
/// the maildrop stays as it is: nobody was told that anything is gone.
///
/// # Errors
/// As [`resume_move`].
pub fn resume_cut(target: Target<'_>, intent: &Intent) -> io::Result<()> {
    let maildrop = target.maildrop;
    let size = maildrop.metadata()?.len();
    if !is_dead(maildrop, intent.from, size)? {
        return Ok(());
    }
    if size < intent.size {
        return Err(edited());
    }
    let old = checksum_of_ends(maildrop, intent.from + 1, intent.size)?;
    if old != intent.old && !is_cleared(maildrop, intent)? {
        return Err(edited());
    }
    let kept = Vec::from_iter(Some(intent.size..size).filter(|mail| !mail.is_empty()));
    Removal::new(target, (intent.from, size), kept).begun().carry_out()?;
    Ok(())
}

/// Whether a file system has cleared the old octets up to the end of their block, as it does
/// before the new length is durable.
fn is_cleared(maildrop: &File, intent: &Intent) -> io::Result<bool> {
    let block = intent.from.next_multiple_of(limits::SECTOR).min(intent.size);
    let mut zeros = true;
    each_part(maildrop, intent.from, block, |part| {
        zeros &= part.iter().all(|octet| *octet == DEAD);
        Ok(())
    })?;
    Ok(zeros)
}

/// Whether the octets from there on are still to be cut off.
pub fn is_dead(maildrop: &File, at: u64, size: u64) -> io::Result<bool> {
    let mut octet = [!DEAD];
    if at < size {
        maildrop.read_exact_at(&mut octet, at)?;
    }
    Ok(octet == [DEAD])
}
