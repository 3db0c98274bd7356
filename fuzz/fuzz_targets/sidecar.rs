//! A login with a sidecar of any octets, mostly those of a valid one with a few
//! changed: no panic, and the numbers are those of a fresh burst.
//!
//! A sidecar with wrong numbers and correct checksums is used: they protect
//! against accidents, not against malice. But a session that reads messages
//! finds out: no message ends as if it were whole with another count of octets than was
//! announced, and the next login has the correct numbers. Whatever it says, UPDATE
//! removes whole messages only.
//!
//! An input: an octet for the maildrop, one for flags, then edits of the sidecar.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pop1081::maildrop::{Found, Maildrop, PendingUpdate};
use pop1081::protocol::credentials::UserName;
use pop1081_fuzz::edits::{apply, edits, set_word, word};
use pop1081_fuzz::model::mbox::{self, Placed};
use pop1081_fuzz::model::play::{play, site};
use pop1081_fuzz::place::{self, ControlFile, Place};
use pop1081_fuzz::served::{Retrieved, log_in};
use std::io::Cursor;
use std::ops::RangeInclusive;
use std::os::unix::fs::MetadataExt;
use std::sync::LazyLock;
use std::time::SystemTime;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

static FIXTURE: LazyLock<Fixture> = LazyLock::new(Fixture::new);

const NEW_MAIL: &[u8] = b"From new@mail\nCame since.\n\n";
const MAILDROPS: [&[u8]; 4] = [
    b"secret\nFrom a@b\nSubject: one\n\nFirst.\n\nFrom c@d\r\nSubject: two\r\n\r\n>From here.\r\n\r\n\
      From e@f\n\n\nFrom g@h\nSubject: four\n\n.\nLast.\n\n",
    b"secret\n",
    b"secret\r\n\nFrom a@b\nno line end",
    b"secret\nFrom a\nx\n\nFrom a\nx\n\nFrom a\nx\n\nFrom a\nx\n\nFrom a\nx\n\nFrom a\nx\n\nFrom a\nx\n\n",
];
/// Words of the head of a sidecar: the stamp; messages, octets, highest mark.
const STAMP: RangeInclusive<usize> = 1..=7;
const NUMBERS: [usize; 3] = [9, 10, 11];
/// The word of the checksums of all records, added up.
const SUM: usize = 13;
/// Octets of the head and of a record. Each ends with a checksum of 8.
const HEAD: usize = 256;
const RECORD: usize = 64;

struct Fixture {
    place: Place,
    name: UserName,
    /// The sidecar that a session has left of each maildrop.
    sidecars: Vec<Vec<u8>>,
}

fuzz_target!(|input: &[u8]| {
    let Some(([which, flags], input)) = input.split_first_chunk() else { return };
    let which = usize::from(*which) % MAILDROPS.len();
    let Fixture { place, name, .. } = &*FIXTURE;
    let valid = FIXTURE.valid_sidecar(which);
    let mut sidecar = valid.clone();
    edits(input).into_iter().for_each(|edit| apply(&mut sidecar, edit));
    match flags & 3 {
        1 => correct_head(&mut sidecar),
        2 => correct_all_checksums(&mut sidecar),
        _ => {}
    }
    let changed = change(MAILDROPS[which], flags >> 2 & 3);
    if changed != MAILDROPS[which] {
        drop(place.write(name, &changed));
    }
    place.write_control_file(name, ControlFile::Sidecar, &sidecar);
    if flags & 3 == 0 || !lies(&valid, &sidecar) {
        numbers_are_correct(&changed);
        if flags & 16 != 0 {
            removes_what_is_deleted(&changed, flags >> 5);
        }
    } else {
        use_it_all(flags & 16 != 0);
    }
    place.remove(name, ControlFile::Sidecar);
});

impl Fixture {
    fn new() -> Self {
        let mut fixture = Fixture { place: Place::new(), name: place::name("u"), sidecars: Vec::new() };
        fixture.sidecars = MAILDROPS.iter().map(|octets| fixture.sidecar_of(octets)).collect();
        for (which, sidecar) in fixture.sidecars.iter().enumerate() {
            let mut made_good = sidecar.clone();
            correct_all_checksums(&mut made_good);
            assert_eq!(&made_good, sidecar, "a sidecar is not what is assumed here");
            let messages = messages_of(MAILDROPS[which]).len();
            assert_eq!((word(sidecar, 9), sidecar.len()), (messages as u64, HEAD + messages * RECORD));
        }
        fixture
    }

    /// A session that asks for everything and retrieves the first message.
    fn sidecar_of(&self, octets: &[u8]) -> Vec<u8> {
        drop(self.place.write(&self.name, octets));
        let mut maildrop = log_in(&self.place.users, &self.name).expect("a login");
        let numbered = maildrop.numbered().expect("unique-ids").messages.len();
        assert_eq!(numbered as u64, maildrop.messages());
        if numbered > 0 {
            let first = find(&mut maildrop, 0);
            maildrop.retrieved(&first);
        }
        PendingUpdate::of(maildrop).commit().expect("an UPDATE");
        self.place.control_file(&self.name, ControlFile::Sidecar).expect("a sidecar")
    }

    /// Writes a maildrop, with its time set as UPDATE does, and its sidecar.
    fn valid_sidecar(&self, which: usize) -> Vec<u8> {
        let file = self.place.write(&self.name, MAILDROPS[which]);
        file.set_modified(SystemTime::now()).expect("the time of a change");
        let m = self.place.metadata(&self.name);
        let mut sidecar = self.sidecars[which].clone();
        let times = [m.mtime(), m.mtime_nsec(), m.ctime(), m.ctime_nsec()].map(i64::cast_unsigned);
        let stamp = [&[m.dev(), m.ino(), m.size()][..], &times].concat();
        for (number, value) in STAMP.zip(stamp) {
            set_word(&mut sidecar, number, value);
        }
        correct_head(&mut sidecar);
        sidecar
    }
}

fn correct_all_checksums(sidecar: &mut [u8]) {
    let Some((_, records)) = sidecar.split_at_mut_checked(HEAD) else { return };
    let mut sum = 0_u64;
    for (place, record) in (0..).zip(records.chunks_exact_mut(RECORD)) {
        let checksum = xxh3_64_with_seed(&record[..RECORD - 8], place);
        set_word(record, RECORD / 8 - 1, checksum);
        sum = sum.wrapping_add(checksum);
    }
    set_word(sidecar, SUM, sum);
    correct_head(sidecar);
}

fn correct_head(sidecar: &mut [u8]) {
    if let Some(head) = sidecar.get_mut(..HEAD) {
        let checksum = xxh3_64(&head[..HEAD - 8]);
        set_word(head, HEAD / 8 - 1, checksum);
    }
}

/// Whether a sidecar describes other messages than the valid one.
fn lies(valid: &[u8], sidecar: &[u8]) -> bool {
    let numbers = NUMBERS.into_iter().any(|number| word(valid, number) != word(sidecar, number));
    numbers || valid.get(HEAD..) != sidecar.get(HEAD..)
}

/// What has happened to the maildrop since the sidecar was written.
fn change(maildrop: &[u8], kind: u8) -> Vec<u8> {
    let line_one = mbox::line_one(maildrop);
    let mut changed = maildrop.to_vec();
    match kind {
        1 if changed.ends_with(b"\n") => changed.extend_from_slice(NEW_MAIL),
        1 => changed.extend_from_slice(b" of it\n"),
        2 => {
            let place = changed.iter().rposition(|o| *o == b'\n').filter(|at| *at > line_one);
            changed[place.unwrap_or(line_one - 1)] = if place.is_some() { b'x' } else { b'\n' };
        }
        3 => {
            let last = changed.windows(6).rposition(|w| w == b"\nFrom ").unwrap_or(line_one);
            changed.truncate(last.max(line_one));
        }
        _ => {}
    }
    changed
}

fn log_in_here() -> Maildrop {
    log_in(&FIXTURE.place.users, &FIXTURE.name).expect("a login")
}

fn messages_of(file: &[u8]) -> Vec<Placed> {
    mbox::burst(file).expect("a maildrop that can be parsed")
}

/// Every number and every octet is what the model says.
fn numbers_are_correct(file: &[u8]) {
    let messages = messages_of(file);
    let mut maildrop = log_in_here();
    let drop = maildrop.remaining();
    assert_eq!(drop.messages, messages.len() as u64);
    assert_eq!(drop.octets, messages.iter().map(|placed| placed.message.octets()).sum::<u64>());
    assert!(maildrop.highest_accessed() <= 1, "only the first message was retrieved");
    for (index, placed) in messages.iter().enumerate() {
        let message = find(&mut maildrop, index);
        assert_eq!(message.octets(), placed.message.octets());
        let mut retrieved = Retrieved::default();
        maildrop.read(&message, |piece| retrieved.take(piece)).expect("its octets");
        assert_eq!(retrieved.octets, placed.message.octets());
        assert_eq!(retrieved.unstuffed(), placed.message.sent());
    }
    assert_eq!(maildrop.numbered().expect("unique-ids").messages.len(), messages.len());
}

fn find(maildrop: &mut Maildrop, index: usize) -> Found {
    maildrop.find(index as u64 + 1).expect("a listing").expect("a message")
}

/// UPDATE leaves every octet of the other messages.
fn removes_what_is_deleted(file: &[u8], which: u8) {
    let messages = messages_of(file);
    if messages.is_empty() {
        return;
    }
    let index = usize::from(which) % messages.len();
    let mut maildrop = log_in_here();
    let message = find(&mut maildrop, index);
    maildrop.delete(&message);
    PendingUpdate::of(maildrop).commit().expect("an UPDATE");
    assert_eq!(FIXTURE.place.read(&FIXTURE.name), mbox::without(file, &[index]));
}

/// Sessions that use a wrong sidecar: the next login after one that has found out has
/// the correct numbers.
fn use_it_all(delete: bool) {
    let Fixture { place, name, .. } = &*FIXTURE;
    let file = place.read(name);
    let commands: String = (1..10).map(|number| format!("RETR {number}\r\n")).collect();
    let said =
        play(&site(place.users.clone()), Cursor::new(format!("USER u\r\nPASS secret\r\nSTAT\r\n{commands}")));
    let found_out = !is_as_announced(&said);
    assert_eq!(place.read(name), file, "nothing changes before UPDATE");
    if found_out {
        numbers_are_correct(&file);
    } else if delete {
        let mut maildrop = log_in_here();
        for number in 1..=maildrop.messages() {
            if let Ok(Ok(message)) = maildrop.find(number) {
                maildrop.delete(&message);
            }
        }
        let _ = PendingUpdate::of(maildrop).commit();
        is_some_of(&place.read(name), &file);
    }
}

/// Whether all messages came whole. One that ends has as many octets as were announced.
fn is_as_announced(said: &[u8]) -> bool {
    let mut lines = said.split_inclusive(|octet| *octet == b'\n').skip(4).peekable();
    while let Some(reply) = lines.next_if(|reply| reply.starts_with(b"+OK ")) {
        let reply = String::from_utf8_lossy(reply);
        let announced = reply.split(' ').nth(1).and_then(|octets| octets.parse().ok());
        let mut octets = 0;
        loop {
            match lines.next() {
                Some(b".\r\n") => break,
                Some(line) => octets += line.len() - usize::from(line.starts_with(b".")),
                None => return false,
            }
        }
        assert_eq!(announced, Some(octets), "{reply}");
    }
    lines.all(|reply| reply.starts_with(b"-ERR no such message"))
}

/// A maildrop with some of its messages removed, each of them wholly.
fn is_some_of(after: &[u8], before: &[u8]) {
    let messages = messages_of(before).len();
    let is = |gone: u32| {
        let places: Vec<usize> = (0..messages).filter(|place| gone >> place & 1 == 1).collect();
        mbox::without(before, &places) == after
    };
    assert!((0..1 << messages).any(is), "{}", after.escape_ascii());
}
