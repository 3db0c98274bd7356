//! A maildrop: the messages in a user's file, locked for one session.
//!
//! It is opened with a proof of identity and knows what the client has done with
//! its messages. It can't change what is on disk: for that it must be turned
//! into an [`Ending`], which only the UPDATE state carries out. Dropping either
//! releases the lock and changes nothing.

mod append;
mod deliver;
mod identity;
#[cfg(feature = "inside")]
pub mod inside;
mod inspect;
mod listing;
mod lock;
mod mbox;
mod notes;
mod open;
mod opened;
mod parts;
mod password;
mod plan;
mod quote;
mod reading;
mod recovery;
mod redo;
mod removal;
mod replace;
mod rewrite;
mod scan;
mod separator;
mod sidecar;
mod spool;
mod stamp;
mod update;

#[cfg(test)]
mod properties;

pub use deliver::{DeliveryError, deliver};
pub use inspect::{Inspection, OddLines, Oddity, Unfinished, drop_listing, inspect, misplaced_line};
pub use listing::Identity;
pub use lock::HeldLocks;
pub use notes::user_of_note;
pub use opened::{Absent, Maildrop, Refusal};
pub use password::{ChangeError, change_password, find};
pub use removal::{forget, remove};
pub use spool::Spool;
pub use update::{Ending, Left, UpdateError};
