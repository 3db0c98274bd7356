//! Sessions of the library in this process, without a network.
//!
//! No test here starts a process: until its exec a child has a copy of every descriptor, and with
//! it the session lock of a session that has ended.

#[path = "../model/mod.rs"]
mod model;

mod any_history;
mod any_octets;
mod directory;
mod forged_sidecar;
