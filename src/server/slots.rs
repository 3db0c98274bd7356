//! Places for sessions: so many in all, so many for each address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Sessions that may be had at once.
pub struct Slots {
    all: usize,
    per_host: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by_host: HashMap<Option<IpAddr>, usize>,
}

/// A session's place; it is free again when this is dropped.
pub struct Slot {
    slots: Arc<Slots>,
    host: Option<IpAddr>,
}

impl Slots {
    /// So many places in all, and so many for one address; 0 is no limit.
    pub fn new(all: usize, per_host: usize) -> Arc<Self> {
        Arc::new(Slots { all, per_host, taken: Mutex::default() })
    }

    /// A place for a client from there, if there is one; `None`: from this very
    /// machine.
    pub fn take(slots: &Arc<Self>, host: Option<IpAddr>) -> Option<Slot> {
        let mut taken = slots.taken();
        let from_host = taken.by_host.get(&host).copied().unwrap_or(0);
        let full = |limit, taken| limit != 0 && taken >= limit;
        if full(slots.all, taken.all) || full(slots.per_host, from_host) {
            return None;
        }
        taken.all += 1;
        taken.by_host.insert(host, from_host + 1);
        Some(Slot { slots: Arc::clone(slots), host })
    }

    /// Whether there is a session.
    pub fn any_taken(&self) -> bool {
        self.taken().all > 0
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.slots.taken();
        taken.all -= 1;
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
        let slots = Slots::new(3, 2);
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
}
