//! Accepts clients: each gets a thread of its own, or a reply that says why not.
//!
//! A lack of descriptors, memory or threads neither ends this nor keeps it busy, and
//! a panic in a session ends that session only.

use super::slots::{Slot, Slots};
use super::threads::Threads;
use crate::limits;
use crate::logging::RateLimited;
use crate::protocol::reply::Reply;
use crate::wire::Peer;
use std::fs::File;
use std::io::{self, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;

const FULL: &str = "too many sessions, try again later";
const NO_RESOURCES: &str = "no resources for a session, try again later";

/// Serves one client until the connection ends.
pub type Session = dyn Fn(Arc<TcpStream>, Peer) + Send + Sync;

/// Accepts clients and starts their sessions.
pub struct Acceptor {
    session: Arc<Session>,
    slots: Arc<Slots>,
    threads: Threads,
    /// A descriptor that is given up when there is no other, so that a client can be
    /// told. `None`: it was given up.
    spare: Option<File>,
    failed: RateLimited,
    refused: RateLimited,
}

impl Acceptor {
    /// One that starts this session for each client, as long as there are slots.
    pub fn new(session: &Arc<Session>, slots: &Arc<Slots>) -> Self {
        Acceptor {
            session: Arc::clone(session),
            slots: Arc::clone(slots),
            threads: Threads::default(),
            spare: spare(),
            failed: RateLimited::default(),
            refused: RateLimited::default(),
        }
    }

    /// Serves the clients of this listener. Returns when its timeout passes without a
    /// client and no session is open; most listeners have none.
    pub fn run(&mut self, listener: &TcpListener) {
        for stream in listener.incoming() {
            if self.serve(stream).is_break() {
                return;
            }
        }
    }

    /// Serves a client in a thread of its own.
    pub fn serve(&mut self, stream: io::Result<TcpStream>) -> ControlFlow<()> {
        let stream = match stream {
            Ok(stream) => Arc::new(stream),
            Err(e) => return self.not_accepted(&e),
        };
        let Some(client) = Peer::of(&stream) else { return ControlFlow::Continue(()) };
        if let Err(why) = self.slot(&client).and_then(|slot| self.spawn(&stream, &client, slot)) {
            self.refused.warn(format_args!("{client}: refused, {why}"));
            refuse(&stream, why);
        }
        ControlFlow::Continue(())
    }

    fn slot(&mut self, client: &Peer) -> Result<Slot, &'static str> {
        self.spare = self.spare.take().or_else(spare);
        if self.spare.is_none() {
            return Err(NO_RESOURCES);
        }
        Slots::take(&self.slots, client.host()).ok_or(FULL)
    }

    fn spawn(&mut self, stream: &Arc<TcpStream>, client: &Peer, slot: Slot) -> Result<(), &'static str> {
        let (session, stream, client) = (Arc::clone(&self.session), Arc::clone(stream), client.clone());
        let work = move || {
            session(stream, client);
            drop(slot);
        };
        self.threads.spawn(Box::new(work)).map_err(|e| {
            self.failed.error(format_args!("no thread for a session: {e}"));
            NO_RESOURCES
        })
    }

    fn not_accepted(&mut self, e: &io::Error) -> ControlFlow<()> {
        match e.kind() {
            // The client has gone already, or a signal came.
            io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted => {}
            io::ErrorKind::WouldBlock if self.slots.any_taken() => {}
            io::ErrorKind::WouldBlock => return ControlFlow::Break(()),
            _ => {
                self.failed.error(format_args!("can't accept connections for now: {e}"));
                // For want of a descriptor, the next client gets this one.
                if self.spare.take().is_none() {
                    thread::sleep(limits::ACCEPT_PAUSE);
                }
            }
        }
        ControlFlow::Continue(())
    }
}

fn spare() -> Option<File> {
    File::open("/dev/null").ok()
}

fn refuse(mut stream: &TcpStream, why: &str) {
    // The reply fits into the empty send buffer of a new connection.
    let _ = stream.write_all(format!("{}\r\n", Reply::err(why).as_str()).as_bytes());
    let _ = stream.shutdown(Shutdown::Write);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::net::SocketAddr;
    use std::time::Duration;

    fn listener() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        (listener, address)
    }

    /// What the server says to a client that says this.
    fn heard(address: SocketAddr, says: &[u8]) -> String {
        let mut stream = TcpStream::connect(address).expect("a connection");
        let mut heard = String::new();
        stream.write_all(says).and_then(|()| stream.read_to_string(&mut heard)).expect("an answer");
        heard
    }

    #[test]
    fn a_panic_ends_its_session_only_and_gives_its_slot_back() {
        let (listener, address) = listener();
        let session: Arc<Session> = Arc::new(|mut stream: Arc<TcpStream>, _| {
            let mut said = [0];
            let read = (&*stream).read(&mut said).expect("an octet");
            assert!(read == 0 || said != *b"P", "a panic made for a test");
            Arc::get_mut(&mut stream).map(|stream| stream.write_all(b"served"));
        });
        let slots = Slots::new(2, 0, &Arc::default());
        let mut acceptor = Acceptor::new(&session, &slots);
        thread::spawn(move || acceptor.run(&listener));
        let mut other = TcpStream::connect(address).expect("a connection");
        while !slots.any_taken() {
            thread::yield_now();
        }
        let mut panics = 0;
        while panics < 5 {
            panics += usize::from(heard(address, b"P").is_empty());
        }
        other.write_all(b"S").expect("to be heard");
        let mut said = String::new();
        other.read_to_string(&mut said).expect("an answer");
        assert_eq!(said, "served");
        while slots.any_taken() {
            thread::yield_now();
        }
    }

    #[test]
    fn silence_ends_the_service_only_when_no_session_is_open() {
        let (listener, _) = listener();
        let timeout = Some(Duration::from_millis(1));
        socket2::SockRef::from(&listener).set_read_timeout(timeout).expect("a timeout");
        let session: Arc<Session> = Arc::new(|_, _| ());
        let slots = Slots::new(1, 0, &Arc::default());
        let mut acceptor = Acceptor::new(&session, &slots);
        let slot = Slots::take(&slots, None);
        let silence = listener.accept().expect_err("nobody comes");
        assert!(slot.is_some() && acceptor.serve(Err(silence)).is_continue());
        drop(slot);
        acceptor.run(&listener);
    }
}
