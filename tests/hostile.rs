//! The hostile world: whoever misuses the server gets a clear reply or a closed connection, is
//! waited for no longer than a limit says, and takes nothing from the others.
//!
//! What needs thousands of connections or a clock of its own is in `scripts/load`.

mod common;
mod player;

#[path = "hostile/bad_commands.rs"]
mod bad_commands;
#[path = "hostile/failed_logins.rs"]
mod failed_logins;
#[path = "hostile/greetings.rs"]
mod greetings;
#[path = "hostile/in_process.rs"]
mod in_process;
#[path = "hostile/log_lines.rs"]
mod log_lines;
#[path = "hostile/names.rs"]
mod names;
#[path = "hostile/panics.rs"]
mod panics;
#[path = "hostile/secrets.rs"]
mod secrets;
#[path = "hostile/slots.rs"]
mod slots;
#[path = "hostile/swapped.rs"]
mod swapped;
#[path = "hostile/time.rs"]
mod time;
#[path = "hostile/unread.rs"]
mod unread;
