//! A maildrop: the messages in a user's file, locked for one session.
//!
//! It is opened with a proof of identity and knows what the client has done with
//! its messages. It can't change what is on disk: for that it must be turned
//! into a [`PendingUpdate`], which only the UPDATE state commits. Dropping either
//! releases the lock and changes nothing.
//!
//! Every change of the octets on disk takes these steps, under the write lock:
//!
//! 1. *Here?* The path leads to this file, and no other has taken its place.
//! 2. *Unfinished?* A change that a crash has left is finished first.
//! 3. *Look.* What is to be removed is what the session has seen.
//! 4. *Commit.* Intent and payload are written to `NAME.lock` and flushed: it happens.
//! 5. *Append, or write.* The payload comes to its place and is flushed.
//! 6. *Cut.* If it shrinks: the size is looked at, cut as the very next call, and flushed.
//! 7. *Done.* The path still leads here, the intent is marked, the locks are let go.
//!
//! Steps 1 to 3 are in `update`, `deliver`, `user` and `reset`, 4 to 6 in `change`.

mod change;
mod contents;
mod deliver;
mod files;
mod inspect;
mod listing;
mod lock;
mod locked;
mod mbox;
mod new_users;
mod open;
mod reset;
mod sidecar;
mod update;
mod user;
mod verify;

#[cfg(test)]
#[path = "../../tests/unit/maildrop/properties.rs"]
mod properties;

pub use change::ChangeError;
pub use deliver::{DeliveryError, Mail, deliver};
pub use files::control_files::{SPARE, user_of_control_file};
pub use files::sentence;
pub use inspect::{Inspection, OddLines, Oddity, drop_listing, inspect, misplaced_line};
pub use listing::{Listing, UniqueId};
pub use lock::in_use;
pub use locked::{Found, Maildrop, NoSuchMessage};
pub use new_users::{ADDED, ADDING, add_users, finish_adding};
pub use open::Refusal;
pub use reset::reset;
pub use update::{PendingUpdate, UpdateError, UpdateSummary};
pub use user::{AccountError, change_password, finish_password_change, remove};

/// What is private otherwise, for benches and fuzzing.
#[cfg(feature = "internals")]
pub mod internals {
    pub use crate::maildrop::change::recovery::{Recovered, recover};
    pub use crate::maildrop::change::{Intent, IntentFile, Kind, Target};
    pub use crate::maildrop::contents::burst;
    pub use crate::maildrop::files::checksum_of_ends;
    pub use crate::maildrop::files::control_files::ControlFiles;
    pub use crate::maildrop::listing::{Message, Span};
    pub use crate::maildrop::mbox::burst::{burst as burst_part, burst_through};
    pub use crate::maildrop::mbox::read::{read, read_through};
    pub use crate::maildrop::sidecar::Sidecar;
}
