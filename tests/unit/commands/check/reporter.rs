//! Unit tests of `src/commands/check/reporter.rs`.

use super::*;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

#[test]
fn a_finding_is_one_line() {
    let path = PathBuf::from(OsStr::from_bytes(b"Users/a\n\x1b[1mb\xff\xc3\xa9"));
    let finding = Finding { path, line: Some(2), what: "x".to_owned() };
    assert_eq!(finding.to_string(), "Users/a\\n\\u{1b}[1mb\\xff\u{e9}:2: x");
}
