//! The hostile world: whoever misuses the server gets a clear reply or a closed connection, is
//! waited for no longer than a limit says, and takes nothing from the others.
//!
//! What needs thousands of connections or a clock of its own is in `scripts/load`.

mod bad_commands;
mod endings;
mod failed_logins;
mod greetings;
mod in_process;
mod log_lines;
mod names;
mod panics;
mod secrets;
mod slots;
mod swapped;
mod time;
mod unread;
