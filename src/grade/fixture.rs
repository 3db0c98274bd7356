//! The standard maildrop: the messages that a server under test is expected to
//! hold, as data, as an mbox to be installed, and as octets on the wire.
//! Nothing here is shared with pop1081's own maildrops: what judges a server
//! must not be that server.

use super::escape;

/// A message, as its lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Message {
    /// Without line ends and without byte-stuffing.
    pub lines: Vec<Vec<u8>>,
    /// The last line has no line end in the mbox.
    pub unended: bool,
}

impl Message {
    /// Octets as the memo counts them: each line end is two (p. 14).
    pub fn octets(&self) -> usize {
        self.lines.iter().map(|line| line.len() + 2).sum()
    }

    /// As a file with LF line ends.
    pub fn file(&self) -> Vec<u8> {
        let mut file = self.lines.join(&b'\n');
        file.extend(if self.unended { &b""[..] } else { b"\n" });
        file
    }

    /// The headers, the blank line and so many lines of the body.
    pub fn top(&self, lines: usize) -> &[Vec<u8>] {
        let header = self.lines.iter().position(Vec::is_empty).map_or(self.lines.len(), |blank| blank + 1);
        &self.lines[..header.saturating_add(lines).min(self.lines.len())]
    }
}

/// A line as it goes over the wire in a multi-line response.
pub fn stuffed(line: &[u8]) -> Vec<u8> {
    if line.starts_with(b".") { [b".", line].concat() } else { line.to_vec() }
}

/// Reads messages: `== title`, then `| line` for each line.
///
/// # Errors
/// Names the line that is none.
pub fn parse(text: &str) -> Result<Vec<Message>, String> {
    let mut messages: Vec<Message> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.starts_with("== ") {
            messages.push(Message::default());
        } else if !line.is_empty() && !line.starts_with('#') {
            let message = messages.last_mut().ok_or_else(|| format!("line {number}: before any message"))?;
            let line = message_line(line).map_err(|error| format!("line {number}: {error}"))?;
            message.unended = !line.ended;
            message.lines.push(line.octets);
        }
    }
    Ok(messages)
}

/// `| text`, or `|998 text` for the text over and over, up to 998 octets.
fn message_line(line: &str) -> Result<escape::Line, String> {
    let line = line.strip_prefix('|').ok_or("neither \"== title\" nor \"| text\"")?;
    let (length, text) = line.split_once(' ').unwrap_or((line, ""));
    let line = escape::unescape(text)?;
    match length {
        "" => Ok(line),
        digits => {
            let length = digits.parse().map_err(|_| format!("{digits:?} is no length"))?;
            Ok(escape::Line { octets: line.octets.into_iter().cycle().take(length).collect(), ..line })
        }
    }
}

/// The messages as an mbox with LF line ends. No line of theirs begins with
/// "From ", so it reads the same whichever way of quoting the reader knows.
pub fn mbox(messages: &[Message]) -> Vec<u8> {
    let mut mbox = Vec::new();
    for (number, message) in (1..).zip(messages) {
        mbox.extend(format!("From grade@dewey Tue Nov  1 09:{number:02}:00 1988\n").bytes());
        mbox.extend(message.lines.join(&b'\n'));
        let unended = message.unended && number == messages.len();
        mbox.extend(if unended { &b""[..] } else { b"\n\n" });
    }
    mbox
}
