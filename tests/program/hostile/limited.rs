//! A server whose files may not grow, and one whose terminal was stopped: sessions go on.

use super::in_process::users;
use crate::common::fixture::Files;
use crate::common::pop::Pop;
use crate::common::program::Session;
use crate::player::users::TestUsers;
use std::io::{BufRead, BufReader, PipeReader, Read, pipe};
use std::net::TcpStream;
use std::process::{Command, Stdio};

/// A standalone server that a shell has started after this command, where it listens, and its
/// standard output.
fn server(users: &TestUsers, first: &str, options: &str) -> (Session, String, BufReader<PipeReader>) {
    let start = format!(
        "{first}; exec \"$PROGRAM\" --listen 127.0.0.1:0 --hostname dewey --users \"$USERS\" {options}"
    );
    let (from_server, stdout) = pipe().expect("a pipe");
    let mut shell = Command::new("sh");
    shell.args(["-c", &start]).env("PROGRAM", env!("CARGO_BIN_EXE_pop1081")).env("USERS", users.directory());
    let server = Session(shell.stdout(stdout).stderr(Stdio::null()).spawn().expect("the program"));
    drop(shell);
    let (mut listening, mut from_server) = (String::new(), BufReader::new(from_server));
    from_server.read_line(&mut listening).expect("a line");
    let address = listening.trim_end().strip_prefix("listening on ").expect("an address").to_owned();
    (server, address, from_server)
}

fn open(address: &str) -> Pop {
    Pop::greeted(TcpStream::connect(address).expect("a connection"))
}

/// The signal about it would end the program.
#[test]
fn a_quit_beyond_the_limit_of_a_file_s_size_ends_its_session_only() {
    let users = users();
    let message = format!("From a\n\n{}\n", "0123456789\n".repeat(2000));
    users.write("large", format!("pw\n{message}{message}").as_bytes());
    let before = users.read("large");
    let (_server, address, _stdout) = server(&users, "ulimit -f 8", "");
    let mut other = open(&address);
    let mut pop = open(&address);
    assert!(pop.log_in("large", "pw").starts_with("+OK"));
    pop.ask("DELE 1");
    let goodbye = pop.quit();
    assert!(goodbye.starts_with("-ERR deleted messages not removed"), "{goodbye}");
    assert_eq!(users.read("large"), before);
    assert!(other.log_in("mrose", "secret").starts_with("+OK"));
}

/// Who presses Ctrl-S reads no more; a pipe that is not read is the same.
#[test]
fn a_terminal_that_was_stopped_stops_no_session() {
    let users = users();
    let (server, address, mut stdout) = server(&users, ":", "--verbose");
    let mut pop = open(&address);
    assert!(pop.log_in("mrose", "secret").starts_with("+OK"));
    for _ in 0..20_000 {
        assert_eq!(pop.ask("STAT"), "+OK 2 320");
    }
    pop.quit();
    assert!(open(&address).log_in("mrose", "secret").starts_with("+OK"));
    drop(server);
    let mut shown = String::new();
    stdout.read_to_string(&mut shown).expect("text");
    assert!(shown.contains("C: USER mrose"), "{shown}");
}
