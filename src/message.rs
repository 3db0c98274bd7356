//! What a message is to the protocol: a number, a size in octets, lines.
//!
//! Where a message lies on disk is the maildrop's affair.

use std::fmt;
use std::num::NonZeroU64;

/// The message-id of RFC 1081, p. 4: the first message of a maildrop has "1",
/// the n'th "n". It names a message that exists: only a listing hands it out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct MessageNumber(NonZeroU64);

impl MessageNumber {
    /// The number of the message at this place, counted from 0.
    pub fn from_index(index: usize) -> Self {
        MessageNumber(NonZeroU64::MIN.saturating_add(index as u64))
    }

    /// The place of the message, counted from 0.
    pub fn index(self) -> usize {
        (self.0.get() - 1) as usize
    }

    /// The number as it is sent.
    pub fn get(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for MessageNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Messages and their octets: the two numbers of a drop listing (RFC 1081,
/// p. 5). Octets count every line end as two and no byte-stuffing (p. 14).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct DropListing {
    pub messages: u64,
    pub octets: u64,
}

/// `2 messages (320 octets)`, the memo's way of saying it.
impl fmt::Display for DropListing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let octets = self.octets;
        write!(f, "{} ({octets} octet{})", Messages(self.messages), plural(octets))
    }
}

/// `1 message`, `2 messages`.
pub struct Messages(pub u64);

impl fmt::Display for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} message{}", self.0, plural(self.0))
    }
}

fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// A line of a message, or a part of a line that is too long to hold, without
/// its line end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Piece<'a> {
    pub octets: &'a [u8],
    /// These octets are the first of their line.
    pub starts: bool,
    /// The line ends after these octets.
    pub ends: bool,
}

impl Piece<'_> {
    /// Whether this is the line that ends the headers.
    pub fn is_empty_line(&self) -> bool {
        self.starts && self.ends && self.octets.is_empty()
    }

    /// Octets as RFC 1081, p. 14 counts them: two for a line end.
    pub fn count(&self) -> u64 {
        self.octets.len() as u64 + if self.ends { 2 } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_message_is_number_one() {
        assert_eq!(MessageNumber::from_index(0).get(), 1);
        assert_eq!(MessageNumber::from_index(41).index(), 41);
    }

    #[test]
    fn one_message_is_not_messages() {
        let drop = |messages, octets| DropListing { messages, octets }.to_string();
        assert_eq!(drop(2, 320), "2 messages (320 octets)");
        assert_eq!(drop(1, 1), "1 message (1 octet)");
        assert_eq!(drop(0, 0), "0 messages (0 octets)");
    }
}
