//! Slots for sessions: a limit in all, and one for each address.

use crate::limits;
use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// The limits, and how much of them is taken.
pub struct Slots {
    all: usize,
    per_host: usize,
    taken: Mutex<Taken>,
    /// Whether more than half of all are taken.
    crowded: Arc<AtomicBool>,
}

#[derive(Default)]
struct Taken {
    /// There are no more.
    closed: bool,
    all: usize,
    by_host: HashMap<Option<IpAddr>, usize>,
}

/// A session's slot; free again when this is dropped.
pub struct Slot {
    slots: Arc<Slots>,
    host: Option<IpAddr>,
}

impl Slots {
    /// At most this many sessions, in all and from one address; 0: no limit.
    /// `crowded` is true while more than half of all are taken.
    pub fn new(all: usize, per_host: usize, crowded: &Arc<AtomicBool>) -> Arc<Self> {
        Arc::new(Slots { all, per_host, taken: Mutex::default(), crowded: Arc::clone(crowded) })
    }

    /// A slot for a client from this host; `None`: a local client.
    ///
    /// # Errors
    /// Why there is none, for the client.
    pub fn take(slots: &Arc<Self>, host: Option<IpAddr>) -> Result<Slot, &'static str> {
        let mut taken = slots.taken();
        let from_host = taken.by_host.get(&host).copied().unwrap_or(0);
        let full = |limit, taken| limit != 0 && taken >= limit;
        if taken.closed {
            return Err("the server ends, try again later");
        }
        if full(slots.all, taken.all) || full(slots.per_host, from_host) {
            return Err("too many sessions, try again later");
        }
        slots.set_all(&mut taken, |all| all + 1);
        taken.by_host.insert(host, from_host + 1);
        Ok(Slot { slots: Arc::clone(slots), host })
    }

    /// Gives no more of them away; returns how many are taken.
    pub fn close(&self) -> usize {
        let mut taken = self.taken();
        taken.closed = true;
        taken.all
    }

    /// Whether there is a session.
    pub fn any_taken(&self) -> bool {
        self.taken().all > 0
    }

    fn set_all(&self, taken: &mut Taken, change: impl FnOnce(usize) -> usize) {
        taken.all = change(taken.all);
        self.crowded.store(self.all != 0 && taken.all > self.all / 2, Ordering::Relaxed);
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.slots.taken();
        self.slots.set_all(&mut taken, |all| all - 1);
        let left = taken.by_host.get_mut(&self.host).map(|n| {
            *n -= 1;
            *n
        });
        if left == Some(0) {
            taken.by_host.remove(&self.host);
        }
    }
}

/// What a thread does once.
pub type Work = Box<dyn FnOnce() + Send>;

/// Threads for sessions: new ones, or some that have finished a session and wait for
/// the next. A new thread for each costs a fifth of the logins per second.
#[derive(Clone, Default)]
pub struct Threads(Arc<Mutex<Vec<SyncSender<Work>>>>);

impl Threads {
    /// Has this done in a thread. If it panics, that thread ends.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn spawn(&self, work: Work) -> io::Result<()> {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(thread) = waiting {
            return thread.send(work).map_err(|_| io::ErrorKind::BrokenPipe.into());
        }
        let threads = self.clone();
        let thread = thread::Builder::new().stack_size(limits::SESSION_STACK);
        thread.spawn(move || threads.work(work)).map(drop)
    }

    fn work(&self, mut work: Work) {
        let (next, received) = sync_channel(1);
        loop {
            work();
            let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if waiting.len() >= limits::WAITING_THREADS {
                return;
            }
            waiting.push(next.clone());
            drop(waiting);
            let Ok(received) = received.recv() else { return };
            work = received;
        }
    }
}

#[cfg(test)]
#[path = "../../tests/unit/server/slots.rs"]
mod tests;
