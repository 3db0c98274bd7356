//! Unit tests of `src/system.rs`.

use super::*;
use fs2::FileExt;
use std::fs::File;

/// Where there is no file that tells it, uname(1) does.
#[test]
fn the_name_is_the_same_whoever_tells_it() {
    let name = uname().expect("uname");
    assert_eq!(host_name().as_deref(), Some(name.trim()));
    assert!(!name.trim().is_empty());
}

#[test]
fn a_lock_is_seen_where_the_system_tells_of_locks() {
    let file = File::open(env!("CARGO_MANIFEST_DIR").to_owned() + "/Cargo.toml").expect("a file");
    let metadata = file.metadata().expect("metadata");
    FileExt::lock_shared(&file).expect("a lock");
    match HeldLocks::now() {
        Ok(locks) => assert!(locks.has(&metadata)),
        Err(e) => assert_eq!(e.kind(), io::ErrorKind::Unsupported),
    }
    FileExt::unlock(&file).expect("a lock");
    if let Ok(locks) = HeldLocks::now() {
        assert!(!locks.has(&metadata));
    }
}

/// Each process has one, where there are any.
#[test]
fn the_directory_of_processes_is_there_or_not_named() {
    let own = std::path::Path::new(PROCESSES).join(std::process::id().to_string());
    assert_eq!(own.exists(), !PROCESSES.is_empty());
}
