//! Text for a terminal that Ctrl-S may have stopped or a pipe that nobody may read: a thread
//! writes it, so that sessions never wait. If the queue is full, lines are dropped and counted.

use crate::limits;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Instant;

/// Texts that all terminals of the program have still to write.
static WAITING: AtomicUsize = AtomicUsize::new(0);

/// A queue of text. Dropping it waits a little until the text is written.
#[derive(Debug)]
pub struct Terminal {
    queue: SyncSender<String>,
    dropped: Arc<AtomicU64>,
}

impl Terminal {
    /// Text for this output.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn new(output: impl Write + Send + 'static) -> io::Result<Self> {
        let (queue, texts) = sync_channel(limits::TERMINAL_QUEUE);
        let dropped = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&dropped);
        let thread = thread::Builder::new().stack_size(limits::SESSION_STACK);
        thread.spawn(move || write_all(output, &texts, &counted))?;
        Ok(Terminal { queue, dropped })
    }

    /// Has whole lines written.
    pub fn show(&self, lines: String) {
        let count = lines.lines().count() as u64;
        WAITING.fetch_add(1, Ordering::SeqCst);
        if self.queue.try_send(lines).is_err() {
            WAITING.fetch_sub(1, Ordering::SeqCst);
            self.dropped.fetch_add(count, Ordering::Relaxed);
        }
    }
}

/// Waits until all that was shown is written, but not for a terminal that was stopped.
pub fn wait_until_written() {
    let end = Instant::now() + limits::TERMINAL_END;
    while WAITING.load(Ordering::SeqCst) > 0 && Instant::now() < end {
        thread::sleep(limits::LOCK_PAUSE);
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
        WAITING.fetch_sub(1, Ordering::SeqCst);
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
        wait_until_written();
    }
}

#[cfg(test)]
#[path = "../tests/unit/terminal.rs"]
mod tests;
