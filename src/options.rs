//! What was typed on the command line, and what it means. Acting on it is the
//! affair of `main`.

use crate::{greeting, limits};
use getopts::{Matches, Options};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// What the program is to do.
#[derive(Debug)]
pub enum Task {
    Serve(Serving, Limits),
    Inetd(Serving),
    Deliver(Delivery),
    /// To print this.
    Print(String),
}

/// What standalone server and inetd session have in common.
#[derive(Debug)]
pub struct Serving {
    pub users: PathBuf,
    pub host: String,
    pub hide_users: bool,
    pub autologout: Duration,
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

/// A command line that means nothing, as the sentence that says why.
pub type Usage = String;

/// Understands the arguments, the program's name left out.
///
/// # Errors
/// The sentence for standard error; the exit code is 64.
pub fn parse(arguments: &[OsString]) -> Result<Task, Usage> {
    let word = arguments.first().and_then(|first| first.to_str());
    match word {
        Some("inetd") => inetd(&arguments[1..]),
        Some("deliver") => deliver(&arguments[1..]),
        Some(other) if !other.starts_with('-') => {
            Err(format!("there is no command '{other}'; pop1081 --help lists them"))
        }
        _ => serve(arguments),
    }
}

const SYNOPSIS: &str = "\
pop1081 [options]                  listen, one thread per connection
       pop1081 inetd [options]            one session on standard input and output
       pop1081 deliver [options] USER     append the message on standard input";

fn serve(arguments: &[OsString]) -> Result<Task, Usage> {
    let mut options = serving_options();
    options
        .optmulti("l", "listen", "listen there; may repeat (default 127.0.0.1:110; port 0 picks one)", "H:P")
        .optopt("", "max-sessions", "sessions at once (default 300; 0 = no limit)", "N")
        .optopt("", "max-per-host", "sessions at once from one address (default 0 = no limit)", "N");
    let matches = match read(&options, arguments, SYNOPSIS)? {
        Ok(matches) => matches,
        Err(print) => return Ok(print),
    };
    no_words(&matches)?;
    let mut listen = matches.opt_strs("listen");
    if listen.is_empty() {
        listen.push("127.0.0.1:110".to_owned());
    }
    let max_sessions = number(&matches, "max-sessions", limits::MAX_SESSIONS as u64)? as usize;
    let max_per_host = number(&matches, "max-per-host", 0)? as usize;
    Ok(Task::Serve(serving(&matches)?, Limits { listen, max_sessions, max_per_host }))
}

fn inetd(arguments: &[OsString]) -> Result<Task, Usage> {
    let matches = match read(&serving_options(), arguments, "pop1081 inetd [options]")? {
        Ok(matches) => matches,
        Err(print) => return Ok(print),
    };
    no_words(&matches)?;
    serving(&matches).map(Task::Inetd)
}

fn deliver(arguments: &[OsString]) -> Result<Task, Usage> {
    let mut options = common_options();
    options.optopt("f", "from", "who sent it, for the separator line", "SENDER").optopt(
        "",
        "max-message",
        "octets that are accepted (default 67108864; 0 = no limit)",
        "OCTETS",
    );
    let matches = match read(&options, arguments, "pop1081 deliver [options] USER")? {
        Ok(matches) => matches,
        Err(print) => return Ok(print),
    };
    let [user] = matches.free.as_slice() else {
        return Err("deliver takes one user's name, as in pop1081 deliver mrose".to_owned());
    };
    let max_message = match number(&matches, "max-message", limits::MAX_MESSAGE)? {
        0 => u64::MAX,
        octets => octets,
    };
    Ok(Task::Deliver(Delivery {
        users: users(&matches),
        user: user.clone(),
        sender: matches.opt_str("from"),
        max_message,
        log: matches.opt_str("log").map(PathBuf::from),
    }))
}

fn common_options() -> Options {
    let mut options = Options::new();
    options
        .optopt("u", "users", "the Users directory (default Users)", "DIR")
        .optopt("", "log", "where the log goes; RUST_LOG sets what (default info)", "FILE")
        .optflag("h", "help", "say this")
        .optflag("V", "version", "say which version this is");
    options
}

fn serving_options() -> Options {
    let mut options = common_options();
    options
        .optopt("", "hostname", "the name in the greeting (default the system's)", "NAME")
        .optopt("", "autologout", "end a session after that long a silence (default 600)", "SECONDS")
        .optflag("", "hide-users", "USER does not tell whether there is such a user");
    options
}

/// The options, or what is to be printed instead.
fn read(options: &Options, arguments: &[OsString], synopsis: &str) -> Result<Result<Matches, Task>, Usage> {
    let matches = options.parse(arguments).map_err(|e| format!("{e}; pop1081 --help lists the options"))?;
    if matches.opt_present("help") {
        return Ok(Err(Task::Print(options.usage(&format!("Usage: {synopsis}")))));
    }
    if matches.opt_present("version") {
        return Ok(Err(Task::Print(concat!("pop1081 ", env!("CARGO_PKG_VERSION"), "\n").to_owned())));
    }
    Ok(Ok(matches))
}

fn serving(matches: &Matches) -> Result<Serving, Usage> {
    let host = match matches.opt_str("hostname") {
        None => greeting::system_host(),
        Some(name) => greeting::host(&name).ok_or_else(|| format!("'{name}' can't be a host's name"))?,
    };
    let autologout = match number(matches, "autologout", limits::AUTOLOGOUT.as_secs())? {
        0 => return Err("--autologout takes at least 1 second".to_owned()),
        seconds => Duration::from_secs(seconds),
    };
    Ok(Serving {
        users: users(matches),
        host,
        hide_users: matches.opt_present("hide-users"),
        autologout,
        log: matches.opt_str("log").map(PathBuf::from),
    })
}

fn users(matches: &Matches) -> PathBuf {
    matches.opt_str("users").unwrap_or_else(|| "Users".to_owned()).into()
}

fn no_words(matches: &Matches) -> Result<(), Usage> {
    match matches.free.first() {
        Some(word) => Err(format!("'{word}' is no option; pop1081 --help lists them")),
        None => Ok(()),
    }
}

fn number(matches: &Matches, option: &str, default: u64) -> Result<u64, Usage> {
    match matches.opt_str(option) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| format!("--{option} takes a whole number, not '{text}'")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Task, Usage> {
        parse(&line.split_whitespace().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn defaults() {
        let Ok(Task::Serve(serving, limits)) = parsed("") else { panic!("no server") };
        assert_eq!(serving.users, PathBuf::from("Users"));
        assert_eq!(limits.listen, ["127.0.0.1:110"]);
        assert_eq!(serving.autologout, Duration::from_secs(600));
    }

    #[test]
    fn every_mistake_is_a_sentence() {
        for line in [
            "serve",
            "--listen",
            "--autologout 0",
            "--autologout ten",
            "--max-sessions -1",
            "x",
            "--hostname a>b",
            "inetd x",
            "inetd --listen 1",
            "deliver",
            "deliver a b",
            "deliver --max-message 1k a",
            "--nothing",
        ] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }

    #[test]
    fn listen_may_repeat() {
        let Ok(Task::Serve(_, limits)) = parsed("-l 127.0.0.1:0 --listen [::1]:0") else {
            panic!("no server")
        };
        assert_eq!(limits.listen, ["127.0.0.1:0", "[::1]:0"]);
    }

    #[test]
    fn no_limit_for_a_message() {
        let Ok(Task::Deliver(delivery)) = parsed("deliver --max-message 0 -f a@b mrose") else { panic!() };
        assert_eq!((delivery.max_message, delivery.sender.as_deref()), (u64::MAX, Some("a@b")));
    }
}
