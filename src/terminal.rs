//! Text for a terminal, which Ctrl-S may have stopped: a thread writes it, so that
//! sessions never wait. When the queue is full, lines are dropped and counted.

use crate::limits;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// A queue of text. Dropping it waits a little until the text is written.
#[derive(Debug)]
pub struct Terminal {
    /// `None`: closed.
    queue: Option<SyncSender<String>>,
    dropped: Arc<AtomicU64>,
    written: Mutex<Receiver<()>>,
}

impl Terminal {
    /// Text for this output.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn new(output: impl Write + Send + 'static) -> io::Result<Self> {
        let (queue, texts) = sync_channel(limits::TERMINAL_QUEUE);
        let (end, written) = sync_channel(1);
        let dropped = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&dropped);
        thread::Builder::new().stack_size(limits::SESSION_STACK).spawn(move || {
            write_all(output, &texts, &counted);
            let _ = end.send(());
        })?;
        Ok(Terminal { queue: Some(queue), dropped, written: Mutex::new(written) })
    }

    /// Has whole lines written.
    pub fn show(&self, lines: String) {
        let count = lines.lines().count() as u64;
        if self.queue.as_ref().is_some_and(|queue| queue.try_send(lines).is_err()) {
            self.dropped.fetch_add(count, Ordering::Relaxed);
        }
    }
}

/// Errors are ignored: the terminal may be gone.
fn write_all(mut output: impl Write, texts: &Receiver<String>, dropped: &AtomicU64) {
    while let Ok(text) = texts.recv() {
        let _ = output.write_all(text.as_bytes());
        match dropped.swap(0, Ordering::Relaxed) {
            0 => {}
            lines => drop(writeln!(output, "({lines} lines dropped)")),
        }
        let _ = output.flush();
    }
}

impl Write for Terminal {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.show(String::from_utf8_lossy(octets).into_owned());
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.queue = None;
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = written.recv_timeout(limits::TERMINAL_END);
    }
}

#[cfg(test)]
#[path = "../tests/unit/terminal.rs"]
mod tests;
