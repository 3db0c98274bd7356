//! Which messages a maildrop holds, worked out from its file by the plainest means, and
//! without a line of the server's own code: what RETR must send is judged by this.

use pop1081::grade::fixture::Message;

/// The messages of a maildrop, password line and all.
pub fn messages_of(maildrop: &[u8]) -> Vec<Message> {
    let message = |lines: &Vec<&[u8]>| lines.iter().map(|line| unquoted(line).to_vec()).collect();
    messages(maildrop).iter().map(|lines| Message { lines: message(lines), unended: false }).collect()
}

fn messages(maildrop: &[u8]) -> Vec<Vec<&[u8]>> {
    let mut messages: Vec<Vec<&[u8]>> = Vec::new();
    let mut after_empty = true;
    for line in lines(maildrop).into_iter().skip(1) {
        if after_empty && line.starts_with(b"From ") {
            messages.last_mut().and_then(Vec::pop);
            messages.push(Vec::new());
        } else if let Some(message) = messages.last_mut() {
            message.push(line);
        }
        after_empty = line.is_empty();
    }
    if after_empty {
        messages.last_mut().and_then(Vec::pop);
    }
    messages
}

/// Lines without their LF or CRLF; a CR at the very end is no line end.
fn lines(octets: &[u8]) -> Vec<&[u8]> {
    let without_end = |line: &'_ [u8]| -> usize {
        let ends = [&b"\r\n"[..], b"\n"].into_iter().find(|end| line.ends_with(end));
        line.len() - ends.map_or(0, <[u8]>::len)
    };
    octets.split_inclusive(|&octet| octet == b'\n').map(|line| &line[..without_end(line)]).collect()
}

/// Delivery put one `>` before each `From ` line, however many it had; it comes off again.
fn unquoted(line: &[u8]) -> &[u8] {
    let unmarked = line.iter().position(|&octet| octet != b'>').map_or(line, |start| &line[start..]);
    if line.starts_with(b">") && unmarked.starts_with(b"From ") { &line[1..] } else { line }
}
