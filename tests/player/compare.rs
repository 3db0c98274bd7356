//! When is a line that came the line that was expected?
//!
//! `Exact` takes a file at its word: every octet, `*` standing for one octet or more. It is
//! how this project's own server is held to its texts. `Memo` looks only at what the memo
//! calls significant (p. 13): "+OK" or "-ERR", and the numbers where a reply is nothing but
//! numbers (STAT, LAST, LIST, scan listings), whatever may follow them. Other servers, which
//! word their replies otherwise, can be held to the same files by it.
//!
//! The memo's greeting ends in a remark in parentheses, and says that a greeting may be any
//! string (p. 3). A remark in parentheses at the end of an expected greeting therefore stands
//! for any remark in () or <>: this server's is the timestamp that APOP needs.

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Strictness {
    Exact,
    Memo,
}

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

    /// For a greeting: a remark in parentheses stands for any remark.
    pub fn greets(&self, came: &[u8], strictness: Strictness) -> bool {
        match (self.0.as_slice(), without_remark(came)) {
            ([only], Some(came)) if only.ends_with(b")") => without_remark(only)
                .is_some_and(|expected| Pattern::literal(expected).agrees(came, strictness)),
            _ => self.agrees(came, strictness),
        }
    }

    pub fn agrees(&self, came: &[u8], strictness: Strictness) -> bool {
        match strictness {
            Strictness::Exact => fits(&self.0, came),
            Strictness::Memo => self.agrees_in_substance(came),
        }
    }

    fn agrees_in_substance(&self, came: &[u8]) -> bool {
        let expected = self.octets();
        let significant: Vec<&[u8]> = match words(&expected).as_slice() {
            [status, numbers @ ..] if is_status(status) && all_numbers(numbers) => words(&expected),
            [status, ..] if is_status(status) => vec![status],
            numbers if all_numbers(numbers) => numbers.to_vec(),
            _ => return fits(&self.0, came),
        };
        !significant.is_empty() && words(came).starts_with(&significant) || fits(&self.0, came)
    }
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

fn all_numbers(words: &[&[u8]]) -> bool {
    words.iter().all(|word| word.iter().all(u8::is_ascii_digit))
}
