//! The options of `pop1081 deliver`.

use super::common::{Asked, Usage, common_options, log, number, read, users};
use crate::limits;
use getopts::Matches;
use std::ffi::OsString;
use std::path::PathBuf;

/// A message for somebody.
#[derive(Debug)]
pub struct Delivery {
    pub users: PathBuf,
    pub user: String,
    pub sender: Option<String>,
    /// Octets that are accepted.
    pub max_message: u64,
    pub log: Option<PathBuf>,
}

/// `pop1081 deliver [options] USER`
pub fn deliver(arguments: &[OsString]) -> Result<Asked<Delivery>, Usage> {
    let mut options = common_options();
    options.optopt("f", "from", "who sent it, for the separator line", "SENDER").optopt(
        "",
        "max-message",
        "octets that are accepted (default 67108864; 0 = no limit)",
        "OCTETS",
    );
    read(&options, arguments, "pop1081 deliver [options] USER")?.understand(delivery)
}

fn delivery(matches: Matches) -> Result<Delivery, Usage> {
    let [user] = matches.free.as_slice() else {
        return Err("deliver takes one user's name, as in pop1081 deliver mrose".to_owned());
    };
    let max_message = match number(&matches, "max-message", limits::MAX_MESSAGE)? {
        0 => u64::MAX,
        octets => octets,
    };
    Ok(Delivery {
        users: users(&matches),
        user: user.clone(),
        sender: matches.opt_str("from"),
        max_message,
        log: log(&matches),
    })
}
