//! Unit tests of `src/protocol/reply.rs`.

use super::*;
use crate::maildrop::UniqueId;

#[test]
fn no_octet_of_a_client_breaks_the_line() {
    let reply = no_such_user(b"x\r\n+OK \x1b[1m\xff");
    assert!(reply.as_str().bytes().all(|o| (0x20..0x7f).contains(&o)), "{reply:?}");
}

#[test]
fn a_reply_fits_into_512_octets_with_its_line_end() {
    assert_eq!(Reply::err("x".repeat(2000)).as_str().len(), 510);
}

#[test]
fn what_is_left() {
    let left = |n| signing_off_with("dewey", n).as_str().to_owned();
    assert_eq!(left(0), "+OK dewey POP3 server signing off (maildrop empty)");
    assert_eq!(left(1), "+OK dewey POP3 server signing off (1 message left)");
    assert_eq!(left(2), "+OK dewey POP3 server signing off (2 messages left)");
}

#[test]
fn numbers_are_what_formatting_makes_of_them() {
    for number in [0, 1, 9, 10, 99, 100, 320, 1_000_000_007, u64::MAX] {
        let (digits, start) = decimal(number);
        assert_eq!(String::from_utf8_lossy(&digits[start..]), number.to_string());
    }
}

#[test]
fn lines_follow_each_other_in_one_buffer() {
    let mut line = ListingLine::default();
    let number = MessageNumber::from_index(9);
    assert_eq!(line.scan_listing(number, 120), b"10 120");
    assert_eq!(line.scan_listing(number, 7), b"10 7");
    let id = UniqueId { digest: [0xa5; 16], copy: 2 };
    let (digits, length) = id.digits();
    assert_eq!(
        line.unique_id_listing(number, &digits[..length]),
        format!("10 {}-2", "a5".repeat(16)).as_bytes()
    );
    assert_eq!(format!("{id}"), format!("{}-2", "a5".repeat(16)));
}
