//! A sidecar that lies although its checksums fit is never believed so far that the server falls
//! over. Fuzzing has found each of these.

use super::directory::Directory;
use pop1081::maildrop::{Ending, Maildrop};
use pop1081::protocol::credentials::{Password, UserName};
use pop1081::protocol::message::{MessageNumber, Totals};
use std::fs::{self, File};
use std::io::Write;
use xxhash_rust::xxh3::xxh3_128;

const MAILDROP: &str = "secret\nFrom a\none\n\nFrom b\ntwo\n\n";

/// Octets of a sidecar's head, and its word that says how many octets all messages have.
const HEAD: usize = 168;
const OCTETS: usize = 10;
/// Where the first record's, and the second's, word of the message's octets is.
const OCTETS_OF_FIRST: usize = HEAD / 8 + 3;
const OCTETS_OF_SECOND: usize = OCTETS_OF_FIRST + 8;

/// A maildrop, and the sidecar that a session leaves, with other words in it and checksums that fit.
fn with_forged_sidecar(words: &[(usize, u64)]) -> Directory {
    let directory = Directory::new();
    fs::write(directory.path("u"), MAILDROP).unwrap();
    let mut maildrop = log_in(&directory);
    maildrop.retrieved(MessageNumber::from_index(0)).unwrap();
    Ending::of(maildrop).carry_out().expect("an UPDATE");
    let path = directory.path(".pop1081/u.state");
    let mut sidecar = fs::read(&path).unwrap();
    for (place, word) in words {
        sidecar[place * 8..place * 8 + 8].copy_from_slice(&word.to_le_bytes());
    }
    let of_records = xxh3_128(&sidecar[HEAD..]).to_le_bytes();
    sidecar[HEAD - 64..HEAD - 48].copy_from_slice(&of_records);
    let of_head = xxh3_128(&sidecar[..HEAD - 16]).to_le_bytes();
    sidecar[HEAD - 16..HEAD].copy_from_slice(&of_head);
    fs::write(path, sidecar).unwrap();
    directory
}

fn log_in(directory: &Directory) -> Maildrop {
    let name = UserName::new(b"u").unwrap();
    let account = directory.users().find(&name).unwrap();
    let identified = account.check_password(&Password::new(b"secret")).expect("the right password");
    Maildrop::open(identified).expect("a maildrop")
}

/// So that the others prove something: what is forged here is the sidecar that is read.
#[test]
fn a_sidecar_written_again_without_lies_is_believed() {
    let directory = with_forged_sidecar(&[]);
    assert_eq!(log_in(&directory).highest_accessed(), 1, "the mark is kept");
}

#[test]
fn more_octets_than_a_maildrop_can_have_are_not_believed_when_it_has_grown() {
    for octets in [u64::MAX, 0x1f00_0000_0000_0000, 1000] {
        let directory = with_forged_sidecar(&[(OCTETS, octets)]);
        let mut file = File::options().append(true).open(directory.path("u")).unwrap();
        file.write_all(b"From c\nthree\n\n").unwrap();
        assert_eq!(log_in(&directory).remaining(), Totals { messages: 3, octets: 5 + 5 + 7 });
    }
}

#[test]
fn octets_that_add_up_to_more_than_can_be_counted_are_not_believed() {
    let most = [OCTETS, OCTETS_OF_FIRST].map(|place| (place, u64::MAX));
    let directory = with_forged_sidecar(&[most[0], most[1], (OCTETS_OF_SECOND, 1)]);
    let mut maildrop = log_in(&directory);
    for index in 0..2 {
        maildrop.delete(MessageNumber::from_index(index)).expect("a message");
    }
    assert_eq!(maildrop.remaining(), Totals::default());
}
