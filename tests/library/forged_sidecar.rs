//! What fuzzing has found, each a test for good.

use pop1081::maildrop::{Ending, Maildrop};
use pop1081::protocol::credentials::{Password, UserName};
use pop1081::protocol::message::{MessageNumber, Totals};
use pop1081::users::Users;
use std::io::Write;
use std::path::PathBuf;
use std::{env, fs, process};
use xxhash_rust::xxh3::xxh3_128;

/// A Users directory with one user.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let directory = env::temp_dir().join(format!("pop1081-found-{name}-{}", process::id()));
        fs::create_dir(&directory).unwrap();
        let maildrop = "secret\nFrom a\none\n\nFrom b\ntwo\n\n";
        fs::write(directory.join("u"), maildrop).unwrap();
        Place(directory)
    }

    fn log_in(&self) -> Maildrop {
        let name = UserName::new(b"u").unwrap();
        let account = Users::new(&self.0).unwrap().find(&name).unwrap();
        let identified = account.check_password(&Password::new(b"secret")).expect("the right password");
        Maildrop::open(identified).expect("a maildrop")
    }

    /// The sidecar that a session leaves, with other words in it and checksums that fit.
    fn forge_sidecar(&self, words: &[(usize, u64)]) {
        let mut maildrop = self.log_in();
        maildrop.retrieved(MessageNumber::from_index(0)).unwrap();
        Ending::of(maildrop).carry_out().expect("an UPDATE");
        let path = self.0.join(".pop1081/u.state");
        let mut sidecar = fs::read(&path).unwrap();
        for (place, word) in words {
            sidecar[place * 8..place * 8 + 8].copy_from_slice(&word.to_le_bytes());
        }
        let of_records = xxh3_128(&sidecar[HEAD..]).to_le_bytes();
        sidecar[HEAD - 64..HEAD - 48].copy_from_slice(&of_records);
        let of_head = xxh3_128(&sidecar[..HEAD - 16]).to_le_bytes();
        sidecar[HEAD - 16..HEAD].copy_from_slice(&of_head);
        fs::write(path, sidecar).unwrap();
    }

    fn append(&self, mail: &[u8]) {
        let mut file = fs::File::options().append(true).open(self.0.join("u")).unwrap();
        file.write_all(mail).unwrap();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Octets of a sidecar's head, and its word that says how many octets all messages have.
const HEAD: usize = 168;
const OCTETS: usize = 10;
/// Where the first record's, and the second's, word of the message's octets is.
const OCTETS_OF_FIRST: usize = HEAD / 8 + 3;
const OCTETS_OF_SECOND: usize = OCTETS_OF_FIRST + 8;

#[test]
fn a_sidecar_made_over_without_lies_is_believed() {
    let place = Place::new("honest");
    place.forge_sidecar(&[]);
    assert_eq!(place.log_in().highest_accessed(), 1, "the mark is kept");
}

#[test]
fn more_octets_than_a_maildrop_can_have_are_not_believed_when_it_has_grown() {
    for octets in [u64::MAX, 0x1f00_0000_0000_0000, 1000] {
        let place = Place::new(&format!("grown-{octets}"));
        place.forge_sidecar(&[(OCTETS, octets)]);
        place.append(b"From c\nthree\n\n");
        assert_eq!(place.log_in().remaining(), Totals { messages: 3, octets: 5 + 5 + 7 });
    }
}

#[test]
fn octets_that_add_up_to_more_than_can_be_counted_are_not_believed() {
    let place = Place::new("sum");
    let most = [OCTETS, OCTETS_OF_FIRST].map(|place| (place, u64::MAX));
    place.forge_sidecar(&[most[0], most[1], (OCTETS_OF_SECOND, 1)]);
    let mut maildrop = place.log_in();
    for index in 0..2 {
        maildrop.delete(MessageNumber::from_index(index)).expect("a message");
    }
    assert_eq!(maildrop.remaining(), Totals::default());
}
