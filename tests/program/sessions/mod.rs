//! Sessions over the network: what the memo leaves open or does not know, and what it says of
//! clients that break off.

mod apop;
mod broken_clients;
mod capabilities;
mod command_lines;
mod crowds;
mod names;
mod octets;
mod passwords;
mod practice;
mod session_lock;
mod unique_ids;
mod unusable;
