//! Unit tests of `src/commands/deliver.rs`.

use super::*;

#[test]
fn what_is_not_there_twice_is_absent() {
    let path = std::env::temp_dir().join(format!("pop1081-absent-{}", std::process::id()));
    assert!(is_absent(&path, || ()));
    assert!(!is_absent(&path, || fs::write(&path, "").unwrap()));
    assert!(!is_absent(&path, || panic!("it is there")));
    fs::remove_file(&path).unwrap();
}
