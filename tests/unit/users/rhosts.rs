//! Unit tests of `src/users/rhosts.rs`.

use super::*;

const FILE: &str = "# the lab\n\n192.0.2.7 mrose\n2001:db8::1   frated\n#127.0.0.1 mrose\n127.0.0.1 a b\n";

fn admits_from(address: &str, user: &str) -> bool {
    admits(FILE, address.parse().unwrap(), user.as_bytes())
}

#[test]
fn host_and_user_must_both_be_named() {
    assert!(admits_from("192.0.2.7", "mrose"));
    assert!(admits_from("::ffff:192.0.2.7", "mrose"));
    assert!(admits_from("2001:db8::1", "frated"));
    assert!(!admits_from("192.0.2.7", "frated"));
    assert!(!admits_from("192.0.2.8", "mrose"));
    assert!(!admits_from("192.0.2.7", "MROSE"));
}

#[test]
fn comments_and_broken_lines_admit_nobody() {
    assert!(!admits_from("127.0.0.1", "mrose"));
    assert!(!admits_from("127.0.0.1", "a"));
    assert!(!admits_from("127.0.0.1", ""));
}

#[test]
fn it_is_said_why_a_line_admits_nobody() {
    for comment in ["", " \t", "#127.0.0.1 mrose", "  # x"] {
        assert_eq!(entry(comment), Ok(None), "{comment:?}");
    }
    for (line, why) in [("dewey mrose", "numeric"), ("127.0.0.1", "no remote user"), ("::1 a b", "more")] {
        assert!(entry(line).is_err_and(|said| said.contains(why)), "{line}");
    }
}
