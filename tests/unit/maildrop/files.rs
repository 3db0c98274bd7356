//! What a disk says is told as a person needs it.

use super::sentence;
use std::io::{Error, ErrorKind};

#[test]
fn a_full_disk_is_told_with_what_helps() {
    let helps = "the disk is full; free some space and try again";
    assert_eq!(sentence(&Error::from_raw_os_error(libc::ENOSPC)), helps);
    assert_eq!(sentence(&Error::from_raw_os_error(libc::EDQUOT)), helps);
    assert_eq!(sentence(&ErrorKind::StorageFull.into()), helps);
}

#[test]
fn anything_else_is_told_as_the_system_says_it() {
    assert!(sentence(&Error::from_raw_os_error(libc::EIO)).starts_with("Input/output error"));
    assert_eq!(sentence(&Error::other("it has more than one name")), "it has more than one name");
}
