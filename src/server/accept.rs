//! Accepts clients: each gets a thread of its own, or a reply that says why not.
//!
//! A lack of descriptors, memory or threads neither ends this nor keeps it busy, and
//! a panic in a session ends that session only.

use super::slots::{Slot, Slots, Threads};
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

    /// Serves the clients of this listener.
    pub fn run(&mut self, listener: &TcpListener) {
        for stream in listener.incoming() {
            let _ = self.serve(stream);
        }
    }

    /// Serves a client in a thread of its own. Breaks when none has come within a
    /// timeout, if the listener has one, and no session is open.
    pub fn serve(&mut self, stream: io::Result<TcpStream>) -> ControlFlow<()> {
        let stream = match stream {
            Ok(stream) => Arc::new(stream),
            Err(e) => return self.not_accepted(&e),
        };
        let Some(client) = Peer::of(&stream) else { return ControlFlow::Continue(()) };
        if let Err(why) = self.slot(&client).and_then(|slot| self.spawn(&stream, &client, slot)) {
            self.refused.log(log::Level::Warn, format_args!("{client}: refused, {why}"));
            refuse(&stream, why);
        }
        ControlFlow::Continue(())
    }

    fn slot(&mut self, client: &Peer) -> Result<Slot, &'static str> {
        self.spare = self.spare.take().or_else(spare);
        if self.spare.is_none() {
            return Err(NO_RESOURCES);
        }
        Slots::take(&self.slots, client.host())
    }

    fn spawn(&mut self, stream: &Arc<TcpStream>, client: &Peer, slot: Slot) -> Result<(), &'static str> {
        let (session, stream, client) = (Arc::clone(&self.session), Arc::clone(stream), client.clone());
        let work = move || {
            session(stream, client);
            drop(slot);
        };
        self.threads.spawn(Box::new(work)).map_err(|e| {
            self.failed.log(log::Level::Error, format_args!("no thread for a session: {e}"));
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
                self.failed.log(log::Level::Error, format_args!("can't accept connections for now: {e}"));
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
#[path = "../../tests/unit/server/accept.rs"]
mod tests;
