//! The options of `pop1081 grade`.

use super::common::{Asked, Usage, number, read};
use getopts::{Matches, Options};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// How long an answer may take unless told otherwise. Servers that punish a
/// wrong password let one wait for two or three seconds.
const PATIENCE: u64 = 5;

/// What `grade` is to do.
#[derive(Debug)]
pub enum Grading {
    PrintMaildrop,
    Examine(Examination),
}

/// An examination of somebody's server.
#[derive(Debug)]
pub struct Examination {
    /// `HOST:PORT`
    pub server: String,
    pub user: String,
    /// Where the password stands; standard input if nowhere.
    pub password_file: Option<PathBuf>,
    /// The command that puts the messages back.
    pub reset: Option<String>,
    /// `1081` or `1939`.
    pub rfc: String,
    /// Only statements with these names; none: all.
    pub only: Vec<String>,
    pub json: Option<PathBuf>,
    pub points: bool,
    pub patience: Duration,
    /// The server may be anywhere, although mail is deleted on it.
    pub anywhere: bool,
}

const SYNOPSIS: &str = "\
pop1081 grade [options] --user NAME HOST:PORT
       pop1081 grade --print-maildrop";

/// `pop1081 grade [options] --user NAME HOST:PORT`
pub fn grade(arguments: &[OsString]) -> Result<Asked<Grading>, Usage> {
    read(&options(), arguments, SYNOPSIS)?.understand(grading)
}

fn options() -> Options {
    let mut options = Options::new();
    options
        .optopt("", "user", "whose maildrop it is", "NAME")
        .optopt("", "password-file", "the password is line one of it (default: asks for it)", "FILE")
        .optopt("", "reset", "shell command that fills the maildrop of $POP_USER from $POP_MBOX", "COMMAND")
        .optopt("", "rfc", "the memo that counts (default 1081)", "1081|1939")
        .optmulti("", "only", "only this statement; may repeat", "ID")
        .optopt("", "json", "the same for scripts", "FILE")
        .optflag("", "points", "say what each statement is worth")
        .optopt("", "patience", "how long an answer may take (default 5)", "SECONDS")
        .optflag("", "yes-delete-mail", "examine a server on another machine, and delete mail there")
        .optflag("", "print-maildrop", "print the messages that are expected, as an mbox")
        .optflag("h", "help", "say this")
        .optflag("V", "version", "say which version this is");
    options
}

fn grading(matches: Matches) -> Result<Grading, Usage> {
    if matches.opt_present("print-maildrop") {
        return Ok(Grading::PrintMaildrop);
    }
    let [server] = matches.free.as_slice() else {
        return Err("grade takes one server, as in pop1081 grade --user mrose 127.0.0.1:1110".to_owned());
    };
    let user = matches.opt_str("user").ok_or("grade needs to know whose maildrop it is: --user NAME")?;
    let rfc = matches.opt_str("rfc").unwrap_or_else(|| "1081".to_owned());
    if !["1081", "1939"].contains(&rfc.as_str()) {
        return Err(format!("--rfc takes 1081 or 1939, not '{rfc}'"));
    }
    let patience = match number(&matches, "patience", PATIENCE)? {
        seconds @ 1..=600 => Duration::from_secs(seconds),
        other => return Err(format!("--patience takes 1 to 600 seconds, not {other}")),
    };
    Ok(Grading::Examine(Examination {
        server: server.clone(),
        user,
        password_file: matches.opt_str("password-file").map(PathBuf::from),
        reset: matches.opt_str("reset"),
        rfc,
        only: matches.opt_strs("only"),
        json: matches.opt_str("json").map(PathBuf::from),
        points: matches.opt_present("points"),
        patience,
        anywhere: matches.opt_present("yes-delete-mail"),
    }))
}
