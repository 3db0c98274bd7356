//! pop1081: a POP3 server that follows the text of RFC 1081 literally.
//!
//! A module imports only from layers below its own; inside a module there are
//! no cycles. `grade` stands beside the layers.
//!
//! ```text
//!   top  main
//!   6    server commands
//!   5    session
//!   4    wire maildrop
//!   3    users transcript options
//!   2    protocol
//!   1    exit logging password_prompt terminal
//!   0    limits calendar system
//!   beside grade: options exit password_prompt calendar system
//! ```
//!
//! A client arrives in [`server`], which puts it on a [`wire`] and runs a
//! [`session`]. There it passes through the three states of the memo, each a type
//! of its own: AUTHORIZATION earns a proof from [`users`], with which TRANSACTION
//! opens a [`maildrop`], which only UPDATE can change. Storage knows no protocol,
//! and the wire knows no mail.
//!
//! Nothing but POP3 is sent or received over the network, no message is ever held
//! whole in memory to be sent, and no file outside the Users directory is opened
//! for a client but its [`transcript`].
//!
//! The unit tests of a file are in `tests/unit`, under the same path.

#![forbid(unsafe_code)]

pub mod calendar;
pub mod commands;
pub mod exit;
pub mod grade;
pub mod limits;
pub mod logging;
pub mod maildrop;
pub mod options;
pub mod password_prompt;
pub mod protocol;
pub mod server;
pub mod session;
pub mod system;
pub mod terminal;
pub mod transcript;
pub mod users;
pub mod wire;
