//! What was typed on the command line, and what it means. Acting on it is the
//! affair of `main`.
//!
//! Each command has a room of its own; what their options have in common is in
//! `common`.

mod check;
mod common;
mod delivery;
mod grade;
mod serving;
mod user;

pub use check::Checking;
pub use common::{Asked, Usage};
pub use delivery::Delivery;
pub use grade::{Examination, GradeOptions};
pub use serving::{Limits, Serving};
pub use user::{AccountTask, Accounting};

use std::ffi::OsString;

/// What the program is to do.
#[derive(Debug)]
pub enum Task {
    Serve(Serving, Limits),
    Inetd(Serving),
    Deliver(Delivery),
    Grade(GradeOptions),
    Check(Checking),
    User(Accounting),
}

/// Understands the arguments, the program's name left out.
///
/// # Errors
/// The sentence for standard error; the exit code is 64.
pub fn parse(arguments: &[OsString]) -> Result<Asked<Task>, Usage> {
    let word = arguments.first().and_then(|first| first.to_str());
    match word {
        Some("inetd") => serving::inetd(&arguments[1..])?.understand(|serving| Ok(Task::Inetd(serving))),
        Some("deliver") => {
            delivery::deliver(&arguments[1..])?.understand(|delivery| Ok(Task::Deliver(delivery)))
        }
        Some("check") => check::check(&arguments[1..])?.understand(|checking| Ok(Task::Check(checking))),
        Some("user") => user::user(&arguments[1..])?.understand(|accounting| Ok(Task::User(accounting))),
        Some("grade") => grade::grade(&arguments[1..])?.understand(|grading| Ok(Task::Grade(grading))),
        Some(other) if !other.starts_with('-') => {
            Err(format!("there is no command '{other}'; pop1081 --help lists them"))
        }
        _ => serving::serve(arguments)?.understand(|(serving, limits)| Ok(Task::Serve(serving, limits))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;
    use std::time::Duration;

    fn parsed(line: &str) -> Result<Asked<Task>, Usage> {
        parse(&line.split_whitespace().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn defaults() {
        let Ok(Asked::ToDo(Task::Serve(serving, limits))) = parsed("") else { panic!("no server") };
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
        let Ok(Asked::ToDo(Task::Serve(_, limits))) = parsed("-l 127.0.0.1:0 --listen [::1]:0") else {
            panic!("no server")
        };
        assert_eq!(limits.listen, ["127.0.0.1:0", "[::1]:0"]);
    }

    #[test]
    fn no_limit_for_a_message() {
        let Ok(Asked::ToDo(Task::Deliver(delivery))) = parsed("deliver --max-message 0 -f a@b mrose") else {
            panic!()
        };
        assert_eq!((delivery.max_message, delivery.sender.as_deref()), (u64::MAX, Some("a@b")));
    }
}
