//! Unit tests of `src/protocol/reply.rs`.

use super::*;

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
