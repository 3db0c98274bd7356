//! Unit tests of `src/commands/deliver.rs`.

use super::*;
use std::fs;

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
