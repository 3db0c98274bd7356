//! The options of the standalone server and of `pop1081 inetd`.

use super::common::{Asked, Usage, common_options, log, no_words, number, read, seconds, users};
use crate::limits;
use crate::protocol::apop;
use getopts::{Matches, Options};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// What standalone server and inetd session have in common.
#[derive(Debug)]
pub struct Serving {
    pub users: PathBuf,
    pub host: String,
    pub hide_users: bool,
    /// Nothing is written.
    pub practice: bool,
    pub autologout: Duration,
    /// `None`: as long as it likes.
    pub login_time: Option<Duration>,
    pub login_delay: Duration,
    /// The directory for transcripts.
    pub transcript: Option<PathBuf>,
    /// Transcripts are shown on the terminal.
    pub verbose: bool,
    pub log: Option<PathBuf>,
}

/// What only the standalone server has.
#[derive(Debug)]
pub struct Limits {
    /// Addresses to listen on, `HOST:PORT`.
    pub listen: Vec<String>,
    /// Sessions at once, in all and from one address; 0 is no limit.
    pub max_sessions: usize,
    pub max_per_host: usize,
}

const SYNOPSIS: &str = "\
pop1081 [options]                  listen, one thread per connection
       pop1081 inetd [options]            one session on standard input and output
       pop1081 deliver [options] USER     append the message on standard input
       pop1081 check [options]            say what is wrong in the Users directory
       pop1081 user add|passwd|list|remove [NAME]
       pop1081 grade [options] HOST:PORT  examine a server by the memo's statements";

/// `pop1081 [options]`
pub fn serve(arguments: &[OsString]) -> Result<Asked<(Serving, Limits)>, Usage> {
    let mut options = serving_options();
    options
        .optmulti("l", "listen", "listen there; may repeat (default 127.0.0.1:110; port 0 picks one)", "H:P")
        .optopt("", "max-sessions", "sessions at once (default 300; 0 = no limit)", "N")
        .optopt("", "max-per-host", "sessions at once from one address (default 0 = no limit)", "N");
    read(&options, arguments, SYNOPSIS)?.understand(|matches| {
        no_words(&matches)?;
        Ok((serving(&matches)?, limits(&matches)?))
    })
}

/// `pop1081 inetd [options]`
pub fn inetd(arguments: &[OsString]) -> Result<Asked<Serving>, Usage> {
    read(&serving_options(), arguments, "pop1081 inetd [options]")?.understand(|matches| {
        no_words(&matches)?;
        serving(&matches)
    })
}

fn serving_options() -> Options {
    let mut options = common_options();
    options
        .optopt("", "hostname", "the name in the greeting (default the system's)", "NAME")
        .optopt("", "autologout", "end a session after that long a silence (default 600)", "SECONDS")
        .optopt("", "login-time", "a login must succeed within that time (default 60; 0 = no limit)", "SECONDS")
        .optopt("", "login-delay", "the first failed login is answered after that time, each further one after twice as long (default 1)", "SECONDS")
        .optflag("", "practice", "every session has the maildrop as if it were its own copy; nothing is written, nobody locked out")
        .optflag("", "hide-users", "USER does not tell whether there is such a user")
        .optopt("t", "transcript", "what each session says, in a file of its own there", "DIR")
        .optflag("v", "verbose", "the same on the terminal, after the session's number");
    options
}

fn serving(matches: &Matches) -> Result<Serving, Usage> {
    let host = match matches.opt_str("hostname") {
        None => apop::system_host(),
        Some(name) => apop::host(&name).ok_or_else(|| format!("'{name}' can't be a host's name"))?,
    };
    let autologout = seconds(matches, "autologout", limits::AUTOLOGOUT)?;
    if autologout.is_zero() {
        return Err("--autologout takes at least 1 second".to_owned());
    }
    let login_time = seconds(matches, "login-time", limits::LOGIN_TIME)?;
    Ok(Serving {
        users: users(matches),
        host,
        hide_users: matches.opt_present("hide-users"),
        practice: matches.opt_present("practice"),
        autologout,
        login_time: (!login_time.is_zero()).then_some(login_time),
        login_delay: seconds(matches, "login-delay", limits::LOGIN_DELAY)?,
        transcript: matches.opt_str("transcript").map(PathBuf::from),
        verbose: matches.opt_present("verbose"),
        log: log(matches),
    })
}

fn limits(matches: &Matches) -> Result<Limits, Usage> {
    let mut listen = matches.opt_strs("listen");
    if listen.is_empty() {
        listen.push("127.0.0.1:110".to_owned());
    }
    let max_sessions = number(matches, "max-sessions", limits::MAX_SESSIONS as u64)? as usize;
    let max_per_host = number(matches, "max-per-host", 0)? as usize;
    Ok(Limits { listen, max_sessions, max_per_host })
}
