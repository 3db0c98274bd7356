//! Unit tests of `src/wire/deadlines.rs`.

use super::*;

const SILENCE: Duration = Duration::from_secs(600);

#[test]
fn a_login_must_be_in_time_only_while_the_server_is_crowded() {
    let crowded = Arc::new(AtomicBool::new(false));
    let login = LoginDeadline::within(Duration::ZERO, Some(&crowded));
    let deadlines = Deadlines::new(SILENCE, Some(&login));
    assert!(deadlines.time_left().unwrap() <= limits::CROWD_LOOK);
    crowded.store(true, Ordering::Relaxed);
    assert_eq!(deadlines.time_left().unwrap_err().kind(), io::ErrorKind::TimedOut);
    let later = LoginDeadline::within(SILENCE / 2, Some(&crowded));
    assert!(Deadlines::new(SILENCE, Some(&later)).time_left().unwrap() > limits::CROWD_LOOK);
}

#[test]
fn silence_ends_the_wait_before_the_login_as_after_it() {
    let left = Deadlines::new(SILENCE, None).time_left().unwrap();
    assert!(left <= SILENCE && left > SILENCE / 2);
    assert!(Deadlines::new(Duration::ZERO, None).time_left().is_err());
}

/// Gives these results of reads, one after the other.
struct Results(Vec<io::Result<usize>>);

impl Read for Results {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.remove(0)
    }
}

impl Input for Results {
    fn set_timeout(&mut self, _: Duration) -> io::Result<()> {
        Ok(())
    }
}

fn reading(results: Vec<io::Result<usize>>) -> TimedReader {
    TimedReader::new(Box::new(Results(results)), Deadlines::new(SILENCE, None))
}

/// Else a client that is silent would be taken for one that is slow with a line.
#[test]
fn a_signal_in_a_read_is_nothing_that_the_client_has_sent() {
    let mut reader = reading(vec![Err(io::ErrorKind::Interrupted.into()), Ok(1)]);
    assert_eq!(reader.read(&mut [0]).unwrap(), 1);
}

/// The keepalive of TCP has found that the client's machine is gone: that is no timeout of ours.
#[test]
fn a_connection_that_has_timed_out_is_broken() {
    let gone = || io::Error::from_raw_os_error(libc::ETIMEDOUT);
    assert_eq!(gone().kind(), io::ErrorKind::TimedOut);
    let e = reading(vec![Err(io::ErrorKind::WouldBlock.into()), Err(gone())]).read(&mut [0]).unwrap_err();
    assert_eq!(e.raw_os_error(), Some(libc::ETIMEDOUT));
}
