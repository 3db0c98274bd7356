//! Changes of a maildrop as the server commits them, what a crash leaves of each, with
//! mail of others in it, and what a recovery must make of that.

use crate::input::Input;
use crate::model::mbox;
use pop1081::maildrop::internals::{Intent, Kind};
use std::ops::Range;

/// A kill cuts a write short where a page of the file ends.
const PAGE: usize = 4096;

const MAIL_OF_OTHERS: [&[u8]; 5] = [
    b"",
    b"From c\nfrom somebody else\n\n",
    b"From c\nwithout an end",
    b"\nFrom c\nan empty line first\n\n",
    b"\r\nFrom c\r\nanother line end\r\n\r\n",
];

/// A change that was committed, and the maildrop as a crash has left it.
pub struct Crash {
    pub intent: Intent,
    pub payload: Vec<u8>,
    /// The octets whose checksum the intent has, in the maildrop as it was.
    pub checked: Range<u64>,
    pub old: Vec<u8>,
    pub found: Vec<u8>,
    pub recovered: Vec<u8>,
}

impl Crash {
    /// One of any kind; `None` if what is found means two things.
    pub fn any(input: &mut Input<'_>) -> Option<Self> {
        match input.octet() % 4 {
            0 => Some(delivery(input)),
            1 => Some(removal(input)),
            2 => Some(line_in_its_place(input)),
            _ => line_with_room(input),
        }
    }

    fn new(intent: Intent, payload: &[u8], old: Vec<u8>, found: &[&[u8]], recovered: &[&[u8]]) -> Self {
        let (found, recovered) = (found.concat(), recovered.concat());
        Crash { intent, payload: payload.to_vec(), checked: 0..0, old, found, recovered }
    }
}

fn mail_of_others(input: &mut Input<'_>) -> &'static [u8] {
    MAIL_OF_OTHERS[usize::from(input.octet()) % MAIL_OF_OTHERS.len()]
}

/// A maildrop with so many octets more in its first message, so that pages end anywhere.
fn maildrop(input: &mut Input<'_>) -> Vec<u8> {
    let more = vec![b'x'; input.number() % PAGE];
    let blank = &b"\n\n\r\n"[..[0, 1, 2, 4][usize::from(input.octet() % 4)]];
    let rest = b"\n\nFrom c@d\r\nSubject: two\r\n\r\n>From here.\r\n\r\nFrom e@f\n\n\nFrom g@h\nfour\n\n";
    [b"secret\n", blank, b"From a@b\nSubject: one\n\n", &more, rest].concat()
}

/// A message is appended. What is killed ends with a page, unless it ends the maildrop;
/// what a power cut takes is zeros.
fn delivery(input: &mut Input<'_>) -> Crash {
    let old = maildrop(input);
    let blank = &b"\n"[..input.number() % 2];
    let lines = b"a line of the message that was being delivered\n".repeat(input.number() % 300);
    let message = [blank, b"From b\n", &lines, b"\n"].concat();
    let (before, after) = (mail_of_others(input), mail_of_others(input));
    let mut done = input.number() % (message.len() + 1);
    // Less of it than that is not known again behind mail of others.
    let known = before.is_empty() || done >= 64;
    let power_cut = input.octet() % 2 == 1 && known;
    if !power_cut && done < message.len() && !(before.is_empty() && after.is_empty()) {
        done = done.saturating_sub((old.len() + before.len() + done) % PAGE);
        done = if done < 64 && !before.is_empty() { 0 } else { done };
    }
    let zeros = vec![0; if power_cut { message.len() - done } else { 0 }];
    let stays = match message.len() - done {
        0 => message.len(),
        // Its empty line becomes that of the mail behind it.
        _ if !after.is_empty() => blank.len().min(done + zeros.len()),
        _ => 0,
    };
    let size = old.len() as u64;
    Crash::new(
        Intent::new(Kind::Append, (size, size)),
        &message,
        old.clone(),
        &[&old, before, &message[..done], &zeros, after],
        &[&old, before, &message[..stays], after],
    )
}

/// Some messages are removed: a part of what is kept is being moved, or the rest is
/// being cut off.
fn removal(input: &mut Input<'_>) -> Crash {
    let old = maildrop(input);
    let starts: Vec<usize> = mbox::burst(&old).expect("a maildrop").iter().map(|m| m.start).collect();
    let end = |place: usize| starts.get(place + 1).copied().unwrap_or(old.len());
    let gone = (input.octet() % 15) + 1;
    let first = gone.trailing_zeros() as usize;
    let kept: Vec<Range<usize>> =
        (first..4).filter(|place| gone >> place & 1 == 0).map(|place| starts[place]..end(place)).collect();
    let octets: Vec<u8> = kept.iter().flat_map(|range| &old[range.clone()]).copied().collect();
    let (from, theirs) = (starts[first], mail_of_others(input));
    let recovered = [&old[..from], &octets, theirs];
    if octets.is_empty() || input.octet() % 4 == 0 {
        return cut(input, &old, from + octets.len(), theirs, &recovered.concat());
    }
    let payload = &octets[..1 + input.number() % octets.len()];
    let (done, to) = (input.number() % (payload.len() + 1), from + payload.len());
    let mut half = old.clone();
    half[from..from + done].copy_from_slice(&payload[..done]);
    if done == payload.len() && input.octet() % 2 == 1 {
        half[to] = 0;
    }
    let places = (from as u64, old.len() as u64);
    let mut intent = Intent::new(Kind::Move, places);
    intent.plan = rest(&kept, payload.len());
    let crash = Crash::new(intent, payload, old.clone(), &[&half, theirs], &recovered);
    Crash { checked: to as u64 + 1..places.1, ..crash }
}

/// What is behind the first so many octets of these ranges.
fn rest(kept: &[Range<usize>], mut octets: usize) -> Vec<Range<u64>> {
    let mut rest = Vec::new();
    for range in kept {
        let start = range.end.min(range.start + octets);
        octets -= start - range.start;
        rest.extend(Some(start as u64..range.end as u64).filter(|rest| !rest.is_empty()));
    }
    rest
}

/// The cut that ends a removal: not begun, begun, or made. What is kept has moved.
fn cut(input: &mut Input<'_>, old: &[u8], to: usize, theirs: &[u8], recovered: &[u8]) -> Crash {
    let mut half = [&recovered[..to], &old[to..]].concat();
    match input.octet() % 3 {
        0 => {}
        1 => half[to] = 0,
        _ => half.truncate(to),
    }
    let found = [&half, theirs].concat();
    let begun = half.get(to) == Some(&0);
    let recovered = if begun { recovered } else { &found };
    let places = (to as u64, old.len() as u64);
    let crash = Crash::new(Intent::new(Kind::Cut, places), b"", old.to_vec(), &[&found], &[recovered]);
    Crash { checked: to as u64 + 1..places.1, ..crash }
}

fn line(input: &mut Input<'_>) -> Vec<u8> {
    [&b"another".repeat(1 + input.number() % 20)[input.number() % 7..], b"\n"].concat()
}

fn first_message(maildrop: &[u8]) -> usize {
    mbox::burst(maildrop).and_then(|messages| messages.first().map(|first| first.start)).expect("a message")
}

/// Another line one, which is as long as line one and the empty lines behind it at most.
fn line_in_its_place(input: &mut Input<'_>) -> Crash {
    let (old, mut line) = (maildrop(input), line(input));
    let (line_one, first) = (mbox::line_one(&old), first_message(&old));
    line.drain(..line.len().saturating_sub(first));
    line.resize(line.len().max(line_one), b'\n');
    let (done, theirs) = (input.number() % (line.len() + 1), mail_of_others(input));
    Crash::new(
        Intent::new(Kind::LineOne, (0, line.len() as u64)),
        &line,
        old.clone(),
        &[&line[..done], &old[done..], theirs],
        &[&line, &old[line.len()..], theirs],
    )
}

/// A longer line one: room is made at the end, and all messages move.
fn line_with_room(input: &mut Input<'_>) -> Option<Crash> {
    let (old, mut line) = (maildrop(input), line(input));
    let first = first_message(&old);
    line.splice(..0, vec![b'x'; (first + 1).saturating_sub(line.len())]);
    let payload = [&line, &old[first..]].concat();
    let (room, theirs) = (payload.len() - old.len(), mail_of_others(input));
    let intent = Intent::new(Kind::LineOne, (0, old.len() as u64));
    if input.octet() % 4 == 0 {
        // No room was made; but what others append may look like the end of the payload.
        let alike = theirs.iter().zip(&payload[old.len()..]).all(|(here, octet)| here == octet);
        let found = [&old[..], theirs];
        return (theirs.len() < room || !alike)
            .then(|| Crash::new(intent, &payload, old.clone(), &found, &found));
    }
    let done = input.number() % (payload.len() + 1);
    let mut half = old.clone();
    half.resize(payload.len(), 0);
    half[..done].copy_from_slice(&payload[..done]);
    Some(Crash::new(intent, &payload, old, &[&half, theirs], &[&payload, theirs]))
}
