//! How the marks of RETR follow their messages when a maildrop was changed by
//! somebody else: by what a message is, not by its number.

use super::listing::{Digest, Message};
use std::collections::HashMap;

/// Carries marks over from messages as they were known before the maildrop was
/// changed. Where identical messages have gone or come and nobody can say which,
/// none keeps a mark that another may have had.
pub fn carry_over(before: &[Message], found: &mut [Message]) {
    let mut known: HashMap<Digest, Vec<bool>> =
        before.iter().filter(|m| m.marked).map(|m| (m.span.digest, Vec::new())).collect();
    if known.is_empty() {
        return;
    }
    for message in before {
        known.entry(message.span.digest).and_modify(|marks| marks.push(message.marked));
    }
    let mut places: HashMap<Digest, Vec<usize>> = HashMap::new();
    for (place, message) in found.iter().enumerate().filter(|(_, m)| known.contains_key(&m.span.digest)) {
        places.entry(message.span.digest).or_default().push(place);
    }
    for (digest, places) in places {
        let marks = &known[&digest];
        let all_marked = marks.iter().all(|marked| *marked) && places.len() < marks.len();
        for (place, marked) in places.iter().zip(marks) {
            found[*place].marked |= if places.len() == marks.len() { *marked } else { all_marked };
        }
    }
}
