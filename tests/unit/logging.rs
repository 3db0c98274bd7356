//! Unit tests of `src/logging.rs`.

use super::*;

#[test]
fn a_line_of_the_log_is_one_line() {
    assert_eq!(one_line("a\r\nb \u{1b}[1m \u{85}é"), r"a\r\nb \u{1b}[1m \u{85}é");
}
