//! Any octets as a user's file: bursting finds the messages of the model, the
//! spans cover the file, and RETR sends as many octets as were counted, through
//! windows of any size.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pop1081::maildrop::internals::{self, Span};
use pop1081::protocol::credentials::UserName;
use pop1081_fuzz::model::mbox::{self, Placed};
use pop1081_fuzz::place::{self, Place};
use pop1081_fuzz::served::{Retrieved, retrieve};
use std::fs::File;
use std::sync::LazyLock;

static PLACE: LazyLock<(Place, UserName)> = LazyLock::new(|| (Place::new(), place::name("u")));

fuzz_target!(|file: &[u8]| {
    let (place, name) = &*PLACE;
    let line_one = mbox::line_one(file) as u64;
    let maildrop = place.write(name, file);
    let burst = internals::burst(&maildrop, line_one, file.len() as u64);
    let Some(messages) = mbox::burst(file) else {
        assert!(burst.is_err(), "something stands before the first separator line");
        return;
    };
    let listing = burst.expect("a maildrop that can be parsed");
    let spans: Vec<Span> = listing.messages.iter().map(|message| message.span).collect();
    assert_eq!(spans.len(), messages.len());
    covers(&spans, file, line_one);
    for (span, placed) in spans.iter().zip(&messages) {
        is_sent_as_counted(&maildrop, span, placed);
    }
    parts_are_burst_alike(&maildrop, &spans, file.len() as u64);
    any_window_shows_the_same(&maildrop, &spans, file);
});

/// In order, without overlap, and nothing but empty lines between them.
fn covers(spans: &[Span], file: &[u8], line_one: u64) {
    let mut at = line_one;
    for span in spans {
        assert!(at <= span.start && span.start < span.text && span.text <= span.end);
        assert!(is_blank(&file[at as usize..span.start as usize]));
        at = span.end;
    }
    assert!(is_blank(&file[at as usize..]));
}

fn is_blank(octets: &[u8]) -> bool {
    octets.split_inclusive(|o| *o == b'\n').all(|line| matches!(line, b"\n" | b"\r\n"))
}

fn is_sent_as_counted(maildrop: &File, span: &Span, placed: &Placed) {
    let place = (span.start as usize, span.text as usize, span.end as usize);
    assert_eq!(place, (placed.start, placed.text, placed.end));
    assert_eq!(span.octets, placed.message.octets());
    let retrieved = retrieve(maildrop, span);
    assert_eq!(retrieved.octets, span.octets);
    assert_eq!(retrieved.unstuffed(), placed.message.sent());
}

/// The same messages are found from any separator line on, as in a maildrop that
/// has grown, and up to any separator line, as before it has.
fn parts_are_burst_alike(maildrop: &File, spans: &[Span], size: u64) {
    let part = |from, to| {
        let mut part = Vec::new();
        internals::burst_part(maildrop, from, to, |span| part.push(span)).expect("a part of it");
        part
    };
    let places = [1, spans.len() / 2, spans.len().saturating_sub(1)];
    for place in places.into_iter().filter(|place| *place < spans.len()) {
        let end = spans[place].start;
        assert_eq!(part(end, size), spans[place..]);
        assert_eq!(part(spans[0].start, end), spans[..place]);
    }
}

/// The first octet tells the size of the window.
fn any_window_shows_the_same(maildrop: &File, spans: &[Span], file: &[u8]) {
    let (Some(first), Some(octet)) = (spans.first(), file.first()) else { return };
    let window = 16 + usize::from(*octet);
    let mut found = Vec::new();
    internals::burst_through(vec![0; window], maildrop, first.start, file.len() as u64, |span| {
        found.push(span)
    })
    .expect("a burst");
    let known = |span: &Span| (span.start, span.text, span.end, span.octets);
    assert!(found.iter().map(known).eq(spans.iter().map(known)));
    for span in spans {
        let mut retrieved = Retrieved::default();
        internals::read_through(vec![0; window], maildrop, span, &mut |piece| retrieved.take(piece))
            .expect("a message");
        assert_eq!(retrieved.octets, span.octets);
        assert_eq!(retrieved.unstuffed(), retrieve(maildrop, span).unstuffed());
    }
}
