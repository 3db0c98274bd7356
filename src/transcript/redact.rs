//! What a transcript shows of a line. Printable ASCII is shown as it is and all other
//! octets by name, so that they can't control a terminal; a secret, or what may be one,
//! is not shown.
//!
//! Lines are parsed by [`Command::parse`]. One that is no command may be a password
//! all the same: mistyped, or typed without PASS.

use crate::limits;
use crate::protocol::command::Command;
use std::fmt::Write;

/// How likely it is that a line that is no command is a password.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PasswordPhase {
    /// There was no USER yet.
    Early,
    /// USER was accepted: a password should come next.
    Due,
    /// The client has logged in.
    Past,
}

/// How many octets of a line may be shown; the rest is a secret, or may be one.
pub fn visible_length(line: &[u8], password: PasswordPhase) -> usize {
    let blanks = line.iter().take_while(|o| o.is_ascii_whitespace() || o.is_ascii_control()).count();
    let typed = &line[blanks..];
    let begins = |keyword: &[u8]| typed.get(..keyword.len()).is_some_and(|o| o.eq_ignore_ascii_case(keyword));
    match Command::parse(line) {
        Ok(Command::Apop { name, .. }) if !is_digest(&name) => up_to_the_name(line, &name),
        _ if begins(b"PASS") || begins(b"APOP") => blanks + b"PASS".len(),
        Ok(_) => line.len(),
        Err(_) if begins(b"USER") => blanks + b"USER".len(),
        Err(_) => match password {
            PasswordPhase::Early => blanks + typed.iter().take_while(|o| **o != b' ').count(),
            PasswordPhase::Due => 0,
            PasswordPhase::Past => line.len(),
        },
    }
}

/// Whether a name looks like a digest: a person may confuse APOP's arguments.
fn is_digest(name: &[u8]) -> bool {
    name.len() == 32 && name.iter().all(u8::is_ascii_hexdigit)
}

fn up_to_the_name(line: &[u8], name: &[u8]) -> usize {
    let keyword = b"APOP".len();
    let spaces = line[keyword..].iter().take_while(|o| **o == b' ').count();
    keyword + spaces + name.len()
}

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
#[path = "../../tests/unit/transcript/redact.rs"]
mod tests;
