//! Unit tests of `src/session/listing.rs`.

use super::*;

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
    assert_eq!(line.unique_id_listing(number, &id), format!("10 {}-2", "a5".repeat(16)).as_bytes());
    assert_eq!(format!("{id}"), format!("{}-2", "a5".repeat(16)));
}
