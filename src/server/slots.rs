//! Slots for sessions: a limit in all, and one for each address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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

    /// A slot for a client from this host, if there is one; `None`: a local client.
    pub fn take(slots: &Arc<Self>, host: Option<IpAddr>) -> Option<Slot> {
        let mut taken = slots.taken();
        let from_host = taken.by_host.get(&host).copied().unwrap_or(0);
        let full = |limit, taken| limit != 0 && taken >= limit;
        if full(slots.all, taken.all) || full(slots.per_host, from_host) {
            return None;
        }
        slots.set_all(&mut taken, |all| all + 1);
        taken.by_host.insert(host, from_host + 1);
        Some(Slot { slots: Arc::clone(slots), host })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_free_again_when_its_session_ends() {
        let slots = Slots::new(3, 2, &Arc::default());
        let take = |host: &str| Slots::take(&slots, host.parse().ok());
        let first = take("127.0.0.1");
        let second = take("127.0.0.1");
        assert!(first.is_some() && second.is_some());
        assert!(take("127.0.0.1").is_none());
        let third = take("::1");
        assert!(third.is_some() && take("::2").is_none());
        drop(first);
        assert!(take("127.0.0.1").is_some());
        drop((second, third));
        assert!(!slots.any_taken() && slots.taken().by_host.is_empty());
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
        assert!(Slots::take(&slots, None).is_some() && !crowded.load(Ordering::Relaxed));
    }
}
