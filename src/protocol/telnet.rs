//! TELNET controls (RFC 854) among the octets of a client: taken out, so that
//! they never become part of a command, and what there is to answer.
//!
//! A telnet sends them when somebody presses Ctrl-C or the like. It then shows
//! nothing until it has an answer, so it gets one. Options are all declined:
//! DO gets its WONT, WILL its DONT; WONT and DONT get nothing, so that no two
//! programs answer each other for ever. What is a control:
//!
//! - IAC and a command of 236 to 249, or IAC, WILL to DONT and an option.
//! - IAC SB up to IAC SE. Nobody has reason to send it, for we accept no option.
//! - IAC IAC is one octet 255; so is IAC before any other octet, for in a
//!   password, or from a program that is no telnet, it is an octet like others.
//! - LF is never part of a control: it ends the line, whatever came before it.
//! - Whoever interrupts begins a new line: what had come of the old one is
//!   dropped, as a terminal does it.

use std::fmt;

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
    Command {
        code: u8,
        /// Octets of an unfinished line that it has made go away.
        dropped: usize,
    },
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
        matches!(self, Control::Command { code: IP | BRK | ABORT | SUSP | EL, .. })
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
            Control::Command { code, .. } => vec![IAC, code],
            Control::Subnegotiation => vec![IAC, SB, IAC, SE],
        }
    }

    fn dropping(self, octets: usize) -> Self {
        match self {
            Control::Command { code, .. } => Control::Command { code, dropped: octets },
            other => other,
        }
    }
}

/// `<IAC IP>`, `<IAC DO TIMING-MARK>`
impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Control::Command { code, dropped: 0 } => write!(f, "<IAC {}>", command_name(code)),
            Control::Command { code, dropped } => {
                write!(f, "<IAC {}> <{dropped} octets of an unfinished line dropped>", command_name(code))
            }
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
    /// After an IAC, which stays where it is until it is known what it is.
    Iac,
    /// After IAC and WILL, WONT, DO or DONT.
    Verb(u8),
    Subnegotiation,
    SubnegotiationIac,
}

/// Takes the controls out of what a client sends, however it is cut into pieces.
#[derive(Default)]
pub struct Filter(Place);

impl Filter {
    /// Takes them out of the octets from here on, which are new; those before are
    /// text from which no line was taken yet. Tells of each whole control, and where
    /// the line that it is in starts. Returns how many octets are text now, old
    /// and new.
    pub fn strip(&mut self, octets: &mut [u8], from: usize, mut tell: impl FnMut(Control, usize)) -> usize {
        if self.0 == Place::Text && memchr::memchr(IAC, &octets[from..]).is_none() {
            return octets.len();
        }
        let mut text = from;
        for at in from..octets.len() {
            let octet = octets[at];
            let was = self.0;
            self.0 = next_place(was, octet);
            if is_text(was, octet) {
                octets[text] = octet;
                text += 1;
            } else if was == Place::Iac && octet != IAC {
                // That IAC was no text; it is gone already if the line is too long to be kept.
                text = text.saturating_sub(1);
            }
            if let Some(control) = ended(was, octet) {
                let line = start_of_line(&octets[..text]);
                let kept = if control.begins_line() { line } else { text };
                tell(control.dropping(text - kept), line);
                text = kept;
            }
        }
        text
    }
}

fn next_place(place: Place, octet: u8) -> Place {
    match (place, octet) {
        (_, b'\n') => Place::Text,
        (Place::Text, IAC) => Place::Iac,
        (Place::Iac, SB) => Place::Subnegotiation,
        (Place::Iac, WILL..=DONT) => Place::Verb(octet),
        (Place::Text | Place::Iac | Place::Verb(_), _) => Place::Text,
        (Place::Subnegotiation, IAC) => Place::SubnegotiationIac,
        (Place::SubnegotiationIac, SE) => Place::Text,
        (Place::Subnegotiation | Place::SubnegotiationIac, _) => Place::Subnegotiation,
    }
}

/// Whether it is, for now, an octet of the client's text.
fn is_text(place: Place, octet: u8) -> bool {
    octet == b'\n' || place == Place::Text || place == Place::Iac && octet < EOF
}

/// The control that ends with this octet.
fn ended(place: Place, octet: u8) -> Option<Control> {
    match (place, octet) {
        (_, b'\n') => None,
        (Place::Iac, SB) => Some(Control::Subnegotiation),
        (Place::Iac, EOF..SB) => Some(Control::Command { code: octet, dropped: 0 }),
        (Place::Verb(verb), option) => Some(Control::Negotiation { verb, option }),
        _ => None,
    }
}

fn start_of_line(text: &[u8]) -> usize {
    memchr::memrchr(b'\n', text).map_or(0, |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text and the controls that come of these octets, in parts of this size.
    fn stripped(octets: &[u8], size: usize) -> (Vec<u8>, Vec<String>) {
        let (mut filter, mut text, mut controls) = (Filter::default(), Vec::new(), Vec::new());
        for part in octets.chunks(size) {
            let from = text.len();
            text.extend_from_slice(part);
            let kept = filter.strip(&mut text, from, |control, _| controls.push(control.to_string()));
            text.truncate(kept);
        }
        (text, controls)
    }

    #[track_caller]
    fn expect(octets: &[u8], text: &[u8], controls: &[&str]) {
        for size in 1..=octets.len() {
            let (came, told) = stripped(octets, size);
            assert_eq!(came.escape_ascii().to_string(), text.escape_ascii().to_string());
            assert_eq!(told, controls);
        }
    }

    #[test]
    fn what_telnet_sends_on_ctrl_c() {
        let controls = ["<IAC IP>", "<IAC DO TIMING-MARK>"];
        expect(b"STAT\r\n\xff\xf4\xff\xfd\x06NOOP\r\n", b"STAT\r\nNOOP\r\n", &controls);
        expect(b"\xff\xf3\xff\xf2", b"", &["<IAC BRK>", "<IAC DM>"]);
    }

    #[test]
    fn who_interrupts_begins_a_new_line() {
        let dropped = "<IAC IP> <4 octets of an unfinished line dropped>";
        expect(b"STAT\r\nDELE\xff\xf4NOOP\r\n", b"STAT\r\nNOOP\r\n", &[dropped]);
        expect(b"NO\xff\xf6OP", b"NOOP", &["<IAC AYT>"]);
    }

    #[test]
    fn negotiations_and_what_is_answered() {
        expect(
            b"\xff\xfb\x18\xff\xfc\x01\xff\xfe\xff",
            b"",
            &["<IAC WILL TERMINAL-TYPE>", "<IAC WONT ECHO>", "<IAC DONT 255>"],
        );
        let answer = |verb| Control::Negotiation { verb, option: 6 }.answer().map(Control::octets);
        assert_eq!(answer(DO), Some(b"\xff\xfc\x06".to_vec()));
        assert_eq!(answer(WILL), Some(b"\xff\xfe\x06".to_vec()));
        assert_eq!((answer(WONT), answer(DONT)), (None, None));
    }

    #[test]
    fn a_subnegotiation_is_no_text() {
        expect(b"A\xff\xfa\x18\x00vt\xff\xff100\xff\xf0B", b"AB", &["<IAC SB ... IAC SE>"]);
    }

    #[test]
    fn an_octet_255_of_a_password() {
        expect(b"a\xff\tb\xff", b"a\xff\tb\xff", &[]);
        expect(b"a\xff\xffb\xff\xff\xff\xf1", b"a\xffb\xff", &["<IAC NOP>"]);
    }

    #[test]
    fn a_line_end_always_ends_the_line() {
        for before in [&b"\xff"[..], b"\xff\xfd", b"\xff\xfa\x18", b"\xff\xfa\xff"] {
            let (text, _) = stripped(&[before, b"\nSTAT\n"].concat(), 1);
            assert!(text.ends_with(b"\nSTAT\n") && text.len() <= 7, "{}", text.escape_ascii());
        }
    }
}
