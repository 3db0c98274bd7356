//! What a maildrop holds and what is sent of it, worked out line by line and
//! without a line of the server's own code.

/// A message: where it lies in the maildrop, and its lines as they are sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// Its separator line.
    pub start: usize,
    /// Its first line.
    pub text: usize,
    /// After its last line.
    pub end: usize,
    /// Without line ends, unquoted.
    pub lines: Vec<Vec<u8>>,
}

impl Message {
    /// Octets as RFC 1081, p. 14 counts them.
    pub fn octets(&self) -> u64 {
        self.lines.iter().map(|line| line.len() as u64 + 2).sum()
    }

    /// As RETR sends it, without byte-stuffing.
    pub fn sent(&self) -> Vec<u8> {
        self.lines.iter().flat_map(|line| [line, &b"\r\n"[..]].concat()).collect()
    }
}

/// Octets of line one with its line end.
pub fn line_one(file: &[u8]) -> usize {
    file.iter().position(|o| *o == b'\n').map_or(file.len(), |end| end + 1)
}

/// The messages behind line one; `None` if something else stands before the
/// first separator line.
pub fn messages(file: &[u8]) -> Option<Vec<Message>> {
    let mut at = line_one(file);
    let mut after_empty = true;
    let mut found: Vec<(usize, Vec<&[u8]>)> = Vec::new();
    for line in file[at..].split_inclusive(|o| *o == b'\n') {
        if after_empty && line.starts_with(b"From ") {
            found.push((at, Vec::new()));
        }
        match found.last_mut() {
            Some((_, lines)) => lines.push(line),
            None if is_empty(line) => {}
            None => return None,
        }
        after_empty = is_empty(line);
        at += line.len();
    }
    Some(found.into_iter().map(|(start, lines)| message(start, &lines)).collect())
}

fn message(start: usize, lines: &[&[u8]]) -> Message {
    let text = start + lines[0].len();
    let body = match &lines[1..] {
        [body @ .., last] if is_empty(last) => body,
        body => body,
    };
    let end = text + body.iter().map(|line| line.len()).sum::<usize>();
    Message { start, text, end, lines: body.iter().map(|line| unquoted(line)).collect() }
}

/// A line without its line end.
pub fn without_end(line: &[u8]) -> &[u8] {
    match line.strip_suffix(b"\n") {
        Some(line) => line.strip_suffix(b"\r").unwrap_or(line),
        None => line,
    }
}

fn is_empty(line: &[u8]) -> bool {
    line.ends_with(b"\n") && without_end(line).is_empty()
}

fn unquoted(line: &[u8]) -> Vec<u8> {
    let content = without_end(line);
    let quotes = content.iter().take_while(|o| **o == b'>').count();
    let quoted = quotes > 0 && content[quotes..].starts_with(b"From ");
    content[usize::from(quoted)..].to_vec()
}
