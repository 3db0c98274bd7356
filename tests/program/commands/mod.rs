//! The program's commands besides serving, and its command line.

mod check;
mod command_line;
mod deliver;
mod user;
