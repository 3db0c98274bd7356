//! The server started by inetd and its like.

mod inetd;
mod launched;
