//! The standalone server: listens, or is lent a socket that listens, and has a
//! thread for each connection.
//!
//! What becomes of a connection is decided in `accept`.

mod accept;
pub mod inetd;
mod slots;

use crate::exit::{self, Failure};
use crate::limits;
use crate::options::ListenOptions;
use crate::session::ServerContext;
use accept::{Door, Server};
use slots::Slots;
use socket2::{SockRef, Socket};
use std::io::{self, IsTerminal, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

/// Listens on every address; whoever comes waits until [`serve`].
///
/// # Errors
/// Exit code 64, 69 or 77 when an address can't be listened on.
pub fn listen(options: &ListenOptions) -> Result<Vec<TcpListener>, Failure> {
    options.listen.iter().map(|address| listen_at(address)).collect()
}

/// Says on standard output who listens where, and serves for ever.
///
/// # Errors
/// Exit code 74 when standard output can't be written, 71 when the system refuses
/// a thread.
pub fn serve(
    context: ServerContext,
    autologout: Duration,
    options: &ListenOptions,
    listeners: Vec<TcpListener>,
) -> Result<(), Failure> {
    announce(&listeners).map_err(|e| (exit::CANNOT_WRITE, format!("standard output: {e}")))?;
    let slots = Slots::new(options.max_sessions, options.max_per_host);
    let server = Arc::new(Server { context, autologout, slots });
    for listener in listeners {
        Door::new(&server, listener.into(), None).attend().map_err(no_thread)?;
    }
    loop {
        thread::park();
    }
}

/// Serves on a socket that inetd (`wait`) or systemd (`Accept=no`) listens on,
/// until no session was open for as long as a client may be silent. Who comes
/// later makes the owner of the socket start the server again.
///
/// # Errors
/// Exit code 71 when the system refuses a thread or the socket.
pub fn serve_lent(context: ServerContext, autologout: Duration, socket: Socket) -> Result<(), Failure> {
    let timer = socket.set_read_timeout(Some(autologout));
    timer.map_err(|e| (exit::SYSTEM, format!("standard input: {e}")))?;
    // A socket of another family than TCP has no urgent data.
    let _ = socket.set_out_of_band_inline(true);
    let server = Arc::new(Server { context, autologout, slots: Slots::new(limits::MAX_SESSIONS, 0) });
    let (quiet, end) = sync_channel(1);
    Door::new(&server, socket, Some(quiet)).attend().map_err(no_thread)?;
    let _ = end.recv();
    log::info!("no session for {} seconds, ending", autologout.as_secs());
    Ok(())
}

fn no_thread(e: io::Error) -> Failure {
    (exit::SYSTEM, format!("no thread to listen: {e}"))
}

fn listen_at(address: &str) -> Result<TcpListener, Failure> {
    let listening = TcpListener::bind(address).and_then(|listener| {
        let socket = SockRef::from(&listener);
        socket.listen(limits::BACKLOG)?;
        // Some telnets send part of a control as urgent data. Every connection
        // that is accepted here has it in its place.
        socket.set_out_of_band_inline(true)?;
        Ok(listener)
    });
    listening.map_err(|e| match e.kind() {
        io::ErrorKind::PermissionDenied => {
            (exit::NO_PERMISSION, format!("{address}: {e}; try --listen 127.0.0.1:1110"))
        }
        io::ErrorKind::InvalidInput => {
            (exit::USAGE, format!("--listen takes HOST:PORT, not '{address}': {e}"))
        }
        _ => (exit::UNAVAILABLE, format!("{address}: {e}")),
    })
}

/// The lines that a person and a program wait for.
fn announce(listeners: &[TcpListener]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    for listener in listeners {
        let address = listener.local_addr()?;
        writeln!(stdout, "listening on {address}")?;
        if stdout.is_terminal() {
            writeln!(stdout, "try: telnet {} {}", address.ip(), address.port())?;
        }
    }
    stdout.flush()
}
