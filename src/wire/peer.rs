//! The client's address: known from the socket, or reported by the program that
//! accepted the connection.

use std::env;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream};

/// The other end of a wire.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Peer {
    /// A TCP connection; only such a peer may try RPOP.
    Tcp(SocketAddr),
    /// A pipe, a terminal or a socket of another family, with the address that a
    /// variable of the environment reports. For the log and for nothing else.
    Reported { host: IpAddr, port: Option<u16>, by: &'static str },
    /// The same, without a report.
    Local,
}

/// Variables with the client's address and port, those of direct launchers first:
/// what ssh sets is inherited by everything in its session.
const VARIABLES: [(&str, &str); 5] = [
    ("TCPREMOTEIP", "TCPREMOTEPORT"),         // tcpserver
    ("SOCAT_PEERADDR", "SOCAT_PEERPORT"),     // socat
    ("NCAT_REMOTE_ADDR", "NCAT_REMOTE_PORT"), // ncat
    ("REMOTE_ADDR", "REMOTE_PORT"),           // systemd
    STUNNEL,                                  // stunnel; xinetd, without a port
];

const STUNNEL: (&str, &str) = ("REMOTE_HOST", "REMOTE_PORT");

/// Address and port of the client, then those of the server, with spaces.
const SSH_VARIABLE: &str = "SSH_CONNECTION";

impl Peer {
    /// The client of an accepted connection; `None` if it has gone already.
    pub fn of(stream: &TcpStream) -> Option<Self> {
        match stream.peer_addr() {
            Ok(address) => Some(Peer::Tcp(address)),
            Err(e) if e.kind() == io::ErrorKind::NotConnected => None,
            // A socket of another family.
            Err(_) => Some(Peer::Local),
        }
    }

    /// The client that the environment reports.
    pub fn reported() -> Self {
        Peer::reported_by(value)
    }

    /// Whose TCP connection it is, as far as that can be known. What stunnel hands
    /// over is a connection of its own, from this machine to itself.
    pub fn behind(address: SocketAddr) -> Self {
        Peer::behind_by(address, value)
    }

    fn behind_by(address: SocketAddr, value: impl Fn(&str) -> Option<String>) -> Self {
        if address.ip().to_canonical().is_loopback()
            && let Some(said @ Peer::Reported { host, port: Some(port), .. }) =
                reported_by_pair(STUNNEL, value)
            && SocketAddr::new(host, port) != address
        {
            return said;
        }
        Peer::Tcp(address)
    }

    fn reported_by(value: impl Fn(&str) -> Option<String>) -> Self {
        let said = VARIABLES.iter().find_map(|&variables| reported_by_pair(variables, &value));
        said.or_else(|| reported_by_ssh(&value(SSH_VARIABLE)?)).unwrap_or(Peer::Local)
    }

    /// The host, if it is known for certain; an IPv4 address is one even if it
    /// has arrived over IPv6.
    pub fn host(&self) -> Option<IpAddr> {
        match self {
            Peer::Tcp(address) => Some(address.ip().to_canonical()),
            Peer::Reported { .. } | Peer::Local => None,
        }
    }
}

/// An address as it may be written: IPv6 in brackets, or with the name of an
/// interface. Nothing else becomes part of a log.
fn host(said: &str) -> Option<IpAddr> {
    let said = said.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(said);
    let address = said.split_once('%').map_or(said, |(address, _interface)| address);
    address.parse().ok()
}

fn value(variable: &str) -> Option<String> {
    env::var(variable).ok()
}

fn reported_by_pair(
    (by, port_by): (&'static str, &str),
    value: impl Fn(&str) -> Option<String>,
) -> Option<Peer> {
    let host = host(&value(by)?)?;
    Some(Peer::Reported { host, port: value(port_by).and_then(|port| port.parse().ok()), by })
}

fn reported_by_ssh(connection: &str) -> Option<Peer> {
    let mut words = connection.split(' ');
    let host = host(words.next()?)?;
    Some(Peer::Reported { host, port: words.next().and_then(|port| port.parse().ok()), by: SSH_VARIABLE })
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Peer::Tcp(address) => SocketAddr::new(address.ip().to_canonical(), address.port()).fmt(f),
            Peer::Reported { host, port: Some(port), by } => {
                write!(f, "{} ({by})", SocketAddr::new(host, port))
            }
            Peer::Reported { host, port: None, by } => write!(f, "{host} ({by})"),
            Peer::Local => f.write_str("a local peer"),
        }
    }
}

#[cfg(test)]
#[path = "../../tests/unit/wire/peer.rs"]
mod tests;
