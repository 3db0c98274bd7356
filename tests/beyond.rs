//! What the server does beyond RFC 1081: APOP, UIDL, CAPA, inetd, odd maildrops, hostile names,
//! broken clients, locks among processes, limits.

mod common;
mod player;

#[path = "beyond/apop.rs"]
mod apop;
#[path = "beyond/broken_clients.rs"]
mod broken_clients;
#[path = "beyond/capabilities.rs"]
mod capabilities;
#[path = "beyond/command_lines.rs"]
mod command_lines;
#[path = "beyond/crowds.rs"]
mod crowds;
#[path = "beyond/inetd.rs"]
mod inetd;
#[path = "beyond/launched.rs"]
mod launched;
#[path = "beyond/names.rs"]
mod names;
#[path = "beyond/octets.rs"]
mod octets;
#[path = "beyond/passwords.rs"]
mod passwords;
#[path = "beyond/practice.rs"]
mod practice;
#[path = "beyond/session_lock.rs"]
mod session_lock;
#[path = "beyond/unique_ids.rs"]
mod unique_ids;
#[path = "beyond/unusable.rs"]
mod unusable;
