//! No timestamp of APOP occurs twice, even if process-id and clock repeat, as in a container: the
//! count differs.
//!
//! Replayed and malformed digests are in `sessions/apop`.

use crate::common::fixture::TestServer;
use std::collections::BTreeSet;

const STARTS: usize = 5;
const GREETINGS: usize = 60;

fn count(timestamp: &str) -> u64 {
    let count = timestamp.split('.').nth(1).and_then(|count| count.parse().ok());
    count.unwrap_or_else(|| panic!("no count in {timestamp}"))
}

#[test]
fn no_count_occurs_twice_across_restarts() {
    let mut counts = BTreeSet::new();
    for _ in 0..STARTS {
        let server = TestServer::new();
        for _ in 0..GREETINGS {
            counts.insert(count(&server.open().timestamp));
        }
    }
    assert_eq!(counts.len(), STARTS * GREETINGS);
}
