//! A maildrop: the messages in a user's file, locked for one session.
//!
//! It is opened with a proof of identity and knows what the client has done with
//! its messages. It can't change what is on disk: for that it must be turned
//! into an [`Ending`], which only the UPDATE state carries out. Dropping either
//! releases the lock and changes nothing.

mod change;
mod contents;
mod deliver;
mod files;
mod identity;
mod inspect;
#[cfg(feature = "internals")]
pub mod internals;
mod listing;
mod lock;
mod locked;
mod mbox;
mod password;
mod plan;
mod remove_user;
mod sidecar;
mod spool;
mod update;

#[cfg(test)]
mod properties;

pub use deliver::{DeliveryError, deliver};
pub use files::control_files::user_of_note;
pub use inspect::{Inspection, OddLines, Oddity, Unfinished, drop_listing, inspect, misplaced_line};
pub use listing::Identity;
pub use lock::HeldLocks;
pub use locked::{Absent, Maildrop, Refusal};
pub use password::{ChangeError, change_password, find};
pub use remove_user::{forget, remove};
pub use spool::Spool;
pub use update::{Ending, Left, UpdateError};
