//! The built program, run as a process.
//!
//! | folder       | shows                                                                  |
//! |--------------|------------------------------------------------------------------------|
//! | `sessions`   | beyond the memo: APOP, UIDL, CAPA, octets, locks, many clients         |
//! | `hostile`    | misuse gains nothing and costs other clients nothing                   |
//! | `foreign`    | other programs change a maildrop: no mail of theirs is lost            |
//! | `transcript` | transcripts, and the TELNET controls that are shown there              |
//! | `commands`   | the command line, `deliver`, `check`, `user`                           |
//! | `site`       | left alone: owners of files, signals, its log, what can't be read      |
//! | `launchers`  | `inetd` on every kind of descriptor, and what launchers add            |

#[path = "../common/mod.rs"]
mod common;
#[path = "../player/mod.rs"]
mod player;

mod commands;
mod foreign;
mod hostile;
mod launchers;
mod sessions;
mod site;
mod transcript;
