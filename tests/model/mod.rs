//! Two models, with which tests and fuzz targets compare the server.
//!
//! | module    | duty                                                              |
//! |-----------|-------------------------------------------------------------------|
//! | `mbox`    | which messages a maildrop holds, and what is sent of each         |
//! | `session` | every reply of a session, and what QUIT removes                   |
//! | `user`    | a user of that model                                              |
//! | `play`    | a session of the library, played on octets in memory              |
#![allow(dead_code, reason = "each program that includes it uses its own part")]

pub mod mbox;
pub mod play;
pub mod session;
pub mod user;
