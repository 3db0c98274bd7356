//! The built program, run as a process: what a session, a command or a launcher sees of it.
//!
//! | folder       | shows                                                                  |
//! |--------------|------------------------------------------------------------------------|
//! | `sessions`   | what goes beyond the memo: APOP, UIDL, CAPA, octets, locks, crowds     |
//! | `hostile`    | whoever misuses the server gains nothing and costs others nothing      |
//! | `foreign`    | what other programs do to a maildrop is neither lost nor hidden        |
//! | `transcript` | transcripts, and the TELNET controls that are shown there              |
//! | `commands`   | the command line, `deliver`, `check`, `user`                           |
//! | `launchers`  | `inetd` on every kind of descriptor, and what launchers do besides     |

#[path = "../common/mod.rs"]
mod common;
#[path = "../player/mod.rs"]
mod player;

mod commands;
mod foreign;
mod hostile;
mod launchers;
mod sessions;
mod transcript;
