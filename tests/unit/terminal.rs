//! Unit tests of `src/terminal.rs`.

use super::*;
use std::sync::Mutex;

/// Takes nothing until it is told to.
struct Stopped(Receiver<()>, Arc<Mutex<Vec<u8>>>);

impl Write for Stopped {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let _ = self.0.recv();
        self.1.lock().expect("no panic").extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn lines_that_find_the_queue_full_are_counted() {
    let ((go_on, stopped), shown) = (sync_channel(0), Arc::default());
    let terminal = Terminal::new(Stopped(stopped, Arc::clone(&shown))).expect("a thread");
    let lines = limits::TERMINAL_QUEUE + 100;
    for number in 0..lines {
        terminal.show(format!("{number}\n"));
    }
    drop(go_on);
    drop(terminal);
    let shown = String::from_utf8(shown.lock().expect("no panic").clone()).expect("text");
    let (dropped, written): (Vec<&str>, Vec<&str>) = shown.lines().partition(|line| line.contains("dropped"));
    let [dropped] = dropped[..] else { panic!("{dropped:?}") };
    let count: usize =
        dropped.trim_matches(['(', ')']).split(' ').next().expect("a word").parse().expect("a number");
    assert_eq!(written.len() + count, lines);
    assert_eq!(written[..2], ["0", "1"]);
}
