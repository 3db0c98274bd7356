//! The timestamp of APOP in a greeting (RFC 1939, p. 15).

/// The msg-id in a greeting: from the last `<` to the `>` after it, with an `@`
/// between, and no spaces.
pub fn timestamp(greeting: &[u8]) -> Option<&[u8]> {
    let start = greeting.iter().rposition(|&octet| octet == b'<')?;
    let end = greeting[start..].iter().position(|&octet| octet == b'>')?;
    let stamp = &greeting[start..=start + end];
    let at = stamp.iter().position(|&octet| octet == b'@')?;
    let sound = at > 1 && at < stamp.len() - 2 && stamp.iter().all(u8::is_ascii_graphic);
    sound.then_some(stamp)
}
