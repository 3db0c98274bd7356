//! Unit tests of `src/protocol/apop.rs`.

use super::*;
use std::collections::HashSet;
use std::thread;

#[test]
fn no_timestamp_comes_twice() {
    let threads: Vec<_> =
        (0..4).map(|_| thread::spawn(|| (0..1000).map(|_| timestamp("dewey")).collect::<Vec<_>>())).collect();
    let all: Vec<_> = threads.into_iter().flat_map(|t| t.join().unwrap()).collect();
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 4000);
    assert!(all[0].starts_with('<') && all[0].ends_with("@dewey>"));
}

#[test]
fn a_host_cannot_break_the_greeting() {
    assert!(host("dewey.udel.edu").is_some());
    for bad in ["", "a b", "a>b", "a@b", "a\r\nb", "é"] {
        assert!(host(bad).is_none(), "{bad:?}");
    }
}

const TIMESTAMP: &str = "<1896.697170952@dbc.mtview.ca.us>";
const DIGEST: &[u8] = b"c4c9334bac560ecc979e58001b3e22fb";

#[test]
fn the_example_of_the_standard() {
    assert!(proves(DIGEST, TIMESTAMP, &Password::new(b"tanstaaf")));
}

#[test]
fn anything_else_proves_nothing() {
    let secret = Password::new(b"tanstaaf");
    assert!(!proves(&DIGEST.to_ascii_uppercase(), TIMESTAMP, &secret));
    assert!(!proves(&DIGEST[..31], TIMESTAMP, &secret));
    assert!(!proves(b"", TIMESTAMP, &secret));
    assert!(!proves(DIGEST, "<1897.697170952@dbc.mtview.ca.us>", &secret));
    const OF_NO_SECRET: &[u8] = b"6d7379174f7df9fb329480e5c47c1f1a";
    assert!(!proves(OF_NO_SECRET, TIMESTAMP, &Password::new(b"")));
}
