//! APOP (RFC 1939, p. 15): the timestamp in the greeting, the host's name in it,
//! and the digest of both with the shared secret.

use super::credentials::{Password, same_octets};
use crate::system;
use md5::{Digest, Md5};
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
    system::host_name().and_then(|name| host(&name)).unwrap_or_else(|| "localhost".to_owned())
}

/// The name, if it can stand in a greeting and in a timestamp: 1 to 255
/// printable ASCII octets without spaces, angle brackets and `@`.
pub fn host(name: &str) -> Option<String> {
    let plain = name.bytes().all(|o| o.is_ascii_graphic() && !b"<>@".contains(&o));
    (plain && (1..=255).contains(&name.len())).then(|| name.to_owned())
}

/// Whether the digest, 32 lower-case hexadecimal digits, is that of the
/// timestamp with its angle brackets followed by the secret.
pub fn proves(digest: &[u8], timestamp: &str, password: &Password) -> bool {
    let Some(secret) = password.secret() else {
        return false;
    };
    let expected = Md5::new().chain_update(timestamp).chain_update(secret).finalize();
    let mut hexadecimal = [0; 32];
    hex::encode_to_slice(expected, &mut hexadecimal).is_ok() && same_octets(&hexadecimal, digest)
}

#[cfg(test)]
#[path = "../../tests/unit/protocol/apop.rs"]
mod tests;
