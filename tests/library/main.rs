//! The library itself, without a network: any octets, any history, any sidecar.
//!
//! No test of this program starts a process. A child that has not reached its exec yet holds a
//! copy of every descriptor, and so the session lock of a session that has ended.

#[path = "../model/mod.rs"]
mod model;

mod any_history;
mod any_octets;
mod directory;
mod forged_sidecar;
