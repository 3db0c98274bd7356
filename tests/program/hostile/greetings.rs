//! APOP's timestamps never come twice, though the process has the number of an earlier one, as in
//! a container, and its clock shows what it showed then: the count alone tells them apart.
//!
//! What is wrong with a replayed, short, upper-case or secretless digest is in `beyond`.

use crate::common::fixture::TestServer;
use std::collections::BTreeSet;

const STARTS: usize = 5;
const GREETINGS: usize = 60;

fn count(timestamp: &str) -> u64 {
    let count = timestamp.split('.').nth(1).and_then(|count| count.parse().ok());
    count.unwrap_or_else(|| panic!("no count in {timestamp}"))
}

#[test]
fn no_count_comes_twice_over_restarts() {
    let mut counts = BTreeSet::new();
    for _ in 0..STARTS {
        let server = TestServer::new();
        for _ in 0..GREETINGS {
            counts.insert(count(&server.open().timestamp));
        }
    }
    assert_eq!(counts.len(), STARTS * GREETINGS);
}
