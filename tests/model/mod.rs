//! Two models, to which tests and fuzz targets hold the server.
//!
//! | module    | duty                                                              |
//! |-----------|-------------------------------------------------------------------|
//! | `mbox`    | which messages a maildrop holds, and what is sent of each         |
//! | `session` | what a session must answer, line for line, and what QUIT removes  |
//! | `user`    | what that model knows of a user                                   |
//! | `play`    | a session of the library, played on octets in memory              |
#![allow(dead_code, reason = "each program that includes it uses its own part")]

pub mod mbox;
pub mod play;
pub mod session;
pub mod user;
