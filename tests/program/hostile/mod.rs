//! Misuse: a hostile client gets a clear reply or a closed connection, is waited for no longer
//! than a limit permits, and takes nothing from other clients.
//!
//! Tests with thousands of connections or with a clock of their own are in `scripts/load`.

mod bad_commands;
mod browsers;
mod failed_logins;
mod greetings;
mod in_process;
mod limited;
mod log_lines;
mod names;
mod secrets;
mod slots;
mod swapped;
mod time;
mod unread;
