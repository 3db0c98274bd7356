//! Which messages a maildrop holds and what is sent of each, worked out line by line.
//!
//! A line ends in LF or CRLF. Line one is the password. A line `From ` that is the first after
//! it (empty lines apart) or follows an empty line separates messages; neither it nor the empty
//! line before the next one belongs to a message. A last line without an end gets one. Of a line
//! of `>` and then `From ` one `>` is quoting.
//!
//! Nothing of the server is used here: its unit tests, the tests of the program, the player of
//! dialogues and the fuzz targets all hold it to this one model.

/// A message, as its lines without line ends, unquoted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Message {
    pub lines: Vec<Vec<u8>>,
}

/// A message and its place in the maildrop.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Where its separator line starts.
    pub start: usize,
    /// Where its first line starts.
    pub text: usize,
    /// Where its last line has ended.
    pub end: usize,
    pub message: Message,
}

impl Message {
    /// Octets as RFC 1081, p. 14, counts them: each line end is two.
    pub fn octets(&self) -> u64 {
        self.lines.iter().map(|line| line.len() as u64 + 2).sum()
    }

    /// Its lines as they are sent, without byte-stuffing.
    pub fn sent(&self) -> Vec<u8> {
        self.lines.iter().flat_map(|line| [line, &b"\r\n"[..]].concat()).collect()
    }

    /// The whole response to RETR.
    pub fn retr(&self) -> Vec<u8> {
        response(&format!("+OK {} octets", self.octets()), &self.lines)
    }

    /// The whole response to TOP: the headers, the empty line after them, and this many lines more.
    pub fn top(&self, lines: u64) -> Vec<u8> {
        let headers = self.lines.iter().position(Vec::is_empty).map_or(self.lines.len(), |empty| empty + 1);
        let shown = headers.saturating_add(usize::try_from(lines).unwrap_or(usize::MAX));
        response("+OK", &self.lines[..self.lines.len().min(shown)])
    }
}

fn response(first: &str, lines: &[Vec<u8>]) -> Vec<u8> {
    let mut octets = format!("{first}\r\n").into_bytes();
    for line in lines {
        octets.extend_from_slice(if line.starts_with(b".") { b"." } else { b"" });
        octets.extend_from_slice(line);
        octets.extend_from_slice(b"\r\n");
    }
    octets.extend_from_slice(b".\r\n");
    octets
}

/// How long line one is, with its line end.
pub fn line_one(maildrop: &[u8]) -> usize {
    maildrop.iter().position(|octet| *octet == b'\n').map_or(maildrop.len(), |end| end + 1)
}

/// The messages of a maildrop; none if it cannot be parsed.
pub fn messages(maildrop: &[u8]) -> Vec<Message> {
    burst(maildrop).unwrap_or_default().into_iter().map(|placed| placed.message).collect()
}

/// The messages and their places; `None` if something else stands before the first separator line.
pub fn burst(maildrop: &[u8]) -> Option<Vec<Placed>> {
    let mut at = line_one(maildrop);
    let mut after_empty = true;
    let mut found: Vec<(usize, Vec<&[u8]>)> = Vec::new();
    for line in maildrop[at..].split_inclusive(|octet| *octet == b'\n') {
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
    Some(found.into_iter().map(|(start, lines)| placed(start, &lines)).collect())
}

/// The octets that UPDATE must leave when it removes the messages of these places: each goes with
/// its separator line and what stands between it and the next.
pub fn without(maildrop: &[u8], removed: &[usize]) -> Vec<u8> {
    let messages = burst(maildrop).expect("a maildrop that can be parsed");
    let mut left = maildrop[..messages.first().map_or(maildrop.len(), |first| first.start)].to_vec();
    for index in (0..messages.len()).filter(|index| !removed.contains(index)) {
        let end = messages.get(index + 1).map_or(maildrop.len(), |next| next.start);
        left.extend_from_slice(&maildrop[messages[index].start..end]);
    }
    left
}

/// The message that starts here with its separator line.
fn placed(start: usize, lines: &[&[u8]]) -> Placed {
    let text = start + lines[0].len();
    let body = match &lines[1..] {
        [body @ .., last] if is_empty(last) => body,
        body => body,
    };
    let end = text + body.iter().map(|line| line.len()).sum::<usize>();
    let lines = body.iter().map(|line| unquoted(line)).collect();
    Placed { start, text, end, message: Message { lines } }
}

/// A line without its line end. A CR that no LF follows is none.
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
    let line = without_end(line);
    let quotes = line.iter().take_while(|octet| **octet == b'>').count();
    let quoted = quotes > 0 && line[quotes..].starts_with(b"From ");
    line[usize::from(quoted)..].to_vec()
}
