//! Sessions of the library in this process, without a network:
//!
//! | module           | shows                                                                  |
//! |------------------|------------------------------------------------------------------------|
//! | `any_octets`     | any octets from a client get the replies of the model                  |
//! | `any_history`    | so does any sequence of deliveries and sessions                        |
//! | `forged_sidecar` | sidecars with wrong numbers and correct checksums are harmless         |
//! | `endings`        | the lock is free when the connection is closed                         |
//! | `panics`         | a panic ends its session and nothing else                              |
//!
//! No test here starts a process: until its exec a child has a copy of every descriptor, and with
//! it the session lock of a session that has ended.

#[path = "../common/mod.rs"]
mod common;
#[path = "../program/hostile/in_process.rs"]
mod in_process;
#[path = "../player/mod.rs"]
mod player;

/// As in `tests/model/mod.rs`, with the `mbox` that the player has already.
#[path = "../model"]
#[allow(dead_code, reason = "the fuzz targets use more of it")]
mod model {
    pub use crate::player::mbox;
    pub mod play;
    pub mod session;
    pub mod user;
}

mod any_history;
mod any_octets;
mod directory;
mod endings;
mod forged_sidecar;
mod panics;
