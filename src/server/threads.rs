//! Threads for sessions: new ones, or some that have finished a session and wait for
//! the next. A new thread for each costs a fifth of the logins per second.

use crate::limits;
use std::io;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// What a thread does once.
pub type Work = Box<dyn FnOnce() + Send>;

/// Starts threads, and knows those that wait.
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
