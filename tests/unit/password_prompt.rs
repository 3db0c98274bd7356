//! Unit tests of `src/password_prompt.rs`.

use super::*;

#[test]
fn a_line_of_standard_input() {
    for (input, password) in
        [("a b \nc\n", "a b "), ("a\r\n", "a"), ("a", "a"), ("", ""), ("\n", ""), ("\rb\n", "\rb")]
    {
        assert_eq!(line(&mut input.as_bytes(), b"\n").unwrap().0, password.as_bytes());
    }
    assert!(line(&mut io::repeat(b'x'), b"\n").unwrap().0.len() > limits::PASSWORD_LINE);
}
