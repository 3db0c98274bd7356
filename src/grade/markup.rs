//! Text inside XML and HTML, whatever a server has sent: markup is escaped, and what
//! cannot be seen is shown by name.

use std::fmt::Write;
use std::ops::RangeInclusive;

const CONTROLS: [&str; 32] = [
    "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF", "VT", "FF", "CR", "SO", "SI",
    "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS",
    "US",
];

/// Characters of a text that a page shows.
const LONGEST: usize = 400;

/// For content and for attributes between quotation marks. Control characters, which XML 1.0
/// does not have, become question marks.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('?'),
            control if control.is_control() && !"\t\n".contains(control) => escaped.push('?'),
            other => escaped.push(other),
        }
    }
    escaped
}

/// For the content of an element: what cannot be seen by name, also where it is escaped
/// already, as `\x1b`; and no more than a page bears.
pub fn html(text: &str) -> String {
    let mut html = String::new();
    let mut rest = text;
    for _ in 0..LONGEST {
        let Some(character) = rest.chars().next() else { return html };
        let (name, length) = match character {
            '\\' => escape(rest),
            _ => (unseen(character), character.len_utf8()),
        };
        let _ = match name {
            Some(name) => write!(html, "<i>{name}</i>"),
            None => write!(html, "{}", escaped(&rest[..length])),
        };
        rest = &rest[length..];
    }
    if rest.is_empty() { html } else { format!("{html}... ({} characters)", text.chars().count()) }
}

/// The name of the control octet that an escape stands for, if it is one, and the length of
/// the escape.
fn escape(text: &str) -> (Option<String>, usize) {
    let octet = text.strip_prefix("\\x").and_then(|rest| rest.get(..2));
    match (octet.and_then(|digits| u8::from_str_radix(digits, 16).ok()), text.get(..2)) {
        (Some(octet), _) => (if octet < 0x80 { unseen(char::from(octet)) } else { None }, 4),
        (None, Some("\\r")) => (unseen('\r'), 2),
        (None, Some("\\n")) => (unseen('\n'), 2),
        (None, Some("\\\\")) => (None, 2),
        _ => (None, 1),
    }
}

/// What turns or hides other characters, or ends a line.
const HIDDEN: [RangeInclusive<char>; 11] = [
    '\u{7f}'..='\u{9f}',
    '\u{ad}'..='\u{ad}',
    '\u{61c}'..='\u{61c}',
    '\u{180e}'..='\u{180e}',
    '\u{200b}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{fff0}'..='\u{ffff}',
    '\u{e0000}'..='\u{e0fff}',
];

/// The name of a character that cannot be seen.
fn unseen(character: char) -> Option<String> {
    let code = u32::from(character);
    let control = CONTROLS.get(usize::try_from(code).ok()?).map(|name| (*name).to_owned());
    let hidden = || HIDDEN.iter().any(|range| range.contains(&character)).then(|| format!("U+{code:04X}"));
    control.or_else(hidden)
}

#[cfg(test)]
#[path = "../../tests/unit/grade/markup.rs"]
mod tests;
