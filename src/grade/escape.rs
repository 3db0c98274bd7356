//! Octets in the data files: escapes are undone, and any octets are made
//! printable.

/// The octets of one line of a file, and whether a line end belongs to them.
#[derive(Debug, PartialEq)]
pub struct Line {
    pub octets: Vec<u8>,
    pub ended: bool,
}

/// Undoes `\r` `\n` `\t` `\\` `\xNN`; a backslash at the very end means "no
/// line end".
///
/// # Errors
/// Names the escape that is not known.
pub fn unescape(text: &str) -> Result<Line, String> {
    let mut octets = Vec::new();
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        if octet != b'\\' {
            octets.push(octet);
            continue;
        }
        match rest.next() {
            None => return Ok(Line { octets, ended: false }),
            Some(letter) => octets.push(escaped(letter, &mut rest)?),
        }
    }
    Ok(Line { octets, ended: true })
}

fn escaped(letter: u8, rest: &mut impl Iterator<Item = u8>) -> Result<u8, String> {
    match letter {
        b'r' => Ok(b'\r'),
        b'n' => Ok(b'\n'),
        b't' => Ok(b'\t'),
        b'\\' => Ok(b'\\'),
        b'x' => hexadecimal(rest.next(), rest.next()),
        other => Err(format!("\\{} is no escape", char::from(other))),
    }
}

fn hexadecimal(high: Option<u8>, low: Option<u8>) -> Result<u8, String> {
    let digit = |octet: Option<u8>| octet.and_then(|octet| char::from(octet).to_digit(16));
    match (digit(high), digit(low)) {
        (Some(high), Some(low)) => Ok((high * 16 + low) as u8),
        _ => Err("\\x wants two hexadecimal digits".to_string()),
    }
}

/// The octets as one printable line, in the escapes that a file would use.
pub fn show(octets: &[u8]) -> String {
    octets.iter().map(|&octet| shown(octet)).collect()
}

/// Octets of a line that `brief` shows.
const BRIEF: usize = 200;

/// The same, cut off after `BRIEF` octets.
pub fn brief(octets: &[u8]) -> String {
    match octets.get(..BRIEF) {
        Some(start) if octets.len() > BRIEF => format!("{}... ({} octets)", show(start), octets.len()),
        _ => show(octets),
    }
}

fn shown(octet: u8) -> String {
    match octet {
        b'\r' => "\\r".to_string(),
        b'\n' => "\\n".to_string(),
        b'\\' => "\\\\".to_string(),
        b' '..=b'~' => char::from(octet).to_string(),
        _ => format!("\\x{octet:02x}"),
    }
}
