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
