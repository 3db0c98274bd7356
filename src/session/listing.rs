//! The lines of LIST and UIDL, of which there may be hundreds of thousands: made
//! in one buffer, without the machinery of formatting.

use crate::maildrop::UniqueId;
use crate::protocol::message::MessageNumber;

/// A line in the making.
#[derive(Default)]
pub struct ListingLine(Vec<u8>);

impl ListingLine {
    /// The scan listing of a message (RFC 1081, p. 6): its number and its octets.
    pub fn scan_listing(&mut self, number: MessageNumber, octets: u64) -> &[u8] {
        self.begin(number);
        self.push_number(octets);
        &self.0
    }

    /// The unique-id listing of a message (RFC 1939, p. 12).
    pub fn unique_id_listing(&mut self, number: MessageNumber, id: &UniqueId) -> &[u8] {
        self.begin(number);
        let (digits, length) = id.digits();
        self.0.extend_from_slice(&digits[..length]);
        &self.0
    }

    fn begin(&mut self, number: MessageNumber) {
        self.0.clear();
        self.push_number(number.get());
        self.0.push(b' ');
    }

    fn push_number(&mut self, number: u64) {
        let (digits, start) = decimal(number);
        self.0.extend_from_slice(&digits[start..]);
    }
}

/// The digits of a number, and where they start.
fn decimal(mut number: u64) -> ([u8; 20], usize) {
    let (mut digits, mut start) = ([b'0'; 20], 20);
    loop {
        start -= 1;
        digits[start] += (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return (digits, start);
        }
    }
}

#[cfg(test)]
#[path = "../../tests/unit/session/listing.rs"]
mod tests;
