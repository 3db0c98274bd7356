//! The commands besides serving, and the command line.

mod check;
mod command_line;
mod deliver;
mod run_and_fresh;
mod talk;
mod transcripts;
mod user;
