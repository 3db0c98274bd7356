//! The options of `deliver`, `check` and `user`.

use super::common::{Parsed, Usage, common_options, guess, number, path, read, reject_positionals, users};
use crate::limits;
use getopts::{Matches, Options};
use std::ffi::OsString;
use std::path::PathBuf;

/// What `pop1081 deliver` is to do.
#[derive(Debug)]
pub struct DeliverOptions {
    pub users: PathBuf,
    pub names: Names,
    pub sender: Option<String>,
    /// Octets of a message that are accepted.
    pub max_message: u64,
    pub log: Option<PathBuf>,
}

/// What `pop1081 check` is to do.
#[derive(Debug)]
pub struct CheckOptions {
    pub users: PathBuf,
    pub log: Option<PathBuf>,
}

/// What `pop1081 user` is to do.
#[derive(Debug)]
pub struct UserOptions {
    pub users: PathBuf,
    pub log: Option<PathBuf>,
    pub task: UserTask,
}

/// What is done with which user.
#[derive(Debug)]
pub enum UserTask {
    Add(String),
    /// Those that a file lists.
    AddFrom(PathBuf),
    Passwd(String),
    List,
    Remove {
        name: String,
        with_mail: bool,
    },
    /// To the master copies in a directory, or to the one in a file.
    Reset {
        names: Names,
        from: PathBuf,
    },
}

/// Who is meant.
#[derive(Debug)]
pub enum Names {
    These(Vec<String>),
    /// All users there are.
    All,
}

impl Names {
    /// Those on a command line, or all with `--all`; `None` for none or both.
    fn of(names: &[String], all: bool) -> Option<Self> {
        match (names, all) {
            ([], true) => Some(Names::All),
            ([_, ..], false) => Some(Names::These(names.to_vec())),
            _ => None,
        }
    }
}

/// What `pop1081 transcripts` is to do.
#[derive(Debug)]
pub struct TranscriptsOptions {
    pub directory: PathBuf,
    pub csv: bool,
}

pub fn transcripts(arguments: &[OsString]) -> Result<Parsed<TranscriptsOptions>, Usage> {
    let mut options = Options::new();
    options.optflag("", "csv", "print it as CSV, for a spreadsheet");
    read(options, arguments, "pop1081 transcripts [--csv] DIR")?.map(|matches| {
        let [directory] = matches.free.as_slice() else {
            return Err("transcripts takes one directory, that of --transcript".to_owned());
        };
        Ok(TranscriptsOptions { directory: directory.into(), csv: matches.opt_present("csv") })
    })
}

/// What `pop1081 talk` is to do.
#[derive(Debug)]
pub struct TalkOptions {
    /// `HOST:PORT`
    pub server: String,
    /// Every octet that comes is shown, those that can't be seen by name.
    pub octets: bool,
    pub transcript: Option<PathBuf>,
}

pub fn talk(arguments: &[OsString]) -> Result<Parsed<TalkOptions>, Usage> {
    let mut options = Options::new();
    options.optflag("", "octets", "show CR, LF and each control octet by name");
    options.optopt("t", "transcript", "write the session to FILE, without passwords", "FILE");
    read(options, arguments, "pop1081 talk [options] HOST:PORT")?.map(|matches| {
        let [server] = matches.free.as_slice() else {
            return Err("talk takes one server, as in pop1081 talk 127.0.0.1:1110".to_owned());
        };
        let octets = matches.opt_present("octets");
        Ok(TalkOptions { server: server.clone(), octets, transcript: path(&matches, "transcript") })
    })
}

pub fn deliver(arguments: &[OsString]) -> Result<Parsed<DeliverOptions>, Usage> {
    let mut options = common_options();
    options
        .optopt("f", "from", "sender for the separator line", "SENDER")
        .optflag("", "all", "deliver to all users")
        .optopt("", "max-message", "largest message (default 67108864; 0: no limit)", "OCTETS");
    read(options, arguments, "pop1081 deliver [options] USER...|--all")?.map(|matches| {
        let names = Names::of(&matches.free, matches.opt_present("all"))
            .ok_or("deliver takes the names of users, as in pop1081 deliver mrose, or --all")?;
        let max_message = number(&matches, "max-message", limits::MAX_MESSAGE)?;
        Ok(DeliverOptions {
            users: users(&matches),
            names,
            sender: matches.opt_str("from"),
            max_message: if max_message == 0 { u64::MAX } else { max_message },
            log: path(&matches, "log"),
        })
    })
}

pub fn check(arguments: &[OsString]) -> Result<Parsed<CheckOptions>, Usage> {
    let mut options = common_options();
    options.optflag("", "explain", "tell what each finding means, and check nothing");
    let parsed = read(options, arguments, "pop1081 check [options]")?;
    if matches!(&parsed, Parsed::Run(matches) if matches.opt_present("explain")) {
        return Ok(Parsed::Print(include_str!("check.txt").to_owned()));
    }
    parsed.map(|matches| {
        reject_positionals(&matches)?;
        Ok(CheckOptions { users: users(&matches), log: path(&matches, "log") })
    })
}

const USER_SYNOPSIS: &str = "\
pop1081 user add [options] NAME
       pop1081 user add --from FILE [options]
       pop1081 user passwd [options] NAME
       pop1081 user list [options]
       pop1081 user remove [--with-mail] [options] NAME
       pop1081 user reset --from FILE [options] NAME...|--all

The password is asked for on a terminal, twice, and not shown; otherwise it is a
line of standard input. It never stands on the command line. FILE of add has a
name in each line and a password after it, unless that is to be made up and
printed; that of reset is a maildrop for all, or a directory with one for each.";

/// What `user` takes, if it is not this word.
fn tasks(word: &str) -> Usage {
    let known = ["add", "passwd", "list", "remove", "reset"];
    let meant = guess(known, word, "pop1081 user --help tells more");
    format!("user takes one of add, passwd, list, remove and reset; {meant}")
}

pub fn user(arguments: &[OsString]) -> Result<Parsed<UserOptions>, Usage> {
    let mut options = common_options();
    options
        .optflag("", "with-mail", "remove the user's mail as well")
        .optopt("", "from", "add: a list of users; reset: the master copies", "FILE")
        .optflag("", "all", "reset all users");
    read(options, arguments, USER_SYNOPSIS)?.map(|matches| {
        let task = user_task(&matches)?;
        Ok(UserOptions { users: users(&matches), log: path(&matches, "log"), task })
    })
}

fn user_task(matches: &Matches) -> Result<UserTask, Usage> {
    let (task, names) = matches.free.split_first().ok_or_else(|| tasks(""))?;
    for (option, of) in [("with-mail", &["remove"][..]), ("from", &["add", "reset"]), ("all", &["reset"])] {
        if matches.opt_present(option) && !of.contains(&task.as_str()) {
            return Err(format!("--{option} is for user {} only", of.join(" and ")));
        }
    }
    match (task.as_str(), names) {
        ("list", []) => Ok(UserTask::List),
        ("list", _) => Err("user list takes no name".to_owned()),
        ("add", []) if matches.opt_present("from") => {
            Ok(UserTask::AddFrom(path(matches, "from").unwrap_or_default()))
        }
        ("add", [name]) if !matches.opt_present("from") => Ok(UserTask::Add(name.clone())),
        ("passwd", [name]) => Ok(UserTask::Passwd(name.clone())),
        ("remove", [name]) => {
            Ok(UserTask::Remove { name: name.clone(), with_mail: matches.opt_present("with-mail") })
        }
        ("reset", names) => reset(matches, names),
        // Not shown, as a word too many may be a password.
        ("add" | "passwd" | "remove", _) => {
            Err(format!("user {task} takes one name, and a password is never given on the command line"))
        }
        _ => Err(tasks(task)),
    }
}

fn reset(matches: &Matches, names: &[String]) -> Result<UserTask, Usage> {
    let names = Names::of(names, matches.opt_present("all")).ok_or("user reset takes names, or --all")?;
    let from = path(matches, "from")
        .ok_or("user reset takes a master copy or a directory of them, as in user reset mrose --from DIR")?;
    Ok(UserTask::Reset { names, from })
}
