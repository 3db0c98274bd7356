//! Sidecars with wrong numbers and correct checksums: none makes the server panic. Fuzzing found
//! these.

use super::directory::Directory;
use pop1081::maildrop::{Maildrop, PendingUpdate};
use pop1081::protocol::credentials::{Password, UserName};
use pop1081::protocol::message::Totals;
use std::fs::{self, File};
use std::io::Write;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

const MAILDROP: &str = "secret\nFrom a\none\n\nFrom b\ntwo\n\n";

/// Octets of a sidecar's head and of a record, and the head's words that say how many octets all
/// messages have and what the checksums of the records add up to.
const HEAD: usize = 256;
const RECORD: usize = 64;
const OCTETS: usize = 10;
const SUM: usize = 13;
/// Where the first record's, and the second's, word of the message's octets is.
const OCTETS_OF_FIRST: usize = HEAD / 8 + 3;
const OCTETS_OF_SECOND: usize = OCTETS_OF_FIRST + 8;

/// A maildrop, and the sidecar of a session with these words replaced and its checksums corrected.
fn with_forged_sidecar(words: &[(usize, u64)]) -> Directory {
    let directory = Directory::new();
    fs::write(directory.path("u"), MAILDROP).unwrap();
    let mut maildrop = log_in(&directory);
    let first = maildrop.find(1).unwrap().expect("a message");
    maildrop.retrieved(&first);
    PendingUpdate::of(maildrop).commit().expect("an UPDATE");
    let path = directory.path(".pop1081/u.state");
    let mut sidecar = fs::read(&path).unwrap();
    for (place, word) in words {
        sidecar[place * 8..place * 8 + 8].copy_from_slice(&word.to_le_bytes());
    }
    let mut sum = 0_u64;
    for (place, record) in (0..).zip(sidecar[HEAD..].chunks_mut(RECORD)) {
        let (content, checksum) = record.split_at_mut(RECORD - 8);
        let of_record = xxh3_64_with_seed(content, place);
        checksum.copy_from_slice(&of_record.to_le_bytes());
        sum = sum.wrapping_add(of_record);
    }
    sidecar[SUM * 8..SUM * 8 + 8].copy_from_slice(&sum.to_le_bytes());
    let of_head = xxh3_64(&sidecar[..HEAD - 8]).to_le_bytes();
    sidecar[HEAD - 8..HEAD].copy_from_slice(&of_head);
    fs::write(path, sidecar).unwrap();
    directory
}

fn log_in(directory: &Directory) -> Maildrop {
    let name = UserName::new(b"u").unwrap();
    let account = directory.users().find(&name).unwrap();
    let identified = account.check_password(&Password::new(b"secret")).expect("the right password");
    Maildrop::open(identified).expect("a maildrop")
}

/// Shows that the server reads what is written here.
#[test]
fn an_unchanged_sidecar_is_used() {
    let directory = with_forged_sidecar(&[]);
    assert_eq!(log_in(&directory).highest_accessed(), 1, "the mark is kept");
}

#[test]
fn too_many_octets_with_a_maildrop_that_has_grown() {
    for octets in [u64::MAX, 0x1f00_0000_0000_0000, 1000] {
        let directory = with_forged_sidecar(&[(OCTETS, octets)]);
        let mut file = File::options().append(true).open(directory.path("u")).unwrap();
        file.write_all(b"From c\nthree\n\n").unwrap();
        assert_eq!(log_in(&directory).remaining(), Totals { messages: 3, octets: 5 + 5 + 7 });
    }
}

#[test]
fn octets_whose_sum_overflows() {
    let most = [OCTETS, OCTETS_OF_FIRST].map(|place| (place, u64::MAX));
    let directory = with_forged_sidecar(&[most[0], most[1], (OCTETS_OF_SECOND, 1)]);
    let mut maildrop = log_in(&directory);
    for number in 1..=2 {
        let message = maildrop.find(number).unwrap().expect("a message");
        maildrop.delete(&message);
    }
    assert_eq!(maildrop.remaining(), Totals::default());
}
