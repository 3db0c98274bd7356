//! Sockets that listen: how they are made, what their connections inherit, and who is
//! told that clients may come.

use crate::exit::{self, Failure};
use crate::limits;
use crate::options::ListenOptions;
use crate::system;
use socket2::{SockRef, TcpKeepalive};
use std::env;
use std::io::{self, IsTerminal, Write};
use std::net::TcpListener;

/// Listens on every address; clients wait until they are served.
///
/// # Errors
/// Exit code 64, 69 or 77 when an address can't be listened on.
pub fn listen(options: &ListenOptions) -> Result<Vec<TcpListener>, Failure> {
    options.listen.iter().map(|address| listen_at(address)).collect()
}

fn listen_at(address: &str) -> Result<TcpListener, Failure> {
    let listening = TcpListener::bind(address).and_then(|listener| {
        let socket = SockRef::from(&listener);
        socket.listen(limits::BACKLOG)?;
        for_clients(&socket);
        Ok(listener)
    });
    listening.map_err(|e| {
        let (code, helps) = match e.kind() {
            io::ErrorKind::PermissionDenied => (exit::NO_PERMISSION, system::ANY_PORT),
            io::ErrorKind::AddrInUse => {
                (exit::UNAVAILABLE, "try another port, or end the program that has this one")
            }
            io::ErrorKind::InvalidInput => (exit::USAGE, "--listen takes HOST:PORT, as in 127.0.0.1:1110"),
            _ => (exit::UNAVAILABLE, "name an address of this machine, or 0.0.0.0 for all that it has"),
        };
        (code, format!("{address}: {e}; {helps}"))
    })
}

/// Sets what a TCP connection to a client needs; every connection that is accepted at a
/// listening socket inherits it. A socket of another family has none of it.
pub fn for_clients(socket: &SockRef<'_>) {
    // Some telnets send part of a control as urgent data, which then has its place.
    let _ = socket.set_out_of_band_inline(true);
    let keepalive = TcpKeepalive::new().with_time(limits::KEEPALIVE_IDLE);
    #[cfg(not(target_os = "openbsd"))]
    let keepalive = keepalive.with_interval(limits::KEEPALIVE_PAUSE).with_retries(limits::KEEPALIVE_RETRIES);
    let _ = socket.set_tcp_keepalive(&keepalive);
}

/// Tells whoever waits for it that clients may come: a person or a program by a line for
/// each address on standard output, and systemd. Returns the addresses, for the log.
///
/// # Errors
/// When standard output can't be written.
pub fn announce(listeners: &[TcpListener]) -> io::Result<String> {
    let mut stdout = io::stdout().lock();
    let mut addresses = Vec::new();
    for listener in listeners {
        let address = listener.local_addr()?;
        writeln!(stdout, "listening on {address}")?;
        if stdout.is_terminal() {
            writeln!(stdout, "try: telnet {} {}", address.ip(), address.port())?;
        }
        addresses.push(address.to_string());
    }
    stdout.flush()?;
    if let Some(socket) = env::var_os("NOTIFY_SOCKET")
        // Else it would take a server as started whose port is in use, sd_notify(3).
        && let Err(e) = system::send_datagram(&socket, b"READY=1")
    {
        log::warn!("systemd can't be told that the server is ready: {e}");
    }
    Ok(addresses.join(" and "))
}

#[cfg(test)]
#[path = "../../tests/unit/server/listening.rs"]
mod tests;
