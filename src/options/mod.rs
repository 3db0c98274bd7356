//! What a command line means. Running it is in `main`.

mod commands;
mod common;
mod grade;
mod serve;

pub use commands::{CheckOptions, DeliverOptions, UserOptions, UserTask};
pub use common::{Parsed, Usage};
pub use grade::{Examination, GradeOptions};
pub use serve::{ListenOptions, ServeOptions};

use std::ffi::OsString;

/// What the program is to do.
#[derive(Debug)]
pub enum Task {
    Serve(ServeOptions, ListenOptions),
    Inetd(ServeOptions),
    Deliver(DeliverOptions),
    Check(CheckOptions),
    User(UserOptions),
    Grade(GradeOptions),
}

/// Parses the arguments, the program's name left out.
///
/// # Errors
/// The sentence for standard error; the exit code is 64.
pub fn parse(arguments: &[OsString]) -> Result<Parsed<Task>, Usage> {
    let (command, rest) = match arguments.split_first() {
        Some((first, rest)) => (first.to_str().unwrap_or_default(), rest),
        None => ("", arguments),
    };
    match command {
        "inetd" => serve::inetd(rest)?.map(|options| Ok(Task::Inetd(options))),
        "deliver" => commands::deliver(rest)?.map(|options| Ok(Task::Deliver(options))),
        "check" => commands::check(rest)?.map(|options| Ok(Task::Check(options))),
        "user" => commands::user(rest)?.map(|options| Ok(Task::User(options))),
        "grade" => grade::grade(rest)?.map(|options| Ok(Task::Grade(options))),
        other if !other.is_empty() && !other.starts_with('-') => {
            Err(format!("there is no command '{other}'; pop1081 --help lists them"))
        }
        _ => serve::serve(arguments)?.map(|(serve, listen)| Ok(Task::Serve(serve, listen))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;
    use std::time::Duration;

    fn parsed(line: &str) -> Result<Parsed<Task>, Usage> {
        parse(&line.split_whitespace().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn defaults() {
        let Ok(Parsed::Run(Task::Serve(serve, listen))) = parsed("") else { panic!("no server") };
        assert_eq!(serve.users, PathBuf::from("Users"));
        assert_eq!(listen.listen, ["127.0.0.1:110"]);
        assert_eq!(serve.autologout, Duration::from_secs(600));
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
        let Ok(Parsed::Run(Task::Serve(_, listen))) = parsed("-l 127.0.0.1:0 --listen [::1]:0") else {
            panic!("no server")
        };
        assert_eq!(listen.listen, ["127.0.0.1:0", "[::1]:0"]);
    }

    #[test]
    fn no_limit_for_a_message() {
        let Ok(Parsed::Run(Task::Deliver(options))) = parsed("deliver --max-message 0 -f a@b mrose") else {
            panic!()
        };
        assert_eq!((options.max_message, options.sender.as_deref()), (u64::MAX, Some("a@b")));
    }
}
