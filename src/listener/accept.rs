//! Accepting: each client gets a thread of its own, or hears why not.
//!
//! A thread accepts a client, sees to it that another one waits in its place,
//! serves the client and waits again. So there is no handing over, and a thread
//! need not be made for each session: that took a fifth of a short one's time.
//! No want of descriptors, memory or threads ends this or keeps it busy, and no
//! fault in a session ends more than that session.

use super::slots::{Slot, Slots};
use crate::limits;
use crate::logging::Seldom;
use crate::reply::Reply;
use crate::session::{self, Site};
use crate::wire::{Peer, Socket, Wire};
use std::fs::File;
use std::io::{self, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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

/// An address at which clients arrive, and the threads that wait there.
pub struct Door {
    server: Arc<Server>,
    listener: TcpListener,
    /// Threads that wait for a client or are about to.
    waiting: AtomicUsize,
    trouble: Mutex<Trouble>,
}

/// What is needed when something is wanting.
struct Trouble {
    /// A descriptor that can be given up when there is no other, so that a
    /// client can be told. `None`: it was given up.
    spare: Option<File>,
    failed: Seldom,
    refused: Seldom,
}

impl Door {
    /// A door at which nobody waits yet.
    pub fn new(server: &Arc<Server>, listener: TcpListener) -> Arc<Self> {
        let trouble = Trouble { spare: spare(), failed: Seldom::default(), refused: Seldom::default() };
        let waiting = AtomicUsize::new(0);
        Arc::new(Door { server: Arc::clone(server), listener, waiting, trouble: Mutex::new(trouble) })
    }

    /// Starts a thread that waits for clients.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub fn attend(self: &Arc<Self>) -> io::Result<()> {
        let door = Arc::clone(self);
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let thread = thread::Builder::new().stack_size(limits::SESSION_STACK);
        let started = thread.spawn(move || while door.next_client() {});
        if started.is_err() {
            self.waiting.fetch_sub(1, Ordering::SeqCst);
        }
        started.map(drop)
    }

    /// Waits for a client and serves it; `false`: enough others wait.
    fn next_client(self: &Arc<Self>) -> bool {
        let (stream, client) = match self.listener.accept() {
            Ok(accepted) => accepted,
            Err(e) => {
                self.not_accepted(&e);
                return true;
            }
        };
        match self.admit(client) {
            Ok(slot) => {
                // Nothing that a session leaves behind outlives it.
                let session = AssertUnwindSafe(|| converse(&self.server, stream, client));
                drop(panic::catch_unwind(session));
                drop(slot);
                self.waiting.fetch_add(1, Ordering::SeqCst) < limits::WAITING_THREADS || {
                    self.waiting.fetch_sub(1, Ordering::SeqCst);
                    false
                }
            }
            Err(why) => {
                self.trouble().refused.warn(format_args!("{client}: refused, {why}"));
                refuse(&stream, why);
                true
            }
        }
    }

    /// A place for a client, whom this thread is then free to serve; or the
    /// reason why there is none.
    fn admit(self: &Arc<Self>, client: SocketAddr) -> Result<Slot, &'static str> {
        let mut trouble = self.trouble();
        trouble.spare = trouble.spare.take().or_else(spare);
        if trouble.spare.is_none() {
            return Err(NO_RESOURCES);
        }
        let slot = Slots::take(&self.server.slots, client.ip().to_canonical()).ok_or(FULL)?;
        if self.waiting.fetch_sub(1, Ordering::SeqCst) == 1
            && let Err(e) = self.attend()
        {
            self.waiting.fetch_add(1, Ordering::SeqCst);
            trouble.failed.error(format_args!("no thread for a session: {e}"));
            return Err(NO_RESOURCES);
        }
        Ok(slot)
    }

    fn not_accepted(&self, e: &io::Error) {
        // The client has thought better of it, or a signal came.
        if matches!(e.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted) {
            return;
        }
        let mut trouble = self.trouble();
        trouble.failed.error(format_args!("can't accept connections for now: {e}"));
        // If it was for want of a descriptor, the next client gets this one.
        let given_up = trouble.spare.take().is_some();
        drop(trouble);
        if !given_up {
            thread::sleep(limits::ACCEPT_PAUSE);
        }
    }

    fn trouble(&self) -> MutexGuard<'_, Trouble> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn spare() -> Option<File> {
    File::open("/dev/null").ok()
}

fn refuse(mut stream: &TcpStream, why: &str) {
    // The reply fits into the empty buffer of a new connection: nobody waits.
    let _ = stream.write_all(format!("{}\r\n", Reply::err(why).as_str()).as_bytes());
    let _ = stream.shutdown(Shutdown::Write);
}

fn converse(server: &Server, stream: TcpStream, client: SocketAddr) {
    if let Err(e) = stream.set_nodelay(true) {
        return log::info!("{client}: gone at once: {e}");
    }
    let stream = Arc::new(stream);
    let (source, sink) = (Socket::new(&stream), Socket::new(&stream));
    drop(stream);
    let wire = Wire::new(Peer::Tcp(client), Box::new(source), Box::new(sink), server.autologout);
    session::run(&server.site, wire);
}
