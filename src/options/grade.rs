//! The options of `pop1081 grade`.

use super::common::{Parsed, Usage, number, read};
use getopts::{Matches, Options};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Default limit of the time that an answer may take, in seconds. Servers that
/// delay the answer to a wrong password do so for two or three seconds.
const PATIENCE: u64 = 5;

/// Default limit of the time that one of many examinations takes, in seconds. It
/// ends by itself then; thirty, two at once, take seven minutes at most.
const EACH: u64 = 25;

/// What `grade` is to do.
#[derive(Debug)]
pub enum GradeOptions {
    PrintMaildrop,
    /// A file for each message, in this directory.
    WriteMaildrop(PathBuf),
    List(Selected),
    Each(Submissions),
    Matrix(SideBySide),
    Examine(Box<Examination>),
}

/// The statements that are asked for.
#[derive(Debug)]
pub struct Selected {
    /// `1081` or `1939`.
    pub rfc: String,
    /// Names of statements, with `*` for anything; none: all.
    pub only: Vec<String>,
    /// Headings of the table; none: all.
    pub chapters: Vec<String>,
    /// From 1.
    pub stage: Option<usize>,
}

/// Many servers, each with the command that starts it.
#[derive(Debug)]
pub struct Submissions {
    pub file: PathBuf,
    /// How many are examined at once.
    pub jobs: u64,
    /// How long the examination of one may take.
    pub time: Duration,
    /// The directory of their reports.
    pub reports: PathBuf,
    /// The other options, as they are given for one server.
    pub arguments: Vec<String>,
}

/// Servers on a page, side by side.
#[derive(Debug)]
pub struct SideBySide {
    pub page: PathBuf,
    /// What `--json` has written of each.
    pub reports: Vec<PathBuf>,
}

/// Where the server is.
#[derive(Debug)]
pub enum Server {
    /// `HOST:PORT`
    At(String),
    /// The command that starts it.
    Start(String),
}

/// An examination of a server.
#[derive(Debug)]
pub struct Examination {
    pub server: Server,
    pub user: String,
    /// The file with the password; none: standard input.
    pub password_file: Option<PathBuf>,
    /// The command that puts the messages back.
    pub reset: Option<String>,
    pub selected: Selected,
    /// Stage after stage, up to the first failure.
    pub next: bool,
    /// Only what failed is shown.
    pub failed: bool,
    pub json: Option<PathBuf>,
    pub junit: Option<PathBuf>,
    pub html: Option<PathBuf>,
    pub points: bool,
    pub patience: Duration,
    /// What is not tried after this time is not tried at all.
    pub time: Option<Duration>,
    /// The server may be anywhere, although mail is deleted on it.
    pub anywhere: bool,
}

/// The user of a server that is started, unless told otherwise.
const USER: &str = "mrose";

const SYNOPSIS: &str = "\
pop1081 grade [options] HOST:PORT
       pop1081 grade [options] --start COMMAND | --each FILE | --list
       pop1081 grade --matrix FILE REPORT... | --print-maildrop [DIR]";

pub fn grade(arguments: &[OsString]) -> Result<Parsed<GradeOptions>, Usage> {
    read(options(), arguments, SYNOPSIS)?.map(parse)
}

fn options() -> Options {
    let mut options = Options::new();
    options
        .optopt("", "user", "whose maildrop it is", "NAME")
        .optopt("", "password-file", "its line one is the password (default: asks)", "FILE")
        .optopt("", "reset", "command that puts $POP_MBOX into $POP_USER's mail", "COMMAND")
        .optopt("", "start", "start the server on $POP_PORT with mail $POP_MBOX", "COMMAND")
        .optopt("", "each", "grade each line of FILE: a name, a start command", "FILE")
        .optopt("", "jobs", "so many at once; their reports: --reports DIR", "N")
        .optopt("", "reports", "-", "DIR")
        .optopt("", "rfc", "the memo to examine by (default 1081)", "1081|1939")
        .optmulti("", "only", "examine only this statement; or --chapter NAME", "ID")
        .optmulti("", "chapter", "-", "NAME")
        .optopt("", "stage", "examine only this stage of writing a server", "N")
        .optflag("", "next", "stage after stage, up to the first failure")
        .optflag("", "failed", "show only what failed")
        .optflag("", "list", "print chapters, statements and stages")
        .optopt("", "html", "the report as a page; or --json FILE, --junit FILE", "FILE")
        .optopt("", "json", "-", "FILE")
        .optopt("", "junit", "-", "FILE")
        .optopt("", "matrix", "write a page of JSON reports side by side", "FILE")
        .optflag("", "points", "show points")
        .optopt("", "patience", "for an answer (default 5); for all --time SECONDS", "SECONDS")
        .optopt("", "time", "-", "SECONDS")
        .optflag("", "yes-delete-mail", "examine a server on another machine")
        .optflag("", "print-maildrop", "print the messages as an mbox, or into DIR");
    options
}

fn parse(matches: Matches) -> Result<GradeOptions, Usage> {
    if matches.opt_present("print-maildrop") {
        return match matches.free.as_slice() {
            [] => Ok(GradeOptions::PrintMaildrop),
            [directory] => Ok(GradeOptions::WriteMaildrop(directory.into())),
            _ => Err("--print-maildrop takes one directory, or none".to_owned()),
        };
    }
    let selected = selected(&matches)?;
    if matches.opt_present("list") {
        return Ok(GradeOptions::List(selected));
    }
    if let Some(file) = matches.opt_str("each") {
        return submissions(&matches, file.into()).map(GradeOptions::Each);
    }
    if let Some(page) = matches.opt_str("matrix") {
        return side_by_side(&matches, page.into()).map(GradeOptions::Matrix);
    }
    let server = server(&matches)?;
    let user = match (matches.opt_str("user"), &server) {
        (Some(user), _) => user,
        (None, Server::Start(_)) => USER.to_owned(),
        (None, Server::At(_)) => return Err("grade needs the name of the user: --user NAME".to_owned()),
    };
    let patience = seconds(&matches, "patience", PATIENCE, 600)?;
    let time = matches.opt_present("time").then(|| seconds(&matches, "time", EACH, 86_400)).transpose()?;
    Ok(GradeOptions::Examine(Box::new(Examination {
        server,
        user,
        password_file: matches.opt_str("password-file").map(PathBuf::from),
        reset: matches.opt_str("reset"),
        selected,
        next: matches.opt_present("next"),
        failed: matches.opt_present("failed"),
        json: matches.opt_str("json").map(PathBuf::from),
        junit: matches.opt_str("junit").map(PathBuf::from),
        html: matches.opt_str("html").map(PathBuf::from),
        points: matches.opt_present("points"),
        patience,
        time,
        anywhere: matches.opt_present("yes-delete-mail"),
    })))
}

fn side_by_side(matches: &Matches, page: PathBuf) -> Result<SideBySide, Usage> {
    let reports: Vec<PathBuf> = matches.free.iter().map(PathBuf::from).collect();
    let missing = "--matrix takes JSON reports, as in pop1081 grade --matrix all.html A.json B.json";
    if reports.is_empty() { Err(missing.to_owned()) } else { Ok(SideBySide { page, reports }) }
}

fn seconds(matches: &Matches, option: &str, default: u64, most: u64) -> Result<Duration, Usage> {
    match number(matches, option, default)? {
        seconds if (1..=most).contains(&seconds) => Ok(Duration::from_secs(seconds)),
        other => Err(format!("--{option} takes 1 to {most} seconds, not {other}")),
    }
}

fn server(matches: &Matches) -> Result<Server, Usage> {
    match (matches.free.as_slice(), matches.opt_str("start")) {
        ([server], None) => Ok(Server::At(server.clone())),
        ([], Some(_)) if matches.opt_present("reset") => {
            Err("--start starts the server anew instead of --reset".to_owned())
        }
        ([], Some(command)) => Ok(Server::Start(command)),
        (_, Some(_)) => Err("--start takes the place of HOST:PORT".to_owned()),
        _ => Err("grade takes one server, as in pop1081 grade --user mrose 127.0.0.1:1110".to_owned()),
    }
}

fn submissions(matches: &Matches, file: PathBuf) -> Result<Submissions, Usage> {
    if !matches.free.is_empty()
        || ["start", "reset", "json", "junit", "html"].iter().any(|option| matches.opt_present(option))
    {
        return Err(
            "--each takes neither HOST:PORT nor --start, --reset, --json, --html or --junit".to_owned()
        );
    }
    let jobs = match number(matches, "jobs", 1)? {
        jobs @ 1..=64 => jobs,
        other => return Err(format!("--jobs takes 1 to 64, not {other}")),
    };
    let passed_on = ["user", "password-file", "rfc", "only", "chapter", "stage", "patience"];
    let arguments = passed_on.iter().flat_map(|option| {
        matches.opt_strs(option).into_iter().map(move |value| format!("--{option}={value}"))
    });
    let time = seconds(matches, "time", EACH, 86_400)?;
    let reports = matches.opt_str("reports").unwrap_or_else(|| "reports".to_owned()).into();
    Ok(Submissions { file, jobs, time, reports, arguments: arguments.collect() })
}

fn selected(matches: &Matches) -> Result<Selected, Usage> {
    let rfc = matches.opt_str("rfc").unwrap_or_else(|| "1081".to_owned());
    if !["1081", "1939"].contains(&rfc.as_str()) {
        return Err(format!("--rfc takes 1081 or 1939, not '{rfc}'"));
    }
    let stage = matches
        .opt_str("stage")
        .map(|stage| stage.parse().map_err(|_| format!("--stage takes a number, not '{stage}'")));
    Ok(Selected {
        rfc,
        only: matches.opt_strs("only"),
        chapters: matches.opt_strs("chapter"),
        stage: stage.transpose()?,
    })
}
