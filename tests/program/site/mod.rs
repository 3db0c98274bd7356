//! A server that is left alone for years: who owns what it makes, what each signal does, how it
//! starts, and what it says when something can't be read.

mod checked;
mod closed;
mod owners;
mod signals;
mod starts;

use crate::common::program::{program, wait};
use crate::common::{is_superuser, pop::Pop, skipped};
use crate::player::server::HOSTNAME;
use crate::player::users::TestUsers;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::os::unix::fs::lchown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

/// Nobody on this machine, and somebody else.
const OWNER: u32 = 12_345;
const OTHER: u32 = 23_456;

fn users() -> TestUsers {
    TestUsers::copy_of_shipped().expect("a private Users directory")
}

/// Shipped users that belong to [`OWNER`], as everything beside them; `None` if this machine does
/// not let the test be two users.
fn users_of_owner() -> Option<TestUsers> {
    let as_other = || program(["--version"]).uid(OTHER).status();
    if !is_superuser() || !as_other().is_ok_and(|status| status.success()) {
        skipped("no right to be another user, or no way to the program as such");
        return None;
    }
    let users = users();
    give(users.directory().parent().expect("a place"));
    Some(users)
}

/// Has all of this belong to [`OWNER`].
fn give(path: &Path) {
    lchown(path, Some(OWNER), Some(OWNER)).expect("a new owner");
    if fs::symlink_metadata(path).expect("metadata").is_dir() {
        for entry in fs::read_dir(path).expect("a directory") {
            give(&entry.expect("an entry").path());
        }
    }
}

/// A server with its log in a file beside the users, killed when this is dropped.
struct Running {
    child: Child,
    address: String,
    _stdout: BufReader<ChildStdout>,
}

/// The command of a server that listens where the system likes.
fn server(users: &TestUsers) -> Command {
    let mut command =
        program(["--listen", "127.0.0.1:0", "--hostname", HOSTNAME, "--login-delay", "0", "--users"]);
    command.arg(users.directory()).arg("--log").arg(users.log()).env("RUST_LOG", "debug");
    command
}

impl Running {
    #[track_caller]
    fn start(command: &mut Command) -> Running {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let address = line.trim_end().strip_prefix("listening on ").expect("an address").to_owned();
        Running { child, address, _stdout: stdout }
    }

    #[track_caller]
    fn open(&self) -> Pop {
        Pop::greeted(TcpStream::connect(&self.address).expect("a connection"))
    }

    #[track_caller]
    fn log_in(&self, name: &str, password: &str) -> Pop {
        let mut pop = self.open();
        let reply = pop.log_in(name, password);
        assert!(reply.starts_with("+OK"), "{name}: {reply}");
        pop
    }

    #[track_caller]
    fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    #[track_caller]
    fn ended(&mut self) -> ExitStatus {
        wait(&mut self.child)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[track_caller]
fn signal(process: u32, name: &str) {
    let sent = Command::new("sh").args(["-c", "kill -$0 $1", name, &process.to_string()]).status();
    assert!(sent.expect("a shell").success(), "no {name} for {process}");
}

fn log(users: &TestUsers) -> String {
    fs::read_to_string(users.log()).unwrap_or_default()
}
