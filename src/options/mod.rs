//! What a command line means. Running it is in `main`.

mod commands;
mod common;
mod grade;
mod serve;

pub use commands::{
    CheckOptions, DeliverOptions, Names, TalkOptions, TranscriptsOptions, UserOptions, UserTask,
};
pub use common::{Parsed, Usage};
pub use grade::{Examination, GradeOptions, Selected, Server, SideBySide, Submissions};
pub use serve::{ListenOptions, Practice, ServeOptions};

use std::ffi::OsString;
use std::path::PathBuf;

/// What the program is to do.
#[derive(Debug)]
pub enum Task {
    Serve(ServeOptions, ListenOptions),
    Inetd(ServeOptions),
    Deliver(DeliverOptions),
    Check(CheckOptions),
    User(UserOptions),
    Transcripts(TranscriptsOptions),
    Talk(TalkOptions),
    Grade(GradeOptions),
}

const COMMANDS: [&str; 7] = ["inetd", "deliver", "check", "user", "transcripts", "talk", "grade"];

/// Parses the arguments, the program's name left out. Options may stand before the
/// command as well.
///
/// # Errors
/// The sentence for standard error; the exit code is 64.
pub fn parse(arguments: &[OsString]) -> Result<Parsed<Task>, Usage> {
    let Some((at, command)) = command(arguments) else {
        return serve::serve(arguments)?.map(|(serve, listen)| Ok(Task::Serve(serve, listen)));
    };
    let rest = &[&arguments[..at], &arguments[at + 1..]].concat();
    match command {
        "inetd" => serve::inetd(rest)?.map(|options| Ok(Task::Inetd(options))),
        "deliver" => commands::deliver(rest)?.map(|options| Ok(Task::Deliver(options))),
        "check" => commands::check(rest)?.map(|options| Ok(Task::Check(options))),
        "user" => commands::user(rest)?.map(|options| Ok(Task::User(options))),
        "transcripts" => commands::transcripts(rest)?.map(|options| Ok(Task::Transcripts(options))),
        "talk" => commands::talk(rest)?.map(|options| Ok(Task::Talk(options))),
        "grade" => grade::grade(rest)?.map(|options| Ok(Task::Grade(options))),
        other if at > 0 && arguments[at - 1] == "--practice" => {
            Err(format!("--practice takes a name after '=', as in --practice={other}"))
        }
        other => {
            let meant = common::guess(COMMANDS, other, "pop1081 --help lists them");
            Err(format!("there is no command '{other}'; {meant}"))
        }
    }
}

/// Whether the arguments are for `pop1081 inetd`, right or wrong.
pub fn are_for_inetd(arguments: &[OsString]) -> bool {
    command(arguments).is_some_and(|(_, command)| command == "inetd")
}

/// The `--log` file of a command line, right or wrong.
pub fn log_file(arguments: &[OsString]) -> Option<PathBuf> {
    let is_log = |word: &OsString| word == "--log" || word.as_encoded_bytes().starts_with(b"--log=");
    let at = arguments.iter().position(is_log)?;
    match arguments[at].to_str()?.strip_prefix("--log=") {
        Some(path) => Some(path.into()),
        None => arguments.get(at + 1).map(PathBuf::from),
    }
}

/// The command and where it stands: the first word that neither is an option nor
/// belongs to one. It is the first argument in any case if that is a command, even
/// if what follows can't be parsed.
fn command(arguments: &[OsString]) -> Option<(usize, &str)> {
    let first = arguments.first()?.to_str();
    let at =
        if first.is_some_and(|word| COMMANDS.contains(&word)) { 0 } else { serve::first_word(arguments)? };
    Some((at, arguments[at].to_str()?))
}

#[cfg(test)]
#[path = "../../tests/unit/options/mod.rs"]
mod tests;
