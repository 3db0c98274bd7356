//! Sessions over the network beyond the memo's chapters, which `tests/memo` plays.

mod apop;
mod broken_clients;
mod capabilities;
mod command_lines;
mod crowds;
mod mistakes;
mod names;
mod octets;
mod passwords;
mod practice;
mod session_lock;
mod unique_ids;
mod unusable;
