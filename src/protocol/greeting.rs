//! The timestamp in the greeting, which APOP needs to be different every time,
//! and the host's name in it.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::process;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Counts the greetings of this process, so that two threads never get the same
/// one. It starts at a random number of 48 bits: in a container a process has
/// the number of its predecessor, and a clock may be set back.
static COUNT: LazyLock<AtomicU64> = LazyLock::new(|| AtomicU64::new(RandomState::new().hash_one(()) >> 16));

/// `<process-ID.count.clock@host>`, the clock in nanoseconds.
pub fn timestamp(host: &str) -> String {
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("<{}.{count}.{}@{host}>", process::id(), clock.as_nanos())
}

/// The host's name as the system knows it, `localhost` if it doesn't.
pub fn system_host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    host(name.trim()).unwrap_or_else(|| "localhost".to_owned())
}

/// The name, if it can stand in a greeting and in a timestamp: 1 to 255
/// printable ASCII octets without spaces, angle brackets and `@`.
pub fn host(name: &str) -> Option<String> {
    let plain = name.bytes().all(|o| o.is_ascii_graphic() && !b"<>@".contains(&o));
    (plain && (1..=255).contains(&name.len())).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::thread;

    #[test]
    fn no_timestamp_comes_twice() {
        let threads: Vec<_> = (0..4)
            .map(|_| thread::spawn(|| (0..1000).map(|_| timestamp("dewey")).collect::<Vec<_>>()))
            .collect();
        let all: Vec<_> = threads.into_iter().flat_map(|t| t.join().unwrap()).collect();
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), 4000);
        assert!(all[0].starts_with('<') && all[0].ends_with("@dewey>"));
    }

    #[test]
    fn a_host_cannot_break_the_greeting() {
        assert!(host("dewey.udel.edu").is_some());
        for bad in ["", "a b", "a>b", "a@b", "a\r\nb", "é"] {
            assert!(host(bad).is_none(), "{bad:?}");
        }
    }
}
