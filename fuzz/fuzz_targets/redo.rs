//! Recovery with a redo file: a whole one is finished, however far the change had
//! come; a damaged one changes nothing and no login succeeds; a wrong one with
//! correct checksums causes no panic and changes nothing before its offset.
//!
//! An input: two octets for the start of the change, two for what it leaves out,
//! one for flags, then edits of the redo file.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pop1081::maildrop::{Refusal, internals};
use pop1081::protocol::credentials::UserName;
use pop1081_fuzz::edits::{apply, correct_checksum, edits, set_checksum, set_word, word};
use pop1081_fuzz::model::mbox;
use pop1081_fuzz::place::{self, ControlFile, Place};
use pop1081_fuzz::served::{Failure, log_in};
use std::os::unix::fs::FileExt;
use std::sync::LazyLock;

static PLACE: LazyLock<(Place, UserName)> = LazyLock::new(|| (Place::new(), place::name("u")));

const MAILDROP: &[u8] = b"secret\nFrom a@b\nSubject: one\n\nFirst.\n\nFrom c@d\r\nSubject: two\r\n\r\n\
    >From here to there.\r\n\r\nFrom e@f\n\n\nFrom g@h\nSubject: four\n\n.\nLast.\n\n";
const MAIL_OF_OTHERS: &[u8] = b"From others\nCame meanwhile.\n\n";
/// Octets of a redo file before its payload. They end with three checksums: of the
/// old octets, of the payload, of themselves.
const HEAD: usize = 80;
const CHECKSUM_OF_OLD: usize = HEAD - 3 * 16;
const CHECKSUM_OF_NEW: usize = HEAD - 2 * 16;
/// Line one with another line end: all of the maildrop moves.
const LONGER_LINE_ONE: &[u8] = b"secret\r\n";

/// A change that was committed, and how far it had come.
struct Change {
    from: usize,
    payload: Vec<u8>,
    /// What has been written from `from` on.
    done: Vec<u8>,
    mail_came: bool,
    /// The checksums of the redo file are corrected after the edits.
    lies: bool,
}

fuzz_target!(|input: &[u8]| {
    let Some(([a, b, c, d, flags], input)) = input.split_first_chunk() else { return };
    let change = Change::new(u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d]), *flags);
    let (place, name) = &*PLACE;
    let maildrop = place.write(name, MAILDROP);
    let places = (change.from as u64, MAILDROP.len() as u64);
    internals::commit(&place.directory, name, &maildrop, places, &change.payload).expect("a redo file");
    let whole = place.control_file(name, ControlFile::Redo).expect("a redo file");
    maildrop.write_all_at(&change.done, change.from as u64).expect("a part of it");
    if change.mail_came {
        let end = maildrop.metadata().expect("its length").len();
        maildrop.write_all_at(MAIL_OF_OTHERS, end).expect("mail of others");
    }
    let left = place.read(name);
    let damaged = damage(&whole, input, change.lies.then_some(&left));
    place.write_control_file(name, ControlFile::Redo, &damaged);
    let failure = log_in(&place.users, name).err();
    let after = place.read(name);
    let redo_stays = place.control_file(name, ControlFile::Redo).is_some();
    if damaged == whole {
        assert_eq!(after, change.carried_out(), "a whole redo file is carried out");
        assert!(!redo_stays);
    } else if change.lies {
        let untouched = left.len().min(word(&damaged, 1).try_into().unwrap_or(usize::MAX));
        assert_eq!(after[..untouched], left[..untouched]);
        assert!(after == left || !redo_stays, "half a change");
    } else {
        assert!(matches!(failure, Some(Failure::Refused(Refusal::Unparsable(_)))), "{failure:?}");
        assert_eq!(after, left, "a damaged redo file changes nothing");
        assert!(redo_stays, "a person has to decide");
    }
    place.remove(name, ControlFile::Redo);
    place.remove(name, ControlFile::Sidecar);
});

impl Change {
    /// Of one of three kinds. As UPDATE makes it: from `from` on, what comes later
    /// moves up. As a delivery does: behind the end. As a change of the password
    /// does: from the start, and what comes later moves down.
    fn new(from: u16, without: u16, flags: u8) -> Self {
        let line_one = mbox::line_one(MAILDROP);
        let (from, without) = (usize::from(from), usize::from(without));
        let from = if flags & 16 == 0 { line_one + from % (MAILDROP.len() - line_one + 1) } else { 0 };
        let payload = match from {
            0 => [LONGER_LINE_ONE, &MAILDROP[line_one..]].concat(),
            _ if from < MAILDROP.len() => MAILDROP[from + 1 + without % (MAILDROP.len() - from)..].to_vec(),
            _ => MAIL_OF_OTHERS[..without % (MAIL_OF_OTHERS.len() + 1)].to_vec(),
        };
        let done = match flags & 3 {
            0 => 0,
            1 => payload.len() / 2,
            2 => payload.len() - payload.len().min(1),
            _ => payload.len(),
        };
        let mut done = payload[..done].to_vec();
        if from == 0 && !done.is_empty() {
            // The file grows before anything is written, and its end is written last.
            done.extend_from_slice(&MAILDROP[done.len().min(MAILDROP.len())..]);
            done.resize(payload.len(), 0);
        }
        let mail_came = from < MAILDROP.len() && flags & 8 != 0;
        Change { from, payload, done, mail_came, lies: flags & 4 != 0 }
    }

    fn carried_out(&self) -> Vec<u8> {
        let mail_of_others = if self.mail_came { MAIL_OF_OTHERS } else { b"" };
        [&MAILDROP[..self.from], &self.payload, mail_of_others].concat()
    }
}

/// The redo file after the edits; for one that lies, of a maildrop that looks like
/// this, with checksums that fit.
fn damage(whole: &[u8], input: &[u8], lies_about: Option<&Vec<u8>>) -> Vec<u8> {
    let mut octets = whole.to_vec();
    correct_checksum(&mut octets, HEAD);
    assert_eq!(octets, whole, "the head of a redo file is not what is assumed here");
    edits(input).into_iter().for_each(|edit| apply(&mut octets, edit));
    let Some(maildrop) = lies_about.filter(|_| octets.len() >= HEAD) else { return octets };
    let (from, size) = (word(&octets, 1), word(&octets, 3));
    let to = from.wrapping_add((octets.len() - HEAD) as u64);
    set_word(&mut octets, 2, to);
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    if let Some(old) = maildrop.get(place(if to < size { to } else { from })..place(size)) {
        set_checksum(&mut octets, CHECKSUM_OF_OLD, internals::checksum(old));
    }
    let new = internals::checksum(&octets[HEAD..]);
    set_checksum(&mut octets, CHECKSUM_OF_NEW, new);
    correct_checksum(&mut octets, HEAD);
    octets
}
