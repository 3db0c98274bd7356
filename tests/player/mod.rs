//! The player as the tests use it: dialogues in the memo's own `C:` / `S:` notation, played
//! against the built server, which is held to every octet of its texts.
//!
//! The player itself is the examiner's (`src/grade`), so that this project's own tests are one
//! customer of it. Here stands what only the tests need:
//!
//! | module    | duty                                                            |
//! |-----------|-----------------------------------------------------------------|
//! | `users`   | a private copy of the shipped Users directory                   |
//! | `mbox`    | which messages a maildrop holds: the model of all tests         |
//! | `server`  | the built server, started and killed                            |
//! | `chapter` | the dialogues of one file, played one after the other           |
#![allow(dead_code, unused_imports, reason = "every test program uses its own part of the player")]

pub mod chapter;
#[path = "../model/mbox.rs"]
pub mod mbox;
pub mod server;
pub mod users;

pub use pop1081::grade::{compare, dialogue, escape, parse};

use std::time::Duration;

/// How long the player waits for anything: far longer than a busy machine takes. Longer is a hang,
/// and a failure.
pub const DEADLINE: Duration = Duration::from_secs(60);
