//! TELNET controls (RFC 854) among the octets of a client: taken out, so that
//! they never become part of a command, and what there is to answer.
//!
//! A telnet sends them when somebody presses Ctrl-C or the like. It then shows
//! nothing until it has an answer, so it gets one. Options are all declined:
//! DO gets its WONT, WILL its DONT; WONT and DONT get nothing, so that no two
//! programs answer each other for ever. What is a control:
//!
//! - IAC and a command of 236 to 249, or IAC, WILL to DONT and an option.
//! - IAC SB up to IAC SE, although no option is ever accepted.
//! - IAC IAC is one octet 255; so is IAC before any other octet, for in a
//!   password, or from a program that is no telnet, it is an octet like others.
//! - LF is never part of a control: it ends the line, whatever came before it.
//! - An interrupt discards the partial line, as a terminal would; the reader of
//!   lines does that.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::io::{self, Read};

const IAC: u8 = 255;
const DONT: u8 = 254;
const DO: u8 = 253;
const WONT: u8 = 252;
const WILL: u8 = 251;
const SB: u8 = 250;
const EL: u8 = 248;
const IP: u8 = 244;
const BRK: u8 = 243;
const SE: u8 = 240;
const ABORT: u8 = 238;
const SUSP: u8 = 237;
const EOF: u8 = 236;

/// A whole control.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Control {
    Command(u8),
    /// WILL, WONT, DO or DONT.
    Negotiation {
        verb: u8,
        option: u8,
    },
    Subnegotiation,
}

impl Control {
    /// Whether whatever comes after it is a new line.
    pub fn begins_line(self) -> bool {
        matches!(self, Control::Command(IP | BRK | ABORT | SUSP | EL))
    }

    /// What is to be answered.
    pub fn answer(self) -> Option<Control> {
        match self {
            Control::Negotiation { verb: DO, option } => Some(Control::Negotiation { verb: WONT, option }),
            Control::Negotiation { verb: WILL, option } => Some(Control::Negotiation { verb: DONT, option }),
            _ => None,
        }
    }

    /// As it is sent; only an answer is.
    pub fn octets(self) -> Vec<u8> {
        match self {
            Control::Negotiation { verb, option } => vec![IAC, verb, option],
            Control::Command(code) => vec![IAC, code],
            Control::Subnegotiation => vec![IAC, SB, IAC, SE],
        }
    }
}

impl Error for Control {}

/// `<IAC IP>`, `<IAC DO TIMING-MARK>`
impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Control::Command(code) => write!(f, "<IAC {}>", command_name(code)),
            Control::Negotiation { verb, option } => {
                write!(f, "<IAC {} ", command_name(verb))?;
                match option_name(option) {
                    Some(name) => write!(f, "{name}>"),
                    None => write!(f, "{option}>"),
                }
            }
            Control::Subnegotiation => f.write_str("<IAC SB ... IAC SE>"),
        }
    }
}

/// RFC 854, p. 14, and RFC 1184, p. 4.
fn command_name(code: u8) -> &'static str {
    const NAMES: [&str; 20] = [
        "EOF", "SUSP", "ABORT", "EOR", "SE", "NOP", "DM", "BRK", "IP", "AO", "AYT", "EC", "EL", "GA", "SB",
        "WILL", "WONT", "DO", "DONT", "IAC",
    ];
    code.checked_sub(EOF).map_or("?", |place| NAMES[usize::from(place)])
}

/// The options that a telnet offers by itself.
fn option_name(option: u8) -> Option<&'static str> {
    Some(match option {
        0 => "BINARY",
        1 => "ECHO",
        3 => "SUPPRESS-GO-AHEAD",
        5 => "STATUS",
        6 => "TIMING-MARK",
        24 => "TERMINAL-TYPE",
        31 => "WINDOW-SIZE",
        32 => "TERMINAL-SPEED",
        33 => "REMOTE-FLOW-CONTROL",
        34 => "LINEMODE",
        35 => "X-DISPLAY-LOCATION",
        36 => "OLD-ENVIRON",
        37 => "AUTHENTICATION",
        39 => "NEW-ENVIRON",
        _ => return None,
    })
}

/// Where in a control, or in none, the last octet was.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum Place {
    #[default]
    Text,
    Iac,
    /// After IAC and WILL, WONT, DO or DONT.
    Verb(u8),
    Subnegotiation,
    SubnegotiationIac,
}

/// What an octet is after those before it.
enum Meaning {
    Text,
    /// The IAC before it was text; the octet is to be looked at again.
    TextBefore,
    PartOfControl,
    Control(Control),
}

/// The client's text. In place of a control, a read fails with an error whose
/// payload is the [`Control`]; all text before it has been read by then.
pub struct Telnet<R> {
    inner: R,
    place: Place,
    /// Octets with controls among them that are still to be looked at.
    raw: VecDeque<u8>,
}

impl<R: Read> Telnet<R> {
    /// The text among the octets that this gives.
    pub fn new(inner: R) -> Self {
        Telnet { inner, place: Place::Text, raw: VecDeque::new() }
    }

    /// What gives the octets.
    pub fn inner(&mut self) -> &mut R {
        &mut self.inner
    }

    /// Moves text to the buffer, up to the next control; returns its octets, or the
    /// control if there is no text before it.
    fn take_text(&mut self, buffer: &mut [u8]) -> Result<usize, Control> {
        let mut filled = 0;
        while filled < buffer.len()
            && let Some(&octet) = self.raw.front()
        {
            let (place, meaning) = after(self.place, octet);
            if filled > 0 && matches!(meaning, Meaning::Control(_)) {
                break;
            }
            self.place = place;
            if !matches!(meaning, Meaning::TextBefore) {
                self.raw.pop_front();
            }
            buffer[filled] = if let Meaning::TextBefore = meaning { IAC } else { octet };
            match meaning {
                Meaning::Text | Meaning::TextBefore => filled += 1,
                Meaning::PartOfControl => {}
                Meaning::Control(control) => return Err(control),
            }
        }
        Ok(filled)
    }
}

impl<R: Read> Read for Telnet<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.raw.is_empty() {
                let octets = self.inner.read(buffer)?;
                let text = self.place == Place::Text && memchr::memchr(IAC, &buffer[..octets]).is_none();
                if text || octets == 0 {
                    return Ok(octets);
                }
                self.raw = VecDeque::from(buffer[..octets].to_vec());
            }
            match self.take_text(buffer) {
                Ok(0) => {}
                Ok(octets) => return Ok(octets),
                Err(control) => return Err(io::Error::other(control)),
            }
        }
    }
}

fn after(place: Place, octet: u8) -> (Place, Meaning) {
    match (place, octet) {
        (Place::Iac, IAC) => (Place::Text, Meaning::Text),
        (Place::Iac, SB) => (Place::Subnegotiation, Meaning::Control(Control::Subnegotiation)),
        (Place::Iac, WILL..=DONT) => (Place::Verb(octet), Meaning::PartOfControl),
        (Place::Iac, EOF..SB) => (Place::Text, Meaning::Control(Control::Command(octet))),
        (Place::Iac, _) => (Place::Text, Meaning::TextBefore),
        (_, b'\n') => (Place::Text, Meaning::Text),
        (Place::Text, IAC) => (Place::Iac, Meaning::PartOfControl),
        (Place::Text, _) => (Place::Text, Meaning::Text),
        (Place::Verb(verb), option) => (Place::Text, Meaning::Control(Control::Negotiation { verb, option })),
        (Place::Subnegotiation, IAC) => (Place::SubnegotiationIac, Meaning::PartOfControl),
        (Place::SubnegotiationIac, SE) => (Place::Text, Meaning::PartOfControl),
        (Place::Subnegotiation | Place::SubnegotiationIac, _) => {
            (Place::Subnegotiation, Meaning::PartOfControl)
        }
    }
}

#[cfg(test)]
#[path = "../../tests/unit/protocol/telnet.rs"]
mod tests;
