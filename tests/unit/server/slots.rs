//! Unit tests of `src/server/slots.rs`.

use super::*;

#[test]
fn a_slot_is_free_again_when_its_session_ends() {
    let slots = Slots::new(3, 2, &Arc::default());
    let take = |host: &str| Slots::take(&slots, host.parse().ok());
    let first = take("127.0.0.1");
    let second = take("127.0.0.1");
    assert!(first.is_ok() && second.is_ok());
    assert!(take("127.0.0.1").is_err());
    let third = take("::1");
    assert!(third.is_ok() && take("::2").is_err());
    drop(first);
    assert!(take("127.0.0.1").is_ok());
    drop((second, third));
    assert!(!slots.any_taken() && slots.taken().by_host.is_empty());
}

#[test]
fn a_server_that_ends_gives_none_away() {
    let slots = Slots::new(0, 0, &Arc::default());
    let taken = Slots::take(&slots, None);
    assert_eq!(slots.close(), 1);
    assert!(Slots::take(&slots, None).is_err());
    drop(taken);
    assert!(!slots.any_taken() && Slots::take(&slots, None).is_err());
}

#[test]
fn more_than_half_is_a_crowd() {
    for (all, crowd) in [(1, 1), (2, 2), (3, 2), (4, 3)] {
        let crowded = Arc::default();
        let slots = Slots::new(all, 0, &crowded);
        let mut taken = Vec::new();
        for number in 1..=all {
            taken.push(Slots::take(&slots, None).expect("a slot"));
            assert_eq!(crowded.load(Ordering::Relaxed), number >= crowd, "{number} of {all}");
        }
        taken.truncate(crowd - 1);
        assert!(!crowded.load(Ordering::Relaxed), "{crowd} of {all}");
    }
    let crowded = Arc::default();
    let slots = Slots::new(0, 0, &crowded);
    assert!(Slots::take(&slots, None).is_ok() && !crowded.load(Ordering::Relaxed));
}
