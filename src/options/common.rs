//! What the options of all commands have in common: those that each command
//! takes, and how they are read.

use crate::limits;
use getopts::{Matches, Options};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// A command line that means nothing, as the sentence that says why.
pub type Usage = String;

/// What a command line asks for: to do something, or only to be told something.
#[derive(Debug)]
pub enum Asked<T> {
    ToDo(T),
    /// To print this.
    ToPrint(String),
}

impl<T> Asked<T> {
    /// What it means, if there is anything to do.
    pub fn understand<U>(self, meaning: impl FnOnce(T) -> Result<U, Usage>) -> Result<Asked<U>, Usage> {
        match self {
            Asked::ToDo(typed) => meaning(typed).map(Asked::ToDo),
            Asked::ToPrint(text) => Ok(Asked::ToPrint(text)),
        }
    }
}

/// The options that each command takes.
pub fn common_options() -> Options {
    let mut options = Options::new();
    options
        .optopt("u", "users", "the Users directory (default Users)", "DIR")
        .optopt("", "log", "where the log goes; RUST_LOG sets what (default info)", "FILE")
        .optflag("h", "help", "say this")
        .optflag("V", "version", "say which version this is");
    options
}

/// Reads the options of a command; `--help` and `--version` are answered here.
pub fn read(options: &Options, arguments: &[OsString], synopsis: &str) -> Result<Asked<Matches>, Usage> {
    let matches = options.parse(arguments).map_err(|e| format!("{e}; pop1081 --help lists the options"))?;
    Ok(if matches.opt_present("help") {
        Asked::ToPrint(options.usage(&format!("Usage: {synopsis}")))
    } else if matches.opt_present("version") {
        Asked::ToPrint(concat!("pop1081 ", env!("CARGO_PKG_VERSION"), "\n").to_owned())
    } else {
        Asked::ToDo(matches)
    })
}

/// `--users`, or its default.
pub fn users(matches: &Matches) -> PathBuf {
    matches.opt_str("users").unwrap_or_else(|| "Users".to_owned()).into()
}

/// `--log`, if it is given.
pub fn log(matches: &Matches) -> Option<PathBuf> {
    matches.opt_str("log").map(PathBuf::from)
}

/// Refuses words that are no options.
pub fn no_words(matches: &Matches) -> Result<(), Usage> {
    match matches.free.first() {
        Some(word) => Err(format!("'{word}' is no option; pop1081 --help lists them")),
        None => Ok(()),
    }
}

/// A whole number, or its default.
pub fn number(matches: &Matches, option: &str, default: u64) -> Result<u64, Usage> {
    match matches.opt_str(option) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| format!("--{option} takes a whole number, not '{text}'")),
    }
}

/// A time in whole seconds, or its default.
pub fn seconds(matches: &Matches, option: &str, default: Duration) -> Result<Duration, Usage> {
    let time = Duration::from_secs(number(matches, option, default.as_secs())?);
    if time <= limits::LONGEST_TIME {
        Ok(time)
    } else {
        Err(format!("--{option} takes at most {} seconds", limits::LONGEST_TIME.as_secs()))
    }
}
