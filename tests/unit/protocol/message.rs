//! Unit tests of `src/protocol/message.rs`.

use super::*;

#[test]
fn the_first_message_is_number_one() {
    assert_eq!(MessageNumber::from_index(0).get(), 1);
    assert_eq!(MessageNumber::from_index(41).index(), 41);
}

#[test]
fn one_message_is_not_messages() {
    let drop = |messages, octets| Totals { messages, octets }.to_string();
    assert_eq!(drop(2, 320), "2 messages (320 octets)");
    assert_eq!(drop(1, 1), "1 message (1 octet)");
    assert_eq!(drop(0, 0), "0 messages (0 octets)");
}
