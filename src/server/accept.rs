//! Accepting: each client gets a thread of its own, or hears why not.
//!
//! A thread accepts a client, sees to it that another one waits in its place,
//! serves the client and waits again. So there is no handing over, and a thread
//! need not be made for each session: that took a fifth of a short one's time.
//! No want of descriptors, memory or threads ends this or keeps it busy, and no
//! fault in a session ends more than that session.

use super::slots::{Slot, Slots};
use crate::limits;
use crate::logging::RateLimited;
use crate::protocol::reply::Reply;
use crate::session::{self, ServerContext};
use crate::wire::{Peer, Socket, Wire};
use std::fs::File;
use std::io::{self, Write};
use std::net::{Shutdown, TcpStream};
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

const FULL: &str = "too many sessions, try again later";
const NO_RESOURCES: &str = "no resources for a session, try again later";

/// What all the listening threads serve.
pub struct Server {
    pub context: ServerContext,
    pub autologout: Duration,
    pub slots: Arc<Slots>,
}

/// An address at which clients arrive, and the threads that wait there.
pub struct Door {
    server: Arc<Server>,
    listener: socket2::Socket,
    /// Threads that wait for a client or are about to.
    waiting: AtomicUsize,
    trouble: Mutex<Trouble>,
    /// Who hears of it when nobody has come for as long as the socket's timer
    /// says and no session is open; `None`: clients are waited for without end.
    quiet: Option<SyncSender<()>>,
}

/// What is needed when something is wanting.
struct Trouble {
    /// A descriptor that can be given up when there is no other, so that a
    /// client can be told. `None`: it was given up.
    spare: Option<File>,
    failed: RateLimited,
    refused: RateLimited,
}

impl Door {
    /// A door at which nobody waits yet.
    pub fn new(server: &Arc<Server>, listener: socket2::Socket, quiet: Option<SyncSender<()>>) -> Arc<Self> {
        let trouble =
            Trouble { spare: spare(), failed: RateLimited::default(), refused: RateLimited::default() };
        let (server, waiting, trouble) = (Arc::clone(server), AtomicUsize::new(0), Mutex::new(trouble));
        Arc::new(Door { server, listener, waiting, trouble, quiet })
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

    /// Waits for a client and serves it; `false`: this thread need not wait for
    /// another one.
    fn next_client(self: &Arc<Self>) -> bool {
        let (stream, client, slot) = match self.welcome() {
            Ok(welcome) => welcome,
            Err(goes_on) => return goes_on,
        };
        // Nothing that a session leaves behind outlives it.
        let session = AssertUnwindSafe(|| converse(&self.server, stream, client));
        drop(panic::catch_unwind(session));
        drop(slot);
        self.needs_another_thread()
    }

    /// Waits for a client and finds a place for it; else whether to wait for
    /// another one. A function of its own, so that the room for the longest kind
    /// of address is not kept on the stack during the session.
    #[inline(never)]
    fn welcome(self: &Arc<Self>) -> Result<(TcpStream, Peer, Slot), bool> {
        let (stream, client) = match self.listener.accept() {
            Ok((stream, address)) => (TcpStream::from(stream), Peer::at(&address)),
            Err(e) => return Err(self.not_accepted(&e)),
        };
        match self.admit(&client) {
            Ok(slot) => Ok((stream, client, slot)),
            Err(why) => {
                self.trouble().refused.warn(format_args!("{client}: refused, {why}"));
                refuse(&stream, why);
                Err(true)
            }
        }
    }

    /// Whether a thread that has served its client shall wait for the next one;
    /// if so, it is counted. Where silence has an end only one thread ever waits:
    /// it knows that no other one has accepted somebody in the last moment.
    fn needs_another_thread(&self) -> bool {
        self.quiet.is_none()
            && (self.waiting.fetch_add(1, Ordering::SeqCst) < limits::WAITING_THREADS || {
                self.waiting.fetch_sub(1, Ordering::SeqCst);
                false
            })
    }

    /// A place for a client, whom this thread is then free to serve; or the
    /// reason why there is none.
    fn admit(self: &Arc<Self>, client: &Peer) -> Result<Slot, &'static str> {
        let mut trouble = self.trouble();
        trouble.spare = trouble.spare.take().or_else(spare);
        if trouble.spare.is_none() {
            return Err(NO_RESOURCES);
        }
        let slot = Slots::take(&self.server.slots, client.host()).ok_or(FULL)?;
        if self.waiting.fetch_sub(1, Ordering::SeqCst) == 1
            && let Err(e) = self.attend()
        {
            self.waiting.fetch_add(1, Ordering::SeqCst);
            trouble.failed.error(format_args!("no thread for a session: {e}"));
            return Err(NO_RESOURCES);
        }
        Ok(slot)
    }

    /// Whether to go on although nobody was accepted.
    fn not_accepted(&self, e: &io::Error) -> bool {
        // The client has thought better of it, or a signal came.
        if matches!(e.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted) {
            return true;
        }
        if let (io::ErrorKind::WouldBlock, Some(quiet)) = (e.kind(), &self.quiet) {
            return self.server.slots.any_taken() || quiet.send(()).is_err();
        }
        let mut trouble = self.trouble();
        trouble.failed.error(format_args!("can't accept connections for now: {e}"));
        // If it was for want of a descriptor, the next client gets this one.
        let given_up = trouble.spare.take().is_some();
        drop(trouble);
        if !given_up {
            thread::sleep(limits::ACCEPT_PAUSE);
        }
        true
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

fn converse(server: &Server, stream: TcpStream, client: Peer) {
    if let (Peer::Tcp(_), Err(e)) = (&client, stream.set_nodelay(true)) {
        return log::info!("{client}: gone at once: {e}");
    }
    let stream = Arc::new(stream);
    let (source, sink) = (Socket::new(&stream), Socket::new(&stream));
    drop(stream);
    let wire = Wire::new(client, Box::new(source), Box::new(sink), server.autologout);
    session::run(&server.context, wire);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::Users;
    use std::net::TcpListener;
    use std::path::Path;
    use std::sync::mpsc::sync_channel;

    fn server() -> Arc<Server> {
        let users = Users::new(Path::new(".")).expect("a directory");
        let (host, time) = ("dewey".to_owned(), Duration::ZERO);
        let context = ServerContext {
            users,
            host,
            hide_users: false,
            login_time: None,
            login_delay: time,
            transcripts: None,
        };
        Arc::new(Server { context, autologout: limits::AUTOLOGOUT, slots: Slots::new(1, 0) })
    }

    #[test]
    fn silence_at_a_door_is_told_only_when_no_session_is_open() {
        let listener = socket2::Socket::from(TcpListener::bind("127.0.0.1:0").expect("a port"));
        listener.set_read_timeout(Some(Duration::from_millis(1))).expect("a timer");
        let (server, (quiet, told)) = (server(), sync_channel(1));
        let door = Door::new(&server, listener, Some(quiet));
        let session = Slots::take(&server.slots, None);
        assert!(session.is_some() && door.next_client() && told.try_recv().is_err());
        drop(session);
        assert!(!door.next_client() && told.try_recv().is_ok());
    }
}
