//! Byte-stuffing (RFC 1081, p. 2): how lines become part of a multi-line
//! response.
//!
//! When a response is written to the wire is not decided here.

use crate::message::Piece;

/// The line that ends a multi-line response.
pub const TERMINATION: &[u8] = b".\r\n";

/// Appends a line, or a part of one, with a termination octet before one that
/// begins with it, and CRLF where the line ends.
#[inline]
pub fn stuff(piece: Piece<'_>, response: &mut Vec<u8>) {
    if piece.starts && piece.octets.first() == Some(&b'.') {
        response.push(b'.');
    }
    response.extend_from_slice(piece.octets);
    if piece.ends {
        response.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stuffed(octets: &[u8], starts: bool, ends: bool) -> Vec<u8> {
        let mut response = Vec::new();
        stuff(Piece { octets, starts, ends }, &mut response);
        response
    }

    #[test]
    fn only_a_dot_that_begins_a_line_is_doubled() {
        assert_eq!(stuffed(b".", true, true), b"..\r\n");
        assert_eq!(stuffed(b"..x", true, true), b"...x\r\n");
        assert_eq!(stuffed(b"x.", true, true), b"x.\r\n");
        assert_eq!(stuffed(b"", true, true), b"\r\n");
        assert_eq!(stuffed(b".rest of a long line", false, false), b".rest of a long line");
    }
}
