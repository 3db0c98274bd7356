//! Recovery. What a crash leaves of any change is finished or undone as the model says,
//! also with a torn intent behind it. Any intent, on any octets as a maildrop, causes no
//! panic and leaves what stands before its place and behind the old end. A second
//! recovery changes nothing.
//!
//! An input: an octet for which of the two, then the change; for any intent also edits
//! of `NAME.lock`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pop1081::maildrop::internals::{Intent, IntentFile, Kind, Recovered, Target, checksum_of_ends, recover};
use pop1081::protocol::credentials::UserName;
use pop1081_fuzz::crash::Crash;
use pop1081_fuzz::edits::{apply, edits, set_word, word};
use pop1081_fuzz::input::Input;
use pop1081_fuzz::place::{self, ControlFile, Place};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::sync::LazyLock;
use xxhash_rust::xxh3::xxh3_128;

static PLACE: LazyLock<(Place, UserName)> = LazyLock::new(|| (Place::new(), place::name("u")));

/// Octets of an intent; two stand at the start of `NAME.lock`. Its last 16 are a checksum.
const INTENT: usize = 512;
/// Words of an intent: its number, which tells in which of the places it stands; ranges
/// of its plan, octets of its payload, where that stands, and the lower half of the
/// checksum of both.
const NUMBER: usize = 1;
const RANGES: usize = 6;
const PAYLOAD: usize = 7;
const PLACE_OF_PAYLOAD: usize = 8;
const CHECKSUM: usize = 11;

fuzz_target!(|octets: &[u8]| {
    let mut input = Input(octets);
    let flags = input.octet();
    if flags & 1 == 0 {
        if let Some(crash) = Crash::any(&mut input) {
            is_recovered(&crash, flags, &mut input);
        }
    } else {
        stands_any_intent(flags, &mut input);
    }
});

fn new_lock() -> IntentFile {
    let (place, name) = &*PLACE;
    let path = place.path(name, ControlFile::Lock);
    let file = File::options().read(true).write(true).create(true).truncate(true).open(path);
    IntentFile(file.expect("NAME.lock"))
}

fn recover_here(intents: &IntentFile, maildrop: &File) -> io::Result<Recovered> {
    let (place, name) = &*PLACE;
    recover(Target { intents, maildrop, path: &place.directory.join(name.as_str()) })
}

/// Flags: another file of that name has taken the maildrop's place; an intent was torn.
fn is_recovered(crash: &Crash, flags: u8, input: &mut Input<'_>) {
    let (place, name) = &*PLACE;
    let maildrop = place.write(name, &crash.old);
    let (intents, mut intent) = (new_lock(), crash.intent.clone());
    intent.old = checksum_of_ends(&maildrop, crash.checked.start, crash.checked.end).expect("a checksum");
    intent.inode = maildrop.metadata().expect("its inode").ino() + u64::from(flags >> 1 & 1);
    intents.commit(&intent, |to| to.push(&crash.payload)).expect("an intent");
    if flags & 4 != 0 {
        let mut next = Intent::new(Kind::Cut, (0, crash.old.len() as u64));
        next.payload = input.number() as u64;
        intents.commit(&next, |to| to.push(&vec![b'x'; next.payload as usize])).expect("the next intent");
        let at = input.number() % (INTENT - 16);
        let mut octet = [0];
        intents.0.read_exact_at(&mut octet, at as u64).expect("an octet of it");
        intents.0.write_all_at(&[!octet[0]], at as u64).expect("another octet");
    }
    drop(place.write(name, &crash.found));
    let recovered = recover_here(&intents, &maildrop);
    assert!(matches!(recovered, Ok(Recovered::Finished)), "{recovered:?}");
    assert!(place.read(name) == crash.recovered, "{}", place.read(name).escape_ascii());
    assert!(matches!(recover_here(&intents, &maildrop), Ok(Recovered::Nothing)));
    assert!(place.read(name) == crash.recovered, "a second recovery");
}

fn any_intent(maildrop: &File, input: &mut Input<'_>) -> Intent {
    let kinds = [Kind::Append, Kind::Move, Kind::Cut, Kind::LineOne];
    let kind = kinds[usize::from(input.octet()) % 4];
    let mut number = || input.number() as u64;
    let mut intent = Intent::new(kind, (number(), number()));
    intent.old = checksum_of_ends(maildrop, number(), number()).unwrap_or(0);
    intent.inode = maildrop.metadata().expect("its inode").ino() + number() % 2;
    intent.plan = (0..number() % 4).map(|_| number()..number()).collect();
    intent
}

/// Flags: two intents; checksums corrected after the edits.
fn stands_any_intent(flags: u8, input: &mut Input<'_>) {
    let (place, name) = &*PLACE;
    let length = input.number();
    let found = input.part(length).to_vec();
    let (maildrop, intents) = (place.write(name, &found), new_lock());
    for _ in 0..1 + (flags >> 1 & 1) {
        let length = input.number();
        let (mut intent, payload) = (any_intent(&maildrop, input), input.part(length));
        intent.payload = payload.len() as u64;
        intents.commit(&intent, |to| to.push(payload)).expect("an intent");
    }
    if !input.0.is_empty() {
        edit(&intents.0, input.0, flags & 4 != 0);
    }
    let intent = intents.pending().expect("an intent or none");
    let recovered = recover_here(&intents, &maildrop);
    let after = place.read(name);
    if after != found {
        is_explained(&intent.expect("an intent"), &found, &after);
    }
    match recovered {
        Ok(Recovered::Replaced) => panic!("nobody has replaced it"),
        Ok(_) => assert!(matches!(recover_here(&intents, &maildrop), Ok(Recovered::Nothing))),
        Err(e) => assert!(matches!(e.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof), "{e}"),
    }
    assert!(place.read(name) == after, "a second recovery");
}

fn edit(lock: &File, input: &[u8], correct: bool) {
    let mut octets = vec![0; lock.metadata().expect("its length").len() as usize];
    lock.read_exact_at(&mut octets, 0).expect("NAME.lock");
    edits(input).into_iter().for_each(|edit| apply(&mut octets, edit));
    if correct {
        correct_checksums(&mut octets);
    }
    lock.set_len(octets.len() as u64).and_then(|()| lock.write_all_at(&octets, 0)).expect("NAME.lock");
}

fn correct_checksums(lock: &mut [u8]) {
    for at in [0, INTENT] {
        let Some(intent) = lock.get_mut(at..at + INTENT) else { return };
        set_word(intent, NUMBER, if at == 0 { 2 } else { 1 });
        let size = |number| word(intent, number) as usize;
        let start = size(PLACE_OF_PAYLOAD);
        let end = start.saturating_add(size(PAYLOAD)).saturating_add(size(RANGES).saturating_mul(16));
        if let Some(payload) = lock.get(start..end) {
            let [low, high] = halves(xxh3_128(payload));
            set_word(&mut lock[at..], CHECKSUM, low);
            set_word(&mut lock[at..], CHECKSUM + 1, high);
        }
        let [low, high] = halves(xxh3_128(&lock[at..at + INTENT - 16]));
        set_word(&mut lock[at..], INTENT / 8 - 2, low);
        set_word(&mut lock[at..], INTENT / 8 - 1, high);
    }
}

fn halves(checksum: u128) -> [u64; 2] {
    [checksum as u64, (checksum >> 64) as u64]
}

/// What stands before the intent's place is as it was, what was appended since is whole,
/// and there is no more than that and what the intent brings.
fn is_explained(intent: &Intent, found: &[u8], after: &[u8]) {
    let [from, size, to] = [intent.from, intent.size, intent.to()].map(|place| place as usize);
    let plan: u64 = intent.plan.iter().map(|range| range.end - range.start).sum();
    let before = if intent.kind == Kind::LineOne { 0 } else { from };
    assert!(after[..before] == found[..before], "what stands before");
    let (behind, brought) = match intent.kind {
        Kind::Append => (found.len(), 0),
        Kind::Cut => (size, 0),
        Kind::Move => (size, intent.payload + plan),
        Kind::LineOne => (size.max(to), intent.payload),
    };
    assert!(after.ends_with(&found[behind.min(found.len())..]), "mail that was appended since");
    assert!(after.len() <= found.len().max(from + brought as usize + found.len().saturating_sub(behind)));
    if intent.kind == Kind::Append {
        // Zeros that a power cut left of its empty line become one.
        let same = |(now, old): &(&u8, &u8)| now == old || **old == 0 && b"\r\n".contains(now);
        let start = after.iter().zip(found).take_while(same).count();
        let removed = found.len() - after.len();
        let fits = |start: usize| after[start..] == found[start + removed..];
        assert!((from..=start).any(fits), "one part is taken out");
    }
}
