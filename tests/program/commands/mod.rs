//! The commands besides serving, and the command line.

mod check;
mod command_line;
mod deliver;
mod user;
