//! The standalone server: listens, or is lent a socket that listens, and has a
//! thread for each connection.
//!
//! Clients are accepted in `accept`.

mod accept;
pub mod inetd;
mod listening;
mod signals;
mod slots;

pub use listening::listen;

use crate::exit::{self, Failure};
use crate::limits;
use crate::options::ListenOptions;
use crate::session::{self, ServerContext};
use crate::system;
use crate::wire::{Peer, SocketReader, SocketWriter, Wire};
use accept::{Acceptor, Session};
use inetd::Listener;
use slots::Slots;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// Prints the addresses on standard output, and serves until a signal ends it.
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
    let slots = Slots::new(options.max_sessions, options.max_per_host, &context.crowded);
    signals::handle(&context, &slots)?;
    let announced = listening::announce(&listeners);
    let addresses = announced.map_err(|e| (exit::CANNOT_WRITE, format!("standard output: {e}")))?;
    log_start(&context, &addresses);
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
    signals::handle(&context, &slots)?;
    log_start(&context, "the socket of its launcher");
    let mut acceptor = Acceptor::new(&session(context, autologout), &slots);
    while acceptor.serve(listener.accept(autologout, system::ACCEPT_HAS_TIMEOUT)).is_continue() {}
    log::info!("no session for {} seconds, ending", autologout.as_secs());
    Ok(())
}

fn log_start(context: &ServerContext, addresses: &str) {
    let users = context.users.directory();
    let users = users.canonicalize().unwrap_or_else(|_| users.to_owned());
    log::info!("pop1081 {} serves {} on {addresses}", env!("CARGO_PKG_VERSION"), users.display());
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
