//! Unit tests of `src/options/mod.rs`.

use super::*;
use std::path::PathBuf;
use std::time::Duration;

fn words(line: &str) -> Vec<OsString> {
    line.split_whitespace().map(OsString::from).collect()
}

fn parsed(line: &str) -> Result<Parsed<Task>, Usage> {
    parse(&words(line))
}

#[test]
fn defaults() {
    let Ok(Parsed::Run(Task::Serve(serve, listen))) = parsed("") else { panic!("no server") };
    assert_eq!(serve.users, PathBuf::from("Users"));
    assert_eq!(listen.listen, ["127.0.0.1:110"]);
    assert_eq!(serve.autologout, Duration::from_secs(600));
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

#[test]
fn options_may_stand_before_the_command() {
    let Ok(Parsed::Run(Task::User(options))) = parsed("-u mine user --log l list") else { panic!() };
    assert_eq!((options.users, options.log), ("mine".into(), Some("l".into())));
    for (line, expected) in [
        ("-u inetd", false),
        ("--users=inetd -v", false),
        ("", false),
        ("inetd --nothing", true),
        ("-u mine inetd", true),
        ("--practice -t d inetd -v", true),
    ] {
        assert_eq!(are_for_inetd(&words(line)), expected, "{line}");
    }
}

#[test]
fn the_log_of_a_wrong_command_line() {
    for (line, expected) in [
        ("inetd --login-time 60 --nothing", None),
        ("inetd --nothing --log l", Some("l")),
        ("--log=l inetd --log", Some("l")),
        ("inetd --log", None),
    ] {
        assert_eq!(log_file(&words(line)), expected.map(PathBuf::from), "{line}");
    }
}

#[test]
fn a_misspelt_command_is_guessed() {
    for word in ["usr", "uesr", "users", "used", "user1"] {
        assert!(parsed(word).is_err_and(|e| e.ends_with("did you mean 'user'?")), "{word}");
    }
    for word in ["serve", "u", "list", "resu"] {
        assert!(parsed(word).is_err_and(|e| e.ends_with("--help lists them")), "{word}");
    }
    for (line, meant) in [
        ("user lst", "did you mean 'list'?"),
        ("user rest mrose", "did you mean 'reset'?"),
        ("--lsten x", "did you mean '--listen'?"),
        ("--practise=mrose", "did you mean '--practice'?"),
        ("user list --user mine", "did you mean '--users'?"),
        ("user list --nothing", "; --help lists the options"),
        ("-x", "; --help lists the options"),
        ("grade -x", "; --help lists the options"),
        ("check word", "; pop1081 --help lists them"),
    ] {
        assert!(parsed(line).is_err_and(|e| e.ends_with(meant)), "{line}: {:?}", parsed(line));
    }
}

#[test]
fn help_fits_a_terminal() {
    for command in COMMANDS.iter().chain([&""]) {
        let Ok(Parsed::Print(help)) = parsed(&format!("{command} --help")) else { panic!("no help") };
        // A terminal of 24 lines, and the prompt is below.
        assert!(help.lines().count() <= 23, "{help}");
        assert!(help.lines().all(|line| line.len() <= 80), "{help}");
    }
}
