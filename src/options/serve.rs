//! The options of the standalone server and of `pop1081 inetd`.

use super::common::{
    Parsed, Usage, add_help, common_options, number, path, read, reject_positionals, seconds, users,
};
use crate::limits;
use crate::protocol::apop;
use crate::protocol::credentials::UserName;
use getopts::{Matches, Options, ParsingStyle};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// What the standalone server and `pop1081 inetd` have in common.
#[derive(Debug)]
pub struct ServeOptions {
    pub users: PathBuf,
    pub host: String,
    pub hide_users: bool,
    pub practice: Practice,
    pub autologout: Duration,
    /// `None`: only while the server is crowded; zero: no limit.
    pub login_time: Option<Duration>,
    pub login_delay: Duration,
    pub transcript: Option<PathBuf>,
    /// Transcripts are shown on the terminal.
    pub verbose: bool,
    pub log: Option<PathBuf>,
}

/// Whether nothing is to be written.
#[derive(Debug, PartialEq, Eq)]
pub enum Practice {
    No,
    /// And each has their own maildrop.
    Own,
    /// And whoever logs in has that of this user.
    With(UserName),
}

/// What only the standalone server has.
#[derive(Debug)]
pub struct ListenOptions {
    /// Addresses to listen on, `HOST:PORT`.
    pub listen: Vec<String>,
    /// Sessions at once, in all and from one address; 0: no limit.
    pub max_sessions: usize,
    pub max_per_host: usize,
}

const SYNOPSIS: &str = "\
pop1081 [options]                  serve, one thread per connection
       pop1081 inetd [options]            serve standard input and output
       pop1081 deliver [options] USER...  append the message on standard input
       pop1081 check [options]            print what is wrong in the directory
       pop1081 user add|passwd|list|remove|reset [NAME]
       pop1081 transcripts [--csv] DIR    sum up what --transcript has written
       pop1081 talk [options] HOST:PORT   talk to a POP3 server, as with telnet
       pop1081 grade [options] HOST:PORT  grade a server by the memo's rules";

pub fn serve(arguments: &[OsString]) -> Result<Parsed<(ServeOptions, ListenOptions)>, Usage> {
    read(server_options(), arguments, SYNOPSIS)?.map(|matches| {
        reject_positionals(&matches)?;
        Ok((serve_options(&matches)?, listen_options(&matches)?))
    })
}

pub fn inetd(arguments: &[OsString]) -> Result<Parsed<ServeOptions>, Usage> {
    let mut options = common_options();
    session_options(&mut options);
    read(options, arguments, "pop1081 inetd [options]")?.map(|matches| {
        reject_positionals(&matches)?;
        serve_options(&matches)
    })
}

/// Where the first word stands that neither is an option of the standalone server nor
/// belongs to one.
pub fn first_word(arguments: &[OsString]) -> Option<usize> {
    let mut options = server_options();
    add_help(&mut options);
    let words = options.parsing_style(ParsingStyle::StopAtFirstFree).parse(arguments).ok()?.free.len();
    (words > 0).then(|| arguments.len() - words)
}

/// All options of the standalone server but `--help` and `--version`.
fn server_options() -> Options {
    let mut options = common_options();
    options.optmulti("l", "listen", "listen there; may repeat (default 127.0.0.1:110)", "H:P");
    session_options(&mut options);
    options.optopt("", "max-sessions", "sessions at once (default 300; 0: no limit)", "N");
    options.optopt("", "max-per-host", "sessions at once from one address (default 0)", "N");
    options
}

fn session_options(options: &mut Options) {
    options
        .optopt("t", "transcript", "write each session to a file in DIR", "DIR")
        .optflag("v", "verbose", "show each session on the terminal")
        .optflagopt("", "practice", "write nothing; each gets a copy (of NAME's mail)", "NAME")
        .optopt("", "hostname", "name in the greeting (default: the system's)", "NAME")
        .optflag("", "hide-users", "USER does not tell which users exist")
        .optopt("", "autologout", "end a session silent for this long (default 600)", "SECONDS")
        .optopt("", "login-time", "time to log in (default 60 if crowded; 0: none)", "SECONDS")
        .optopt("", "login-delay", "delay after the first failed login (default 1)", "SECONDS");
}

fn serve_options(matches: &Matches) -> Result<ServeOptions, Usage> {
    let host = match matches.opt_str("hostname") {
        None => apop::system_host(),
        Some(name) => apop::host(&name).ok_or_else(|| format!("'{name}' is not a valid host name"))?,
    };
    let autologout = seconds(matches, "autologout", limits::AUTOLOGOUT)?;
    if autologout.is_zero() {
        return Err("--autologout takes at least 1 second".to_owned());
    }
    let login_time = seconds(matches, "login-time", limits::LOGIN_TIME)?;
    Ok(ServeOptions {
        users: users(matches),
        host,
        hide_users: matches.opt_present("hide-users"),
        practice: practice(matches)?,
        autologout,
        login_time: matches.opt_present("login-time").then_some(login_time),
        login_delay: seconds(matches, "login-delay", limits::LOGIN_DELAY)?,
        transcript: path(matches, "transcript"),
        verbose: matches.opt_present("verbose"),
        log: path(matches, "log"),
    })
}

fn practice(matches: &Matches) -> Result<Practice, Usage> {
    match matches.opt_str("practice") {
        None if matches.opt_present("practice") => Ok(Practice::Own),
        None => Ok(Practice::No),
        Some(name) => UserName::new(name.as_bytes())
            .map(Practice::With)
            .ok_or_else(|| format!("--practice takes a user's name, not '{}'", name.escape_debug())),
    }
}

fn listen_options(matches: &Matches) -> Result<ListenOptions, Usage> {
    let mut listen = matches.opt_strs("listen");
    if listen.is_empty() {
        listen.push("127.0.0.1:110".to_owned());
    }
    let max_sessions = number(matches, "max-sessions", limits::MAX_SESSIONS as u64)? as usize;
    let max_per_host = number(matches, "max-per-host", 0)? as usize;
    Ok(ListenOptions { listen, max_sessions, max_per_host })
}
