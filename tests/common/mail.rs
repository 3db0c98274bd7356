//! Maildrops made of messages, so that a test can tell what must be left of one.

/// A message in a maildrop: a separator line, the text, the empty line after it.
pub fn message(number: usize, text: &str) -> Vec<u8> {
    let text = if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") };
    format!("From m{number}@example.org Tue Nov  1 09:05:{number:02} 1988\n{text}\n").into_bytes()
}

/// This many messages, each with a header, an empty line and a body of its own.
pub fn messages(count: usize) -> Vec<Vec<u8>> {
    (1..=count).map(|n| message(n, &format!("Subject: number {n}\n\nThe body of message {n}.\n"))).collect()
}

/// A maildrop of these messages, password "pw".
pub fn maildrop<'a>(messages: impl IntoIterator<Item = &'a Vec<u8>>) -> Vec<u8> {
    let mut maildrop = b"pw\n".to_vec();
    messages.into_iter().for_each(|message| maildrop.extend_from_slice(message));
    maildrop
}

/// The octets with a text replaced that they must contain.
#[track_caller]
pub fn replaced(octets: &[u8], old: &str, new: &str) -> Vec<u8> {
    let old = old.as_bytes();
    let at = octets.windows(old.len()).position(|window| window == old).expect("the text to be replaced");
    [&octets[..at], new.as_bytes(), &octets[at + old.len()..]].concat()
}
