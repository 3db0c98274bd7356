//! A redo file that is not whole, or is none: a person must decide. Logins and deliveries are
//! refused, nothing is touched, and without it everything is as before.

use super::visit::{assert_holds, house};
use crate::common::house::House;
use crate::common::mail::maildrop;
use crate::common::program::{deliver, make_fifo};
use std::fs;
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

const REDO: &str = ".pop1081/u.redo";

#[track_caller]
fn assert_all_refused(house: &House, before: &[u8]) {
    let asked = Instant::now();
    let reply = house.open().log_in("u", "pw");
    assert!(reply.starts_with("-ERR "), "{reply}");
    assert!(asked.elapsed() < Duration::from_secs(1));
    assert_eq!(house.read("u"), before);
    let ended = deliver(&house.users, &["u"], b"hello\n");
    assert_eq!(ended.code, Some(75), "{}", ended.stderr);
    assert_eq!(house.read("u"), before);
    // Another maildrop is well.
    house.log_in_when_free("mrose", "secret").quit();
}

#[test]
fn octets_that_are_no_redo_file() {
    let (house, messages) = house();
    let before = maildrop(&messages);
    house.log_in("u", "pw").quit();
    let state = house.read(".pop1081/u.state");
    for octets in [&b""[..], b"garbage", b"pop1081R", &[0; 80], &[0xff; 500], &before, &state] {
        house.write(REDO, octets);
        assert_all_refused(&house, &before);
        assert_eq!(house.read(REDO), octets);
    }
    assert!(house.log().contains("the redo file is not whole"), "{}", house.log());
    fs::remove_file(house.path(REDO)).expect("a redo file");
    assert_holds(&house, "pw", &before);
}

#[test]
fn what_is_no_regular_file() {
    let (house, messages) = house();
    let before = maildrop(&messages);
    house.log_in("u", "pw").quit();
    fs::create_dir(house.path(REDO)).expect("a directory");
    assert_all_refused(&house, &before);
    fs::remove_dir(house.path(REDO)).expect("a directory");
    symlink("/dev/zero", house.path(REDO)).expect("a link");
    assert_all_refused(&house, &before);
    fs::remove_file(house.path(REDO)).expect("a link");
    if make_fifo(&house.path(REDO)) {
        assert_all_refused(&house, &before);
        fs::remove_file(house.path(REDO)).expect("a FIFO");
    }
    assert_holds(&house, "pw", &before);
}

/// A wrong password hears nothing of it.
#[test]
fn the_password_is_asked_first() {
    let (house, _) = house();
    house.log_in("u", "pw").quit();
    house.write(REDO, b"garbage");
    assert_eq!(house.open().log_in("u", "wrong"), "-ERR invalid password");
}
