//! The standalone server: listens, or is lent a socket that listens, and has a
//! thread for each connection.
//!
//! Clients are accepted in `accept`.

mod accept;
pub mod inetd;
mod slots;

use crate::exit::{self, Failure};
use crate::limits;
use crate::options::ListenOptions;
use crate::session::{self, ServerContext};
use crate::wire::{Peer, SocketReader, SocketWriter, Wire};
use accept::{Acceptor, Session};
use inetd::Listener;
use slots::Slots;
use socket2::SockRef;
use std::io::{self, IsTerminal, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// Listens on every address; clients wait until [`serve`].
///
/// # Errors
/// Exit code 64, 69 or 77 when an address can't be listened on.
pub fn listen(options: &ListenOptions) -> Result<Vec<TcpListener>, Failure> {
    options.listen.iter().map(|address| listen_at(address)).collect()
}

/// Prints the addresses on standard output, and serves for ever.
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
    let slots = Slots::new(options.max_sessions, options.max_per_host, &context.crowded);
    let session = session(context, autologout);
    let threads = listeners.into_iter().map(|listener| {
        let mut acceptor = Acceptor::new(&session, &slots);
        thread::Builder::new().spawn(move || acceptor.run(&listener))
    });
    let threads = threads.collect::<io::Result<Vec<_>>>();
    for thread in threads.map_err(|e| (exit::SYSTEM, format!("no thread to listen: {e}")))? {
        let _ = thread.join();
    }
    Ok(())
}

/// Serves on a socket that inetd (`wait`) or systemd (`Accept=no`) listens on,
/// until no session was open for as long as a client may be silent. A client that
/// connects later makes the owner of the socket start the server again.
///
/// # Errors
/// Exit code 71 when the system refuses a timeout for the socket.
pub fn serve_lent(context: ServerContext, autologout: Duration, listener: &Listener) -> Result<(), Failure> {
    let slots = Slots::new(limits::MAX_SESSIONS, 0, &context.crowded);
    let mut acceptor = Acceptor::new(&session(context, autologout), &slots);
    let timeout = listener.set_timeout(autologout);
    timeout.map_err(|e| (exit::SYSTEM, format!("standard input: {e}")))?;
    match listener {
        Listener::Tcp(listener) => acceptor.run(listener),
        Listener::Unix(listener) => {
            let streams = listener.incoming().map(|stream| Ok(TcpStream::from(OwnedFd::from(stream?))));
            let _ = streams.map(|stream| acceptor.serve(stream)).find(ControlFlow::is_break);
        }
    }
    log::info!("no session for {} seconds, ending", autologout.as_secs());
    Ok(())
}

/// A session on a socket.
fn session(context: ServerContext, autologout: Duration) -> Arc<Session> {
    Arc::new(move |stream, client| {
        if let (Peer::Tcp(_), Err(e)) = (&client, stream.set_nodelay(true)) {
            return log::info!("{client}: gone at once: {e}");
        }
        let (input, output) = (SocketReader::new(&stream), SocketWriter::new(&stream));
        drop(stream);
        session::run(&context, Wire::new(client, Box::new(input), Box::new(output), autologout));
    })
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

/// Prints the addresses, for a person and for a program that wait for them.
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
