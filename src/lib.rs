//! pop1081: a POP3 server that follows the text of RFC 1081 literally.
//!
//! This is the map of the house. A file imports only from floors below its
//! own; inside `maildrop` and `session` there are no circles.
//!
//! ```text
//!   roof main
//!   7    listener inetd delivery grade check accounts
//!   6    session
//!   5    maildrop
//!   4    users wire options logging
//!   3    transcript
//!   2    command reply stuffing greeting apop rhosts regular ask
//!   1    message credentials calendar telnet
//!   0    limits exit fault
//! ```
//!
//! A client arrives through [`listener`] or [`inetd`], which put it on a
//! [`wire`] and hand it to [`session`]. There it passes through the three
//! states of the memo, each a type of its own: AUTHORIZATION earns a proof
//! from [`users`], with which TRANSACTION opens a [`maildrop`], which only
//! UPDATE can change. Storage knows no protocol, and the wire knows no mail.
//!
//! What does not happen here: nothing is sent or received over the network
//! but POP3, no message is ever held whole in memory, and no file outside the
//! Users directory is opened for a client but its [`transcript`], where one is
//! asked for.

#![forbid(unsafe_code)]

pub mod accounts;
pub mod apop;
pub mod ask;
pub mod calendar;
pub mod check;
pub mod command;
pub mod credentials;
pub mod delivery;
pub mod exit;
pub mod fault;
pub mod grade;
pub mod greeting;
pub mod inetd;
pub mod limits;
pub mod listener;
pub mod logging;
pub mod maildrop;
pub mod message;
pub mod options;
pub mod regular;
pub mod reply;
pub mod rhosts;
pub mod session;
pub mod stuffing;
pub mod telnet;
pub mod transcript;
pub mod users;
pub mod wire;
