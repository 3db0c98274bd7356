//! Whether a line that came is the line that was expected.
//!
//! `Exact` takes a file at its word: every octet, `*` standing for one octet or
//! more. It is how this project's own server is held to its texts. `Memo` looks
//! only at what the memo calls significant (p. 13): "+OK" or "-ERR", and the
//! numbers where a reply is made of numbers (STAT, LAST, LIST, scan listings),
//! whatever may follow them. There `*` stands for any one number. What else the
//! memo lays down, a dialogue asks for by `strict:`, so that one fault of a
//! server costs one statement.
//!
//! The memo's greeting ends in a remark in parentheses, and the memo says that a
//! greeting may be any string (p. 3). A remark in parentheses at the end of an
//! expected greeting therefore stands for any remark in () or <>: this server's
//! is the timestamp that APOP needs.

use super::escape::brief;
use std::str::FromStr;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Strictness {
    Exact,
    Memo,
}

/// What a dialogue looks at besides.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Strict {
    /// "+OK" and "-ERR" in capital letters.
    pub letters: bool,
    /// Each line ends in CRLF, not in LF alone.
    pub line_ends: bool,
    /// One space between the parts of a reply.
    pub spaces: bool,
    /// Nothing after the numbers.
    pub rest: bool,
    /// At most 512 octets in a line of status.
    pub length: bool,
}

impl Strict {
    /// Everything.
    pub const ALL: Strict = Strict { letters: true, line_ends: true, spaces: true, rest: true, length: true };
}

impl FromStr for Strict {
    type Err = String;

    fn from_str(text: &str) -> Result<Strict, String> {
        let mut strict = Strict::default();
        for word in text.split(", ") {
            match word {
                "letters" => strict.letters = true,
                "line ends" => strict.line_ends = true,
                "spaces" => strict.spaces = true,
                "nothing more" => strict.rest = true,
                "length" => strict.length = true,
                other => return Err(format!("{other:?} is nothing to be strict about")),
            }
        }
        Ok(strict)
    }
}

/// Octets of a status line with its CRLF (RFC 1939, p. 3).
const STATUS_LINE: usize = 512;

/// Octets with holes: what stands before, between and after the `*`s.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern(pub Vec<Vec<u8>>);

impl Pattern {
    pub fn literal(octets: &[u8]) -> Pattern {
        Pattern(vec![octets.to_vec()])
    }

    /// The pattern as a file would write it.
    pub fn octets(&self) -> Vec<u8> {
        self.0.join(&b'*')
    }

    /// For a greeting, by the octet: a remark in parentheses stands for any remark.
    pub fn greets(&self, came: &[u8]) -> bool {
        match (self.0.as_slice(), without_remark(came)) {
            ([only], Some(came)) if only.ends_with(b")") => {
                without_remark(only).is_some_and(|expected| expected == came)
            }
            _ => self.fits(came),
        }
    }

    /// By the octet.
    pub fn fits(&self, came: &[u8]) -> bool {
        fits(&self.0, came)
    }

    /// By what the memo calls significant, and what is asked for besides.
    pub fn agrees(&self, came: &[u8], strict: Strict) -> bool {
        let expected = self.octets();
        match significant(&expected) {
            Some(words) => agrees(&words, came, strict),
            None => self.fits(came),
        }
    }

    /// What of it is compared, for a person: `+OK 12 and a number, and nothing more`.
    pub fn wanted(&self, strict: Strict) -> String {
        let expected = self.octets();
        let Some(words) = significant(&expected) else { return brief(&expected) };
        let kept = without_trailing_holes(&words);
        let holes = if strict.spaces || strict.rest { words.len() - kept.len() } else { 0 };
        let mut wanted = match kept {
            [] => "a line".to_owned(),
            kept => brief(&kept.join(&b' ')),
        };
        wanted.push_str(&" and a number".repeat(holes));
        let demands = [
            (strict.letters, " in capital letters"),
            (strict.spaces && words.len() > 1, ", one space apart"),
            (strict.rest && words.len() > 1, ", and nothing more"),
            (strict.length, ", at most 512 octets with CRLF"),
        ];
        demands.iter().filter(|(demanded, _)| *demanded).for_each(|(_, words)| wanted.push_str(words));
        wanted
    }
}

/// The words of an expected line that matter, or none if all of its octets do.
fn significant(expected: &[u8]) -> Option<Vec<&[u8]>> {
    let all = words(expected);
    let status = all.first().is_some_and(|word| is_status(word));
    let numbers = &all[usize::from(status)..];
    if all.is_empty() || !numbers.iter().all(|word| is_number(word)) {
        return status.then(|| vec![all[0]]);
    }
    Some(all)
}

/// What follows the last number that matters may be anything.
fn without_trailing_holes<'a, 'b>(words: &'a [&'b [u8]]) -> &'a [&'b [u8]] {
    let kept = words.iter().rposition(|word| *word != b"*").map_or(0, |last| last + 1);
    &words[..kept]
}

fn agrees(words_expected: &[&[u8]], came: &[u8], strict: Strict) -> bool {
    let numbers = words_expected.len() > 1;
    let every_word = numbers && (strict.spaces || strict.rest);
    let expected = if every_word { words_expected } else { without_trailing_holes(words_expected) };
    let came_words: Vec<&[u8]> = match strict.spaces && numbers {
        true => came.split(|&octet| octet == b' ').collect(),
        false if expected.len() > 1 => words(came),
        false => vec![indicator(came)],
    };
    let rest = strict.rest && numbers && came_words.len() > expected.len();
    let long = strict.length && came.len() + 2 > STATUS_LINE;
    !rest
        && !long
        && came_words.len() >= expected.len()
        && expected.iter().zip(&came_words).all(|(word, came)| same_word(word, came, strict.letters))
}

fn same_word(expected: &[u8], came: &[u8], letters: bool) -> bool {
    match expected {
        b"*" => !came.is_empty() && came.iter().all(u8::is_ascii_digit),
        _ if is_status(expected) && !letters => expected.eq_ignore_ascii_case(came),
        _ => expected == came,
    }
}

/// The indicator, perhaps followed by more (p. 2): the memo does not say what parts them.
fn indicator(came: &[u8]) -> &[u8] {
    let end = came.iter().skip(1).position(|octet| !octet.is_ascii_alphanumeric());
    &came[..end.map_or(came.len(), |end| end + 1)]
}

/// What stands before the remark in () or <> that ends the line, if one does.
fn without_remark(line: &[u8]) -> Option<&[u8]> {
    let opening = match line.last()? {
        b')' => b'(',
        b'>' => b'<',
        _ => return None,
    };
    line.iter().rposition(|&octet| octet == opening).map(|start| &line[..start])
}

/// The first piece stands at the start, the last at the end, the others in order between them.
fn fits(pieces: &[Vec<u8>], came: &[u8]) -> bool {
    match pieces {
        [] => false,
        [only] => came == only,
        [first, rest @ ..] => came.strip_prefix(first.as_slice()).is_some_and(|tail| fits_after(rest, tail)),
    }
}

/// `*` has swallowed at least one octet before what is left of the pieces.
fn fits_after(pieces: &[Vec<u8>], tail: &[u8]) -> bool {
    match pieces {
        [last] => tail.len() > last.len() && tail.ends_with(last),
        _ => (1..=tail.len()).any(|start| fits(pieces, &tail[start..])),
    }
}

fn words(line: &[u8]) -> Vec<&[u8]> {
    line.split(|&octet| octet == b' ').filter(|word| !word.is_empty()).collect()
}

fn is_status(word: &[u8]) -> bool {
    word == b"+OK" || word == b"-ERR"
}

/// Digits, or the `*` that stands for any.
fn is_number(word: &[u8]) -> bool {
    word == b"*" || word.iter().all(u8::is_ascii_digit)
}
