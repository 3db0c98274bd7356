//! The commands beside serving: deliver, user and check.

pub mod check;
pub mod deliver;
pub mod user;
