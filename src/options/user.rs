//! The options of `pop1081 user`.

use super::common::{Asked, Usage, common_options, log, read, users};
use getopts::Matches;
use std::ffi::OsString;
use std::path::PathBuf;

/// What is to be done with the users.
#[derive(Debug)]
pub struct Accounting {
    pub users: PathBuf,
    pub log: Option<PathBuf>,
    pub task: AccountTask,
}

/// What is to be done with whom.
#[derive(Debug)]
pub enum AccountTask {
    Add(String),
    Passwd(String),
    List,
    Remove { name: String, with_mail: bool },
}

const SYNOPSIS: &str = "\
pop1081 user add [options] NAME
       pop1081 user passwd [options] NAME
       pop1081 user list [options]
       pop1081 user remove [--with-mail] [options] NAME

The password is asked for on a terminal, twice, and not shown; otherwise it is a
line of standard input. It never stands on the command line.";

const TASKS: &str = "user takes one of add, passwd, list and remove; pop1081 user --help tells more";

/// `pop1081 user add|passwd|list|remove [NAME]`
pub fn user(arguments: &[OsString]) -> Result<Asked<Accounting>, Usage> {
    let mut options = common_options();
    options.optflag("", "with-mail", "remove the user although there is mail, and the mail too");
    read(&options, arguments, SYNOPSIS)?.understand(|matches| {
        let task = task(&matches)?;
        Ok(Accounting { users: users(&matches), log: log(&matches), task })
    })
}

fn task(matches: &Matches) -> Result<AccountTask, Usage> {
    let with_mail = matches.opt_present("with-mail");
    let (what, names) = matches.free.split_first().ok_or(TASKS)?;
    if with_mail && what != "remove" {
        return Err("--with-mail is for user remove only".to_owned());
    }
    match (what.as_str(), names) {
        ("list", []) => Ok(AccountTask::List),
        ("list", _) => Err("user list takes no name".to_owned()),
        ("add", [name]) => Ok(AccountTask::Add(name.clone())),
        ("passwd", [name]) => Ok(AccountTask::Passwd(name.clone())),
        ("remove", [name]) => Ok(AccountTask::Remove { name: name.clone(), with_mail }),
        // Not shown, as a word too many may be a password.
        ("add" | "passwd" | "remove", _) => {
            Err(format!("user {what} takes one name, and a password is never given on the command line"))
        }
        _ => Err(TASKS.to_owned()),
    }
}
