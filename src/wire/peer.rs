//! Who is at the other end of a wire.

use std::fmt;
use std::net::SocketAddr;

/// Who is at the other end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Peer {
    /// A TCP connection; only such a peer may try RPOP.
    Tcp(SocketAddr),
    /// A pipe, a terminal, a socket of another family.
    Local,
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Peer::Tcp(address) => address.fmt(f),
            Peer::Local => f.write_str("a local peer"),
        }
    }
}
