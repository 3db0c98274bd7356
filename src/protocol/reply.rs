//! Replies: one line each, in the memo's own words where it gives some; and the lines
//! that follow the reply to LIST and UIDL.

use super::credentials::UserName;
use super::message::{MessageNumber, Messages, Totals};
use crate::limits;
use std::fmt;

/// A success indicator and what follows it, without the CRLF.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reply(String);

impl Reply {
    /// `+OK` alone.
    pub fn done() -> Self {
        Reply("+OK".to_owned())
    }

    /// `+OK` and some text.
    pub fn ok(text: impl fmt::Display) -> Self {
        Reply::line(format_args!("+OK {text}"))
    }

    /// `-ERR` and the rule that was broken or the thing that went wrong.
    pub fn err(text: impl fmt::Display) -> Self {
        Reply::line(format_args!("-ERR {text}"))
    }

    /// One line of printable ASCII, within the length that clients expect.
    fn line(text: fmt::Arguments<'_>) -> Self {
        let shown = |c: char| if c == ' ' || c.is_ascii_graphic() { c } else { '?' };
        let line = text.to_string();
        Reply(line.chars().map(shown).take(limits::REPLY_LINE - 2).collect())
    }

    /// The line without its CRLF.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The greeting (RFC 1081, p. 3) with the timestamp of APOP.
pub fn ready(host: &str, timestamp: &str) -> Reply {
    Reply::ok(format_args!("{host} POP3 server ready {timestamp}"))
}

/// USER, p. 4.
pub fn welcome(name: impl fmt::Display) -> Reply {
    Reply::ok(format_args!("{name} is a real hoopy frood"))
}

/// USER, p. 4.
pub fn no_such_user(name: &[u8]) -> Reply {
    let name = String::from_utf8_lossy(&name[..name.len().min(limits::USER_NAME)]);
    Reply::err(format_args!("sorry, {name} doesn't get his mail here"))
}

/// PASS, p. 4.
pub fn invalid_password() -> Reply {
    Reply::err("invalid password")
}

/// RPOP, p. 12, and APOP.
pub fn permission_denied() -> Reply {
    Reply::err("permission denied")
}

/// RPOP, p. 12, from another port.
pub fn only_from_reserved_port(end: u16) -> Reply {
    Reply::err(format_args!("permission denied, RPOP needs a port below {end}"))
}

/// A command of another state (RFC 1081, p. 12).
pub fn only_after_login(keyword: &str) -> Reply {
    Reply::err(format_args!("{keyword} is only valid after you have logged in"))
}

/// A command of another state (RFC 1081, p. 12).
pub fn only_before_login(keyword: &str) -> Reply {
    Reply::err(format_args!("{keyword} is only valid before you have logged in"))
}

/// The last reply of a connection with too many errors.
pub fn too_many(what: &str) -> Reply {
    Reply::err(format_args!("too many {what}, the connection is closed"))
}

/// PASS, p. 5, with the response code of RFC 2449, p. 12.
pub fn already_locked(name: &str) -> Reply {
    Reply::err(format_args!("[IN-USE] unable to lock {name}'s maildrop, file already locked"))
}

/// PASS, p. 5, when another program has the maildrop.
pub fn being_written(name: &str) -> Reply {
    Reply::err(format_args!("[IN-USE] unable to lock {name}'s maildrop, mail is being written to it"))
}

/// PASS, p. 5; RPOP, p. 12.
pub fn locked_and_ready(name: &UserName, drop: Totals) -> Reply {
    Reply::ok(format_args!("{name}'s maildrop has {drop}"))
}

/// STAT, p. 6: the drop listing.
pub fn drop_listing(drop: Totals) -> Reply {
    Reply::ok(format_args!("{} {}", drop.messages, drop.octets))
}

/// LIST without an argument, p. 7.
pub fn scan_listing_follows(drop: Totals) -> Reply {
    Reply::ok(drop)
}

/// LIST with an argument, p. 7: the scan listing of one message.
pub fn scan_listing(number: MessageNumber, octets: u64) -> Reply {
    Reply::ok(format_args!("{number} {octets}"))
}

/// RETR, p. 8.
pub fn message_follows(octets: u64) -> Reply {
    Reply::ok(format_args!("{octets} octets"))
}

/// LIST, p. 7, and whatever else takes a message-id. The count is that of the
/// maildrop with its deleted messages, for numbers do not move.
pub fn no_such_message(in_maildrop: u64) -> Reply {
    Reply::err(format_args!("no such message, only {} in maildrop", Messages(in_maildrop)))
}

/// DELE, p. 8.
pub fn deleted(number: MessageNumber) -> Reply {
    Reply::ok(format_args!("message {number} deleted"))
}

/// DELE, p. 8, and whatever else takes a message-id.
pub fn already_deleted(number: MessageNumber) -> Reply {
    Reply::err(format_args!("message {number} already deleted"))
}

/// LAST, p. 9: the highest number accessed.
pub fn highest_accessed(number: u64) -> Reply {
    Reply::ok(number)
}

/// RSET, p. 10.
pub fn maildrop_has(drop: Totals) -> Reply {
    Reply::ok(format_args!("maildrop has {drop}"))
}

/// UIDL with an argument (RFC 1939, p. 12).
pub fn unique_id(number: MessageNumber, id: impl fmt::Display) -> Reply {
    Reply::ok(format_args!("{number} {id}"))
}

/// QUIT in the AUTHORIZATION state, p. 5.
pub fn signing_off(host: &str) -> Reply {
    Reply::ok(format_args!("{host} POP3 server signing off"))
}

/// QUIT after UPDATE, p. 10.
pub fn signing_off_with(host: &str, left: u64) -> Reply {
    match left {
        0 => Reply::ok(format_args!("{host} POP3 server signing off (maildrop empty)")),
        _ => Reply::ok(format_args!("{host} POP3 server signing off ({} left)", Messages(left))),
    }
}

/// A line of LIST or UIDL, of which there may be hundreds of thousands: made in one
/// buffer, without the machinery of formatting.
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
    pub fn unique_id_listing(&mut self, number: MessageNumber, id: &[u8]) -> &[u8] {
        self.begin(number);
        self.0.extend_from_slice(id);
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
#[path = "../../tests/unit/protocol/reply.rs"]
mod tests;
