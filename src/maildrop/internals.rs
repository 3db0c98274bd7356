//! What is private otherwise, for benches and fuzzing, which
//! burst a maildrop, read a message or load a sidecar without a session around.
//!
//! Built with the feature `internals` only; nothing of the server uses it.

use super::change::{Intent, IntentFile};
use super::contents;
use super::files::Checksum;
use super::files::control_files::ControlFiles;
use super::mbox::burst;
use super::mbox::read::read_through as read_into;
use super::sidecar::Sidecar;
use crate::protocol::credentials::UserName;
use crate::protocol::message::{Chunk, Totals};
use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

pub use super::change::Kind;
pub use super::listing::Span;
pub use super::mbox::read::read;

/// Bursts a maildrop of this size whole, when its line one ends at `line_one`.
///
/// # Errors
/// `InvalidData` when it can't be parsed; else what the system says.
pub fn burst(maildrop: &File, line_one: u64, size: u64) -> io::Result<Vec<Span>> {
    let listing = contents::burst(maildrop, line_one, size)?;
    Ok(listing.messages.iter().map(|message| message.span).collect())
}

/// Bursts a maildrop from `from`, where a separator line stands or it ends, up to `to`.
///
/// # Errors
/// `UnexpectedEof` when it is shorter; else what the system says.
pub fn burst_part(maildrop: &File, from: u64, to: u64) -> io::Result<Vec<Span>> {
    let mut spans = Vec::new();
    burst::burst(maildrop, from, to, |span| spans.push(span))?;
    Ok(spans)
}

/// The same through a window of so many octets, 16 at least: then fingerprints may differ.
///
/// # Errors
/// As [`burst_part`].
pub fn burst_through(window: usize, maildrop: &File, from: u64, to: u64) -> io::Result<Vec<Span>> {
    let mut spans = Vec::new();
    burst::burst_through(vec![0; window], maildrop, from, to, |span| spans.push(span))?;
    Ok(spans)
}

/// Hands out a message as [`read`] does, through a window of so many octets, 16 at least.
///
/// # Errors
/// As [`read`].
pub fn read_through(
    window: usize,
    maildrop: &File,
    message: &Span,
    mut take: impl FnMut(Chunk<'_>) -> io::Result<ControlFlow<()>>,
) -> io::Result<()> {
    read_into(vec![0; window], maildrop, message, &mut take)
}

/// Loads the records of a user's sidecar; `None` if there is none that makes sense.
///
/// # Errors
/// What the system says.
pub fn load_sidecar(users: &Path, name: &UserName) -> io::Result<Option<Totals>> {
    let Some(sidecar) = Sidecar::open(&ControlFiles::new(users, name))? else { return Ok(None) };
    Ok(sidecar.listing(0)?.map(|listing| listing.remaining()))
}

/// Commits a change of a user's maildrop at these places, with this payload, and leaves
/// it at that, as a server that dies right then.
///
/// # Errors
/// What the system says.
pub fn commit(
    users: &Path,
    name: &UserName,
    kind: Kind,
    places: (u64, u64),
    payload: &[u8],
) -> io::Result<()> {
    let intents = IntentFile(ControlFiles::new(users, name).open_lock()?);
    intents.commit(&Intent::new(kind, places), |intent| intent.push(payload)).map(drop)
}

/// The checksum of these octets, as sidecars and redo files have it.
pub fn checksum(octets: &[u8]) -> u128 {
    Checksum::of(octets)
}
