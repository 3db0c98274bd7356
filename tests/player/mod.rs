//! The player: plays dialogues in the memo's own `C:` / `S:` notation against a server.
//!
//! How a dialogue file is written is told in `tests/memo/README.md`. The way of a file:
//!
//! | module       | duty                                                         |
//! |--------------|--------------------------------------------------------------|
//! | `octets`     | escapes in the files, and octets made fit to be shown        |
//! | `dialogue`   | what a dialogue file says                                    |
//! | `parse`      | from text to that                                            |
//! | `statements` | the table of the memo's statements                           |
//! | `users`      | a private copy of the shipped Users directory                |
//! | `mbox`       | which messages a maildrop holds, found independently         |
//! | `server`     | the built server, started and killed                         |
//! | `client`     | one connection, with a deadline on every read                |
//! | `compare`    | when a line that came is the line that was expected          |
//! | `stage`      | the steps of one dialogue, played                            |
//! | `chapter`    | the dialogues of one file, played one after the other        |
#![allow(dead_code, reason = "every test program uses its own part of the player")]

pub mod chapter;
pub mod client;
pub mod compare;
pub mod dialogue;
pub mod mbox;
pub mod octets;
pub mod parse;
pub mod server;
pub mod stage;
pub mod statements;
pub mod users;

use std::time::Duration;

/// How long the player waits for anything. Longer is a hang, and a failure.
pub const DEADLINE: Duration = Duration::from_secs(10);
