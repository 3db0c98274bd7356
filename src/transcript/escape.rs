//! Octets in plain text: printable ASCII as it is, all others by name, so that a
//! transcript can't control a terminal.

use crate::limits;
use std::fmt::Write;

/// The octets 0 to 31, as ASCII names them.
const NAMES: [&str; 32] = [
    "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "TAB", "LF", "VT", "FF", "CR", "SO", "SI",
    "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS",
    "US",
];

/// Adds the octets of a line as they are shown.
pub fn escape(octets: &[u8], to: &mut String) {
    for &octet in octets {
        match octet {
            b' '..=b'~' => to.push(char::from(octet)),
            127 => to.push_str("<DEL>"),
            _ => match NAMES.get(usize::from(octet)) {
                Some(name) => {
                    to.push('<');
                    to.push_str(name);
                    to.push('>');
                }
                // Writing to a string can't fail.
                None => drop(write!(to, "<0x{octet:02X}>")),
            },
        }
    }
}

/// Adds the start of a line of this many octets, and how many more there are.
pub fn escape_start(start: &[u8], octets: u64, to: &mut String) {
    let start = &start[..start.len().min(limits::SHOWN_LINE)];
    escape(start, to);
    let more = octets.saturating_sub(start.len() as u64);
    if more > 0 {
        let _ = write!(to, "<{more} more octets>");
    }
}

#[cfg(test)]
#[path = "../../tests/unit/transcript/escape.rs"]
mod tests;
