//! The identity of messages: unique-ids, and how the marks of RETR follow their
//! messages when a maildrop was changed by somebody else.

use super::files::checksum::each_part;
use super::listing::{Identity, Listing, Message, Span};
use md5::{Digest, Md5};
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// The MD5 digest of a part of a file.
///
/// # Errors
/// `UnexpectedEof` when the file is shorter; else what the system says.
fn digest(file: &File, from: u64, to: u64) -> io::Result<[u8; 16]> {
    let mut md5 = Md5::new();
    each_part(file, from, to, |part| {
        md5.update(part);
        Ok(())
    })?;
    Ok(md5.finalize().into())
}

/// Gives every message its identity; whether one had none before.
pub fn complete(file: &File, listing: &mut Listing) -> io::Result<bool> {
    identify(file, listing, |_| true)
}

/// Gives every message its identity on which a mark has to be kept, and every
/// one that may be its copy: which copy it is must be known, too.
pub fn complete_marked(file: &File, listing: &mut Listing) -> io::Result<bool> {
    let marked: HashSet<_> = listing.messages.iter().filter(|m| m.marked).map(look).collect();
    identify(file, listing, |m| marked.contains(&look(m)))
}

/// What copies have in common at least; a line end supplied at the very end
/// changes neither.
fn look(message: &Message) -> (u64, u64) {
    (message.span.octets, message.span.fingerprint)
}

fn identify(file: &File, listing: &mut Listing, wanted: impl Fn(&Message) -> bool) -> io::Result<bool> {
    let lacking = |m: &Message| m.identity.is_none() && wanted(m);
    if !listing.messages.iter().any(lacking) {
        return Ok(false);
    }
    let mut copies: HashMap<[u8; 16], u32> = HashMap::new();
    for known in listing.messages.iter().filter_map(|m| m.identity) {
        let highest = copies.entry(known.digest).or_default();
        *highest = known.copy.max(*highest);
    }
    for message in listing.messages.iter_mut().filter(|m| lacking(m)) {
        let digest = digest_of(file, &message.span)?;
        let copy = copies.entry(digest).or_default();
        *copy = copy.saturating_add(1);
        message.identity = Some(Identity { digest, copy: *copy });
    }
    Ok(true)
}

/// The last line end is left out: a delivery supplies it where it is missing.
fn digest_of(file: &File, span: &Span) -> io::Result<[u8; 16]> {
    let mut last = [0; 2];
    file.read_exact_at(&mut last, span.end.saturating_sub(2))?;
    let line_end = match &last {
        b"\r\n" => 2,
        [_, b'\n'] => 1,
        _ => 0,
    };
    digest(file, span.start, span.end - line_end)
}

/// Carries marks and copy numbers over from messages as they were known before
/// the maildrop was changed, by identity and not by number. Where copies have
/// gone or come and nobody can say which, none keeps a mark that another may
/// have had.
pub fn carry_over(file: &File, before: &[Message], listing: &mut Listing) -> io::Result<()> {
    let telling = |m: &&Message| m.marked || m.identity.is_some_and(|i| i.copy > 1);
    let looks: HashSet<_> = before.iter().filter(telling).map(look).collect();
    let mut known: HashMap<[u8; 16], Vec<(Identity, bool)>> = HashMap::new();
    for (identity, marked) in before.iter().filter_map(|m| Some((m.identity?, m.marked))) {
        known.entry(identity.digest).or_default().push((identity, marked));
    }
    let mut found: HashMap<[u8; 16], Vec<usize>> = HashMap::new();
    for (index, message) in listing.messages.iter().enumerate() {
        if message.identity.is_none() && looks.contains(&look(message)) {
            found.entry(digest_of(file, &message.span)?).or_default().push(index);
        }
    }
    for (digest, places) in found {
        let Some(mut copies) = known.remove(&digest) else { continue };
        if places.len() != copies.len() {
            let all_marked = copies.iter().all(|(_, marked)| *marked) && places.len() < copies.len();
            copies.iter_mut().for_each(|(_, marked)| *marked = all_marked);
        }
        for (place, (identity, marked)) in places.into_iter().zip(copies) {
            listing.messages[place].identity = Some(identity);
            listing.messages[place].marked = marked;
        }
    }
    Ok(())
}
