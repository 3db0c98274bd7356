//! A fault on request, so that a trial can see what a client gets to see of one.
//!
//! Nothing of it is left in a release build.

use std::env;

/// Panics if the environment variable `POP1081_PANIC` names this place.
pub fn here(place: &str) {
    if cfg!(debug_assertions) && env::var_os("POP1081_PANIC").is_some_and(|wanted| wanted == place) {
        panic!("asked for at {place}");
    }
}
