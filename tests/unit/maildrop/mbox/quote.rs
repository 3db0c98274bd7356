//! Unit tests of `src/maildrop/mbox/quote.rs`.

use super::*;

fn quote(parts: &[&[u8]]) -> String {
    let mut quoted = Vec::new();
    let mut quoter = Quoter::new();
    for part in parts {
        quoter.push(part, &mut quoted);
    }
    quoter.end(&mut quoted);
    String::from_utf8(quoted).unwrap()
}

#[test]
fn lines_that_could_be_taken_for_separators() {
    let quoted = quote(&[b"From a\n>From b\n>>From c\n"]);
    assert_eq!(quoted, ">From a\n>>From b\n>>>From c\n");
    for plain in ["From", "Fro\nm ", " From a\n", ">> From\n", "From:\n", "\n\n", "a From b"] {
        assert_eq!(quote(&[plain.as_bytes()]), plain);
    }
}

#[test]
fn parts_make_no_difference() {
    let message = b"x\n>From a\nFrom b\nFroFrom c\n>>Fr\nFrom";
    let parts: Vec<&[u8]> = message.chunks(1).collect();
    assert_eq!(quote(&parts), quote(&[message]));
    assert_eq!(quote(&parts), "x\n>>From a\n>From b\nFroFrom c\n>>Fr\nFrom");
}
