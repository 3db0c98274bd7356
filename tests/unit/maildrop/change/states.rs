//! Every state that a crash leaves, and mail of others in it: what recovery makes of it.

use super::recovery::recover;
use super::remove::{Removal, Removed};
use super::{Intent, IntentFile, Kind, Target};
use crate::maildrop::files::checksum_of_ends;
use std::fs::{self, File};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::{env, io, process};

const OLD: &[u8] = b"secret\nFrom a\nold\n\n";
const THEIRS: [&[u8]; 4] =
    [b"From c\nfrom somebody else\n\n", b"From c\nwithout an end", b"\nFrom c\nan empty line first\n\n", b""];

/// A maildrop and its `NAME.lock`, gone when it is dropped.
struct Place(PathBuf, IntentFile);

impl Place {
    fn new(content: &[u8]) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("pop1081-states-{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let directory = env::temp_dir().join(name);
        fs::create_dir(&directory).unwrap();
        fs::write(directory.join("u"), content).unwrap();
        let lock = File::options().read(true).write(true).create_new(true).open(directory.join("lock"));
        Place(directory, IntentFile(lock.unwrap()))
    }

    fn maildrop(&self) -> File {
        File::options().read(true).write(true).open(self.0.join("u")).unwrap()
    }

    fn target<'f>(&'f self, maildrop: &'f File, path: &'f Path) -> Target<'f> {
        Target { intents: &self.1, maildrop, path }
    }

    fn commit(&self, intent: Intent, payload: &[u8]) {
        let inode = self.maildrop().metadata().unwrap().ino();
        self.1.commit(&Intent { inode, ..intent }, |to| to.push(payload)).unwrap();
    }

    /// What a recovery makes of these octets. Twice is no more than once.
    fn recovered(&self, found: &[u8]) -> io::Result<Vec<u8>> {
        let (maildrop, path) = (self.maildrop(), self.0.join("u"));
        maildrop.set_len(0)?;
        maildrop.write_all_at(found, 0)?;
        recover(self.target(&maildrop, &path))?;
        assert!(self.1.pending()?.is_none());
        let after = fs::read(self.0.join("u"))?;
        recover(self.target(&maildrop, &path))?;
        assert_eq!(fs::read(self.0.join("u"))?, after);
        Ok(after)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn message() -> Vec<u8> {
    let lines = b"a line of the message that was being delivered\n".repeat(900);
    [&b"From b\n"[..], &lines, b"\n"].concat()
}

fn delivery(found: &[u8]) -> Vec<u8> {
    let place = Place::new(OLD);
    let size = OLD.len() as u64;
    place.commit(Intent::new(Kind::Append, (size, size)), &message());
    place.recovered(&[OLD, found].concat()).unwrap()
}

#[test]
fn a_delivery_is_there_whole_or_not_at_all() {
    let message = message();
    assert_eq!(delivery(&message), [OLD, &message].concat());
    for done in [0, 1, 5, 4096 - OLD.len(), 8192 - OLD.len(), message.len() - 1] {
        assert_eq!(delivery(&message[..done]), OLD, "{done}");
        let torn = [&message[..done], &vec![0; message.len() - done]].concat();
        assert_eq!(delivery(&torn), OLD, "{done} and zeros");
    }
}

/// The empty line that separates their mail from the old is ours, whatever a power cut left of it.
#[test]
fn zeros_of_a_delivery_become_the_empty_line_of_the_mail_behind() {
    let old = b"secret\nFrom a\nno end\n";
    let message = [&b"\n"[..], &message()].concat();
    for done in [0, 1, 100] {
        let place = Place::new(old);
        place.commit(Intent::new(Kind::Append, (old.len() as u64, old.len() as u64)), &message);
        let torn = [&old[..], &message[..done], &vec![0; message.len() - done], THEIRS[0]].concat();
        assert_eq!(place.recovered(&torn).unwrap(), [&old[..], b"\n", THEIRS[0]].concat(), "{done}");
    }
}

/// Nothing is taken out then: what is there of the message is the empty line that stays.
#[test]
fn a_delivery_killed_after_its_empty_line_leaves_it_to_the_mail_behind() {
    let old = [&b"secret\nFrom a\n"[..], &vec![b'x'; 4095 - 15], b"\n"].concat();
    assert_eq!(old.len() % 4096, 4095);
    let place = Place::new(&old);
    place.commit(Intent::new(Kind::Append, (4095, 4095)), &[&b"\n"[..], &message()].concat());
    let found = [&old[..], b"\n", THEIRS[0]].concat();
    assert_eq!(place.recovered(&found).unwrap(), found);
}

#[test]
fn mail_of_others_around_a_delivery_stays_whole() {
    let message = message();
    for theirs in THEIRS {
        assert_eq!(delivery(theirs), [OLD, theirs].concat());
        assert_eq!(delivery(&[theirs, &message].concat()), [OLD, theirs, &message].concat());
        assert_eq!(delivery(&[&message, theirs].concat()), [OLD, &message, theirs].concat());
        // A kill cuts at a page of the file.
        for pages in [1, 2] {
            let half = &message[..pages * 4096 - OLD.len()];
            assert_eq!(delivery(&[half, theirs].concat()), [OLD, theirs].concat());
        }
    }
    let twice = [&message[..], &message].concat();
    assert_eq!(delivery(&twice), [OLD, &twice].concat(), "the very same text");
}

/// A removal of `gone` from `before gone kept`, found like this; `kept` first moves, then is cut.
fn removal(kind: Kind, gone: &[u8], kept: &[u8], found: &[u8]) -> io::Result<Vec<u8>> {
    let old = [OLD, gone, kept].concat();
    let place = Place::new(&old);
    let (from, size) = (OLD.len() as u64, old.len() as u64);
    let to = from + kept.len() as u64;
    let checksum = checksum_of_ends(&place.maildrop(), to + 1, size)?;
    let from = if kind == Kind::Move { from } else { to };
    let payload = if kind == Kind::Move { kept } else { b"" };
    place.commit(Intent { old: checksum, ..Intent::new(kind, (from, size)) }, payload);
    place.recovered(found)
}

#[test]
fn a_cut_is_made_if_it_was_begun() {
    let gone = b"From b\nto be removed\n\n";
    let mut dead = gone.to_vec();
    dead[0] = 0;
    let mut cleared = gone.to_vec();
    cleared[..15].fill(0);
    for theirs in THEIRS {
        for gone in [&dead[..], &cleared] {
            let after = removal(Kind::Cut, gone, b"", &[OLD, gone, theirs].concat()).unwrap();
            assert_eq!(after, [OLD, theirs].concat());
        }
        // Not begun, or made, and perhaps the very same text has come anew.
        for found in [[OLD, gone, theirs].concat(), [OLD, theirs].concat(), [OLD, theirs, gone].concat()] {
            assert_eq!(removal(Kind::Cut, gone, b"", &found).unwrap(), found);
        }
    }
}

#[test]
fn what_is_kept_moves_however_far_it_had_come() {
    let (gone, kept) =
        (&b"From b\nto be removed\n\n"[..], &b"From k\nto be kept, and longer than that\n\n"[..]);
    let old = [gone, kept].concat();
    for theirs in THEIRS {
        for moved in 0..=kept.len() {
            let found = [OLD, &kept[..moved], &old[moved..], theirs].concat();
            assert_eq!(removal(Kind::Move, gone, kept, &found).unwrap(), [OLD, kept, theirs].concat());
        }
    }
    // Its own next intent: moved, and the cut committed.
    let mut moved = [OLD, kept, &old[kept.len()..]].concat();
    moved[OLD.len() + kept.len()] = 0;
    assert_eq!(removal(Kind::Cut, gone, kept, &moved).unwrap(), [OLD, kept].concat());
    for edited in [&old[1..], &[&old[..old.len() - 3], b"x\n\n"].concat()] {
        let why = removal(Kind::Move, gone, kept, &[OLD, edited].concat()).unwrap_err();
        assert_eq!(why.kind(), io::ErrorKind::InvalidData);
    }
}

/// Room is made by parts of any size, also for an intent that another one needs.
#[test]
fn a_removal_goes_on_from_every_intent() {
    let parts: [&[u8]; 4] = [b"From b\n1\n\n", b"From b\n2\n\n", b"From b\n3\n\n", b"From b\n4\n\n"];
    let old = [OLD, &parts.concat()].concat();
    let (from, each) = (OLD.len() as u64, parts[0].len() as u64);
    let place = Place::new(&old);
    let plan = Vec::from_iter(Some(from + 3 * each..from + 4 * each));
    let checksum = checksum_of_ends(&place.maildrop(), from + each + 1, old.len() as u64).unwrap();
    let intent = Intent { old: checksum, plan, ..Intent::new(Kind::Move, (from, old.len() as u64)) };
    place.commit(intent, parts[1]);
    assert_eq!(place.recovered(&old).unwrap(), [OLD, parts[1], parts[3]].concat());

    let place = Place::new(&old);
    let kept = Vec::from([from + each..from + 2 * each, from + 3 * each..from + 4 * each]);
    let (maildrop, path) = (place.maildrop(), place.0.join("u"));
    let removal = Removal::new(place.target(&maildrop, &path), (from, old.len() as u64), kept).carry_out();
    assert_eq!(removal.unwrap(), Removed::Made);
    assert_eq!(fs::read(place.0.join("u")).unwrap(), [OLD, parts[1], parts[3]].concat());
}

/// Line one of `old` is to become this line; what is found of it.
fn line_one(old: &[u8], (replaced, payload): (usize, &[u8]), found: &[u8]) -> io::Result<Vec<u8>> {
    let place = Place::new(old);
    place.commit(Intent::new(Kind::LineOne, (0, replaced as u64)), payload);
    place.recovered(found)
}

#[test]
fn a_line_that_fits_comes_into_its_place() {
    let mail = &OLD[7..];
    for first in [&b"secret\n"[..], b"pw\n\n\n\n\n", b"pw\nret\n", b"secr\n\n\n"] {
        for theirs in THEIRS {
            let after = line_one(OLD, (7, b"pw\n\n\n\n\n"), &[first, mail, theirs].concat()).unwrap();
            assert_eq!(after, [b"pw\n\n\n\n\n", mail, theirs].concat());
        }
    }
    assert!(line_one(OLD, (7, b"pw\n\n\n\n\n"), b"longer secret\nFrom a\nold\n\n").is_err());
}

#[test]
fn a_line_that_needs_room_moves_the_messages() {
    let mail = &OLD[7..];
    for line in [&b"secret2\n"[..], b"a much longer secret than before\n"] {
        let new = [line, mail].concat();
        let (same, room) = (OLD.len(), new.len() - OLD.len());
        for theirs in THEIRS {
            for found in [
                [OLD, &vec![0; room], theirs].concat(),
                [&new[..5], &OLD[5..], &vec![0; room], theirs].concat(),
                [&new[..same], &new[same..][..room / 2], &vec![0; room - room / 2], theirs].concat(),
                [&new[..], theirs].concat(),
            ] {
                let after = line_one(OLD, (same, &new), &found).unwrap();
                assert_eq!(after, [&new[..], theirs].concat(), "{}", found.escape_ascii());
            }
            // No room was made; but somebody's empty line may look like the end of a payload.
            let found = [OLD, theirs].concat();
            let after = line_one(OLD, (same, &new), &found).unwrap();
            let taken = theirs.strip_prefix(b"\n").map(|mail| [&new[..], mail].concat());
            assert!(after == found || (room == 1 && Some(&after) == taken.as_ref()));
        }
    }
}

/// A power cut in the middle of a commit: what was committed before counts.
#[test]
fn a_torn_intent_is_none() {
    let place = Place::new(OLD);
    place.commit(Intent::new(Kind::Append, (9, 9)), b"payload");
    let last = place.1.pending().unwrap().expect("an intent");
    place.commit(Intent::new(Kind::Cut, (5, 9)), b"");
    let newer = place.1.pending().unwrap().expect("an intent");
    assert_eq!((newer.kind, newer.from), (Kind::Cut, 5));
    place.1.0.write_all_at(b"x", newer.number % 2 * 512 + 100).unwrap();
    let before = place.1.pending().unwrap().expect("an intent");
    assert_eq!((before.kind, before.number), (Kind::Append, last.number));
    place.1.0.write_all_at(b"x", last.at).unwrap();
    assert!(place.1.pending().unwrap().is_none(), "its payload is not what was committed");
}
