//! A command line of any octets: the parser never panics, and a command that it
//! accepts is the same when written in the plainest way.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pop1081::protocol::command::Command;
use pop1081::protocol::credentials::UserName;
use std::path::Path;

fuzz_target!(|line: &[u8]| {
    let Ok(command) = Command::parse(line) else { return };
    let keyword = command.keyword();
    assert!(line[..keyword.len()].eq_ignore_ascii_case(keyword.as_bytes()));
    let plain = plain_line(&command);
    assert_eq!(Command::parse(&plain).as_ref(), Ok(&command));
    match &command {
        Command::Pass(_) => assert_eq!(format!("{command:?}"), "Pass(Password(not shown))"),
        Command::User(name) | Command::Apop { name, .. } => stays_in_the_directory(name),
        _ => {}
    }
});

/// The command line of a command: upper case, one space between words.
fn plain_line(command: &Command) -> Vec<u8> {
    let keyword = command.keyword();
    match command {
        Command::User(word) | Command::Rpop(word) => with(keyword, word),
        Command::Pass(password) => with(keyword, password.secret().expect("PASS takes the password")),
        Command::Apop { name, digest } => with(keyword, &[name, &b" "[..], digest].concat()),
        Command::Retr(number) | Command::Dele(number) => format!("{keyword} {number}").into_bytes(),
        Command::List(Some(number)) | Command::Uidl(Some(number)) => {
            format!("{keyword} {number}").into_bytes()
        }
        Command::Top { message, lines } => format!("{keyword} {message} {lines}").into_bytes(),
        Command::List(None)
        | Command::Uidl(None)
        | Command::Stat
        | Command::Noop
        | Command::Last
        | Command::Rset
        | Command::Capa
        | Command::Quit => keyword.as_bytes().to_vec(),
    }
}

fn with(keyword: &str, arguments: &[u8]) -> Vec<u8> {
    [keyword.as_bytes(), b" ", arguments].concat()
}

fn stays_in_the_directory(name: &[u8]) {
    let Some(name) = UserName::new(name) else { return };
    let path = Path::new("Users").join(name.as_str());
    assert_eq!(path.parent(), Some(Path::new("Users")));
    assert_eq!(path.file_name().and_then(|n| n.to_str()), Some(name.as_str()));
    assert!(!name.as_str().starts_with('.'));
}
