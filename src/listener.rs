//! The standalone server: listens, and starts a thread for each connection.
//!
//! The thread that accepts does nothing else that could wait for a client.

use crate::exit::{self, Failure};
use crate::limits;
use crate::options::Limits;
use crate::reply::Reply;
use crate::session::{self, Site};
use crate::wire::{self, Peer, Wire};
use std::collections::HashMap;
use std::io::{self, IsTerminal, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Listens on every address, says so on standard output, and serves for ever.
///
/// # Errors
/// Exit code 69 or 77 when an address can't be listened on, 74 when standard
/// output can't be written.
pub fn serve(site: Site, autologout: Duration, limits: &Limits) -> Result<(), Failure> {
    let listeners = limits.listen.iter().map(|address| listen(address)).collect::<Result<Vec<_>, _>>()?;
    announce(&listeners).map_err(|e| (exit::CANNOT_WRITE, format!("standard output: {e}")))?;
    let slots = Slots { all: limits.max_sessions, per_host: limits.max_per_host, taken: Mutex::default() };
    let server = Arc::new(Server { site, autologout, slots: Arc::new(slots) });
    let mut threads = Vec::new();
    for listener in listeners {
        let server = Arc::clone(&server);
        let accepting = thread::Builder::new().spawn(move || accept(&server, &listener));
        threads.push(accepting.map_err(|e| (exit::SYSTEM, format!("no thread to listen: {e}")))?);
    }
    threads.into_iter().for_each(|thread| drop(thread.join()));
    Ok(())
}

fn listen(address: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).map_err(|e| match e.kind() {
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

struct Server {
    site: Site,
    autologout: Duration,
    slots: Arc<Slots>,
}

fn accept(server: &Arc<Server>, listener: &TcpListener) {
    let mut failing = false;
    loop {
        match listener.accept() {
            Ok((stream, client)) => {
                failing = false;
                admit(server, stream, client);
            }
            Err(e) if e.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => {
                if !failing {
                    log::error!("can't accept connections for now: {e}");
                }
                failing = true;
                thread::sleep(limits::ACCEPT_PAUSE);
            }
        }
    }
}

/// Gives a client a thread, or the reason why not.
fn admit(server: &Arc<Server>, stream: TcpStream, client: SocketAddr) {
    let stream = Arc::new(stream);
    let refused = match Slots::take(&server.slots, client.ip().to_canonical()) {
        None => "too many sessions, try again later",
        Some(slot) => {
            let (server, stream) = (Arc::clone(server), Arc::clone(&stream));
            let session = move || {
                let _slot = slot;
                converse(&server, stream, client);
            };
            match thread::Builder::new().stack_size(limits::SESSION_STACK).spawn(session) {
                Ok(_) => return,
                Err(e) => {
                    log::error!("{client}: no thread for a session: {e}");
                    "no resources for a session, try again later"
                }
            }
        }
    };
    log::warn!("{client}: refused, {refused}");
    // The reply fits into the empty buffer of a new connection: nobody waits.
    let _ = (&*stream).write_all(format!("{}\r\n", Reply::err(refused).as_str()).as_bytes());
}

fn converse(server: &Server, stream: Arc<TcpStream>, client: SocketAddr) {
    match wire::set_timers(&stream, server.autologout) {
        Ok(()) => session::run(&server.site, Wire::new(Peer::Tcp(client), Box::new(Shared(stream)))),
        Err(e) => log::info!("{client}: gone at once: {e}"),
    }
}

/// A connection that two threads hold while one of them is being started.
struct Shared(Arc<TcpStream>);

impl Read for Shared {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(buffer)
    }
}

impl Write for Shared {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        (&*self.0).write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Sessions that may be had at once.
struct Slots {
    /// In all, and from one address; 0 is no limit.
    all: usize,
    per_host: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by_host: HashMap<IpAddr, usize>,
}

/// A session's place; it is free again when this is dropped.
struct Slot {
    slots: Arc<Slots>,
    host: IpAddr,
}

impl Slots {
    fn take(slots: &Arc<Self>, host: IpAddr) -> Option<Slot> {
        let mut taken = slots.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let from_host = taken.by_host.get(&host).copied().unwrap_or(0);
        let full = |limit, taken| limit != 0 && taken >= limit;
        if full(slots.all, taken.all) || full(slots.per_host, from_host) {
            return None;
        }
        taken.all += 1;
        taken.by_host.insert(host, from_host + 1);
        Some(Slot { slots: Arc::clone(slots), host })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.slots.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        let left = taken.by_host.get_mut(&self.host).map(|n| {
            *n -= 1;
            *n
        });
        if left == Some(0) {
            taken.by_host.remove(&self.host);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_free_again_when_its_session_ends() {
        let slots = Arc::new(Slots { all: 3, per_host: 2, taken: Mutex::default() });
        let take = |host: &str| Slots::take(&slots, host.parse().unwrap());
        let first = take("127.0.0.1");
        let second = take("127.0.0.1");
        assert!(first.is_some() && second.is_some());
        assert!(take("127.0.0.1").is_none());
        let third = take("::1");
        assert!(third.is_some() && take("::2").is_none());
        drop(first);
        assert!(take("127.0.0.1").is_some());
        drop((second, third));
        assert!(slots.taken.lock().unwrap().by_host.is_empty());
    }
}
