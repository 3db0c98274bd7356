//! What the options of all commands have in common: those that each command
//! takes, and how they are read.

use crate::limits;
use getopts::{Fail, Matches, Options};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// A sentence that says what is wrong with a command line.
pub type Usage = String;

/// What a command line asks for: to run something, or only to print something.
#[derive(Debug)]
pub enum Parsed<T> {
    Run(T),
    Print(String),
}

impl<T> Parsed<T> {
    /// Turns what is to be run into something else, if that can be done.
    pub fn map<U>(self, meaning: impl FnOnce(T) -> Result<U, Usage>) -> Result<Parsed<U>, Usage> {
        match self {
            Parsed::Run(task) => meaning(task).map(Parsed::Run),
            Parsed::Print(text) => Ok(Parsed::Print(text)),
        }
    }
}

/// The options of each command that has to do with a Users directory.
pub fn common_options() -> Options {
    let mut options = Options::new();
    options.optopt("u", "users", "the Users directory (default Users)", "DIR");
    options.optopt("", "log", "append the log to FILE; RUST_LOG sets its level", "FILE");
    options
}

/// The options of all commands, which [`read`] answers.
pub fn add_help(options: &mut Options) {
    options.optflag("h", "help", "print this help").optflag("V", "version", "print the version");
}

/// Reads the options of a command.
pub fn read(mut options: Options, arguments: &[OsString], synopsis: &str) -> Result<Parsed<Matches>, Usage> {
    add_help(&mut options);
    let matches = options.parse(arguments).map_err(|e| misunderstood(&options, &e))?;
    Ok(if matches.opt_present("help") {
        Parsed::Print(help(&options, synopsis))
    } else if matches.opt_present("version") {
        Parsed::Print(concat!("pop1081 ", env!("CARGO_PKG_VERSION"), "\n").to_owned())
    } else {
        Parsed::Run(matches)
    })
}

/// What is wrong with an option, and which may be meant.
fn misunderstood(options: &Options, e: &Fail) -> Usage {
    let typed = if let Fail::UnrecognizedOption(word) = e { format!("--{word}") } else { String::new() };
    let usage = options.usage("");
    let known = usage.split_whitespace().filter(|word| word.starts_with("--"));
    format!("{e}; {}", guess(known, &typed, "--help lists the options"))
}

/// Which of the known words may be meant by one that is not known; else what tells of all.
pub fn guess<'k>(known: impl IntoIterator<Item = &'k str>, word: &str, all: &str) -> String {
    let meant = known.into_iter().find(|known| is_misspelt(known, word));
    meant.map_or_else(|| all.to_owned(), |meant| format!("did you mean '{meant}'?"))
}

/// Whether two words differ by one letter left out, added or changed, or by two
/// neighbours that changed places.
fn is_misspelt(known: &str, word: &str) -> bool {
    let (known, word) = (known.as_bytes(), word.as_bytes());
    let start = known.iter().zip(word).take_while(|(a, b)| a == b).count();
    match (&known[start..], &word[start..]) {
        ([_, a @ ..], [_, b @ ..]) if a == b => true,
        ([_, a @ ..], b) | (b, [_, a @ ..]) if a == b => true,
        ([a, b, c @ ..], [d, e, f @ ..]) => (a, b, c) == (e, d, f),
        _ => false,
    }
}

/// The help as getopts makes it, but an option of more than 23 columns and its
/// description share a line as well. One with the description "-" is left out: that
/// of another tells of it.
fn help(options: &Options, synopsis: &str) -> String {
    let (narrow, wide) = (format!("\n{:24}", ""), format!("\n{:30}", ""));
    options.usage_with_format(|rows| {
        let lines = rows.filter(|row| !row.ends_with(" -")).map(|row| {
            let broken = row.split_once(&narrow).filter(|(option, _)| option.len() < wide.len());
            let (option, description) = broken.unwrap_or_else(|| row.split_at(24));
            // A value that may be left out is never a word of its own.
            let option = option.replacen(" [", "[=", 1);
            format!("{option:30}{}\n", description.replace(&narrow, &wide))
        });
        format!("Usage: {synopsis}\n{}", lines.collect::<String>())
    })
}

pub fn users(matches: &Matches) -> PathBuf {
    matches.opt_str("users").unwrap_or_else(|| "Users".to_owned()).into()
}

pub fn path(matches: &Matches, option: &str) -> Option<PathBuf> {
    matches.opt_str(option).map(PathBuf::from)
}

/// Refuses words that are neither options nor belong to one.
pub fn reject_positionals(matches: &Matches) -> Result<(), Usage> {
    match matches.free.first() {
        Some(word) => Err(format!("'{word}' is not an option; pop1081 --help lists them")),
        None => Ok(()),
    }
}

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
