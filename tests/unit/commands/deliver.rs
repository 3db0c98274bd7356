//! Unit tests of `src/commands/deliver.rs`.

use super::*;
use std::fs;
use std::io::Read;

#[test]
fn what_is_not_there_twice_is_absent() {
    let directory = std::env::temp_dir().join(format!("pop1081-absent-{}", std::process::id()));
    fs::create_dir(&directory).unwrap();
    let (users, name) = (Users::new(&directory).unwrap(), UserName::new(b"u").unwrap());
    assert!(is_absent(&users, &name, || ()).unwrap());
    assert!(!is_absent(&users, &name, || fs::write(directory.join("u"), "").unwrap()).unwrap());
    assert!(!is_absent(&users, &name, || panic!("it is there")).unwrap());
    fs::remove_dir_all(&directory).unwrap();
    // Nobody knows who is a user of a directory that was not mounted yet.
    is_absent(&users, &name, || panic!("nothing is known")).unwrap_err();
}

/// What somebody types: each line, and at last Ctrl-D, which a terminal tells once.
struct Keyboard<'k>(std::slice::Iter<'k, &'k [u8]>);

impl Read for Keyboard<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let typed = self.0.next().expect("nothing is read after Ctrl-D");
        into[..typed.len()].copy_from_slice(typed);
        Ok(typed.len())
    }
}

#[test]
fn one_end_of_the_input_is_enough() {
    let all: [&[u8]; 3] = [b"Subject: x\n", b"\n", b""];
    for (lines, octets) in [(&all[..], 12), (&all[2..], 0)] {
        let mail = Mail::read(&mut Keyboard(lines.iter()), None, 100).unwrap();
        assert_eq!(mail.came, octets);
    }
}
