//! The sidecar, `NAME.state`: what was found out about a maildrop, kept so that the
//! next login need not read it all, and the marks of RETR.
//!
//! It is a cache: what of it is doubtful is not believed. It is believed for reading
//! if the stamp agrees; what is to be removed is burst again. An UPDATE writes what
//! has changed in place. A crash in the middle of that shows: the head has the sum of
//! the checksums of all records. Each record also has one of its own, so that no mark
//! of an earlier session is lost with the rest.

mod head;

use super::files::control_files::{ControlFile, ControlFiles};
use super::files::{Stamp, each_part};
use super::listing::{Listing, Message};
use crate::limits;
pub use head::Head;
use head::{HEAD, RECORD};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

/// How a sidecar stands to a maildrop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It tells the truth.
    Believed,
    /// It tells the truth of what was there before more was appended.
    Grown,
    /// It tells of another time.
    Stale,
}

/// A sidecar whose head makes sense.
#[derive(Debug)]
pub struct Sidecar {
    file: File,
    pub head: Head,
}

impl Sidecar {
    /// Opens the sidecar; `None` if there is none that makes sense or can be read.
    pub fn open(files: &ControlFiles) -> io::Result<Option<Self>> {
        let (file, metadata) = match files.open(ControlFile::State) {
            Ok(Some(opened)) => opened,
            Ok(None) => return Ok(None),
            // A directory, a FIFO, a file of somebody else is no sidecar.
            Err(e) if matches!(e.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::PermissionDenied) => {
                log::warn!("{e}; the maildrop is read in its place");
                return Ok(None);
            }
            Err(e) => return Err(e),
        };
        let mut octets = [0; HEAD];
        if metadata.len() < HEAD as u64 || file.read_exact_at(&mut octets, 0).is_err() {
            return Ok(None);
        }
        let records = (metadata.len() - HEAD as u64) / RECORD as u64;
        let head = Head::decode(&octets).filter(|head| head.messages <= records);
        Ok(head.map(|head| Sidecar { file, head }))
    }

    /// Whether this can be believed of a maildrop with that stamp.
    pub fn judge(&self, maildrop: &File, now: &Stamp) -> io::Result<Verdict> {
        let then = &self.head.stamp;
        if then == now {
            return Ok(Verdict::Believed);
        }
        let grown = then.is_same_file(now) && then.size < now.size && self.head.samples_match(maildrop)?;
        Ok(if grown { Verdict::Grown } else { Verdict::Stale })
    }

    /// Reads the records, with room for more messages; `None` if they are not what
    /// the head says, or can't be read.
    pub fn listing(&self, more: usize) -> Option<Listing> {
        let mut messages = Vec::with_capacity(self.head.messages as usize + more);
        let mut sum = 0_u64;
        let read = self.each_record(0, |message, checksum| {
            messages.extend(message);
            sum = sum.wrapping_add(checksum);
        });
        let whole = read.is_ok() && messages.len() as u64 == self.head.messages && sum == self.head.sum;
        let mut at = self.head.first;
        let ordered = messages.iter().all(|Message { span, .. }| {
            let follows = span.start >= at && span.start < span.text && span.text <= span.end;
            at = span.end;
            follows
        });
        let octets = messages.iter().try_fold(0_u64, |all, m| all.checked_add(m.span.octets));
        let fits = whole && ordered && at <= self.head.stamp.size && octets == Some(self.head.octets);
        fits.then_some(Listing { messages })
    }

    /// The messages of all records that are whole and can be read, whatever the head says.
    pub fn salvage(&self) -> Vec<Message> {
        let mut messages = Vec::new();
        let _ = self.each_record(0, |message, _| messages.extend(message));
        messages
    }

    /// Hands out the messages of the records from this place on, each with the checksum
    /// of its record.
    fn each_record(&self, from: usize, mut take: impl FnMut(Option<Message>, u64)) -> io::Result<()> {
        let at = |place: u64| HEAD as u64 + place * RECORD as u64;
        let mut place = from;
        each_part(&self.file, at(from as u64), at(self.head.messages), |part| {
            for record in part.as_chunks().0 {
                take(head::decode(place, record), head::checksum_of(record));
                place += 1;
            }
            Ok(())
        })
    }

    /// The sidecar again, to be written, unless another has taken its place or it can't be.
    fn to_write(&self, files: &ControlFiles) -> Option<File> {
        let file = files.open_to_write(ControlFile::State).ok().flatten()?;
        let mut octets = [0; HEAD];
        file.read_exact_at(&mut octets, 0).ok()?;
        (octets == self.head.encode()).then_some(file)
    }
}

/// What is to be written down of a maildrop.
#[derive(Debug)]
pub struct News<'l> {
    /// Of the sum, nothing is known yet.
    pub head: Head,
    /// So many messages at the start are recorded in the sidecar as they are, but for marks.
    pub recorded: usize,
    /// Places among these that have been marked by this session.
    pub marked: &'l [usize],
    /// All messages, or those after the recorded ones if none of these is marked.
    pub messages: &'l [Message],
}

impl News<'_> {
    fn message(&self, place: usize) -> &Message {
        let skipped = self.head.messages as usize - self.messages.len();
        &self.messages[place - skipped]
    }

    /// Writes it to the sidecar of this maildrop: in place what has changed, if `before`
    /// has the rest, else anew. Marks are durable when it returns.
    ///
    /// # Errors
    /// What the system says; the sidecar is then not believed, or as it was.
    pub fn write(&self, files: &ControlFiles, maildrop: &File, before: Option<&Sidecar>) -> io::Result<()> {
        match before.and_then(|before| Some((before, before.to_write(files)?))) {
            Some((before, file)) if self.recorded > 0 || self.messages.is_empty() => {
                self.write_in_place(&file, maildrop, before)
            }
            _ => self.write_anew(files, maildrop),
        }
    }

    fn write_in_place(&self, file: &File, maildrop: &File, before: &Sidecar) -> io::Result<()> {
        let mut sum = 0_u64;
        if self.recorded > 0 {
            sum = before.head.sum;
            before.each_record(self.recorded, |_, gone| sum = sum.wrapping_sub(gone))?;
        }
        for &place in self.marked {
            let message = self.message(place);
            let was = head::encode(place, &Message { marked: false, ..*message });
            sum = sum.wrapping_sub(head::checksum_of(&was));
        }
        for (first, last) in runs(self.marked) {
            sum = sum.wrapping_add(self.write_records(file, first..last + 1)?);
        }
        sum = sum.wrapping_add(self.write_records(file, self.recorded..self.head.messages as usize)?);
        file.write_all_at(&self.head.complete(sum, maildrop)?.encode(), 0)?;
        if self.marked.is_empty() { Ok(()) } else { file.sync_data() }
    }

    /// A file of its own takes the place of the old one: every record may be another,
    /// and a crash must leave the marks of one of the two.
    fn write_anew(&self, files: &ControlFiles, maildrop: &File) -> io::Result<()> {
        let new = files.create(ControlFile::New)?;
        let written = self.write_records(&new, 0..self.head.messages as usize).and_then(|sum| {
            new.write_all_at(&self.head.complete(sum, maildrop)?.encode(), 0)?;
            if self.head.highest_marked > 0 {
                new.sync_data()?;
            }
            files.rename(ControlFile::New, ControlFile::State)
        });
        written.inspect_err(|_| drop(files.remove(ControlFile::New)))
    }

    /// Writes the records of these places; the sum of their checksums.
    fn write_records(&self, file: &File, places: Range<usize>) -> io::Result<u64> {
        let mut sum = 0_u64;
        let mut octets = Vec::with_capacity(limits::FILE_BUFFER.min(places.len() * RECORD));
        let mut at = HEAD as u64 + places.start as u64 * RECORD as u64;
        for place in places.clone() {
            let record = head::encode(place, self.message(place));
            sum = sum.wrapping_add(head::checksum_of(&record));
            octets.extend_from_slice(&record);
            if octets.len() == limits::FILE_BUFFER || place + 1 == places.end {
                file.write_all_at(&octets, at)?;
                at += octets.len() as u64;
                octets.clear();
            }
        }
        Ok(sum)
    }
}

/// The first and the last of each run of neighbours in an ascending list.
fn runs(places: &[usize]) -> impl Iterator<Item = (usize, usize)> {
    places.chunk_by(|a, b| a + 1 == *b).filter_map(|run| Some((*run.first()?, *run.last()?)))
}
