//! The memo's words: commands, replies, message-ids, credentials, byte-stuffing.

pub mod apop;
pub mod command;
pub mod credentials;
pub mod message;
pub mod reply;
pub mod stuffing;
pub mod telnet;
