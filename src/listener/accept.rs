//! Accepting: each client gets a thread of its own, or hears why not.
//!
//! The thread that accepts does nothing that could wait for a client, and no
//! want of descriptors, memory or threads ends it or keeps it busy.

use super::slots::Slots;
use crate::limits;
use crate::logging::Seldom;
use crate::reply::Reply;
use crate::session::{self, Site};
use crate::wire::{Peer, Socket, Wire};
use std::fs::File;
use std::io::{self, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

const FULL: &str = "too many sessions, try again later";
const NO_RESOURCES: &str = "no resources for a session, try again later";

/// What all the listening threads serve.
pub struct Server {
    pub site: Site,
    pub autologout: Duration,
    pub slots: Arc<Slots>,
}

/// Accepts clients for ever.
pub fn accept(server: &Arc<Server>, listener: &TcpListener) {
    let mut doorman =
        Doorman { server, spare: spare(), trouble: Seldom::default(), refused: Seldom::default() };
    loop {
        match listener.accept() {
            Ok((stream, client)) => doorman.admit(stream, client),
            Err(e) => doorman.not_accepted(&e),
        }
    }
}

/// A descriptor that can be given up when there is no other, so that a client
/// can be told. `None`: there is none even for that.
fn spare() -> Option<File> {
    File::open("/dev/null").ok()
}

struct Doorman<'s> {
    server: &'s Arc<Server>,
    spare: Option<File>,
    trouble: Seldom,
    refused: Seldom,
}

impl Doorman<'_> {
    fn not_accepted(&mut self, e: &io::Error) {
        match e.kind() {
            // The client has thought better of it, or a signal came.
            io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted => {}
            _ => {
                self.trouble.error(format_args!("can't accept connections for now: {e}"));
                // If it was for want of a descriptor, the next client gets this one.
                if self.spare.take().is_none() {
                    thread::sleep(limits::ACCEPT_PAUSE);
                }
            }
        }
    }

    /// Gives a client a thread, or the reason why not.
    fn admit(&mut self, stream: TcpStream, client: SocketAddr) {
        self.spare = self.spare.take().or_else(spare);
        if self.spare.is_none() {
            return self.refuse(&stream, client, NO_RESOURCES);
        }
        let Some(slot) = Slots::take(&self.server.slots, client.ip().to_canonical()) else {
            return self.refuse(&stream, client, FULL);
        };
        let stream = Arc::new(stream);
        let (server, its_stream) = (Arc::clone(self.server), Arc::clone(&stream));
        let session = move || {
            let _slot = slot;
            converse(&server, its_stream, client);
        };
        if let Err(e) = thread::Builder::new().stack_size(limits::SESSION_STACK).spawn(session) {
            self.trouble.error(format_args!("no thread for a session: {e}"));
            self.refuse(&stream, client, NO_RESOURCES);
        }
    }

    fn refuse(&mut self, mut stream: &TcpStream, client: SocketAddr, why: &str) {
        self.refused.warn(format_args!("{client}: refused, {why}"));
        // The reply fits into the empty buffer of a new connection: nobody waits.
        let _ = stream.write_all(format!("{}\r\n", Reply::err(why).as_str()).as_bytes());
        let _ = stream.shutdown(Shutdown::Write);
    }
}

fn converse(server: &Server, stream: Arc<TcpStream>, client: SocketAddr) {
    if let Err(e) = stream.set_nodelay(true) {
        return log::info!("{client}: gone at once: {e}");
    }
    let (source, sink) = (Socket::new(&stream), Socket::new(&stream));
    drop(stream);
    let wire = Wire::new(Peer::Tcp(client), Box::new(source), Box::new(sink), server.autologout);
    session::run(&server.site, wire);
}
