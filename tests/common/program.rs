//! The built program, run as a process: to its end, or as one session.

use super::pop::{Connection, Pop};
use super::wait_for;
use crate::player::server::HOSTNAME;
use crate::player::users::TestUsers;
use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;

/// What a client of `pop1081 inetd` hears when it can't be served.
pub const NOT_SET_UP: &str = "-ERR the server is not set up\r\n";

/// Variables that the program looks at, and whoever runs the tests may have: who logs in by ssh has
/// one that names a client.
const VARIABLES: [&str; 8] = [
    "RUST_LOG",
    "NOTIFY_SOCKET",
    "TCPREMOTEIP",
    "SOCAT_PEERADDR",
    "NCAT_REMOTE_ADDR",
    "REMOTE_ADDR",
    "REMOTE_HOST",
    "SSH_CONNECTION",
];

/// The program, with no input and no output.
pub fn program<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pop1081"));
    command.args(arguments);
    for variable in VARIABLES {
        command.env_remove(variable);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// The end of a process.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a command to its end with this standard input.
#[track_caller]
pub fn run(command: &mut Command, input: &[u8]) -> Ended {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.as_mut().expect("the program");
    let (mut stdin, input) = (child.stdin.take().expect("a pipe"), input.to_vec());
    // A program may end before it has read its input.
    let feeding = thread::spawn(move || drop(stdin.write_all(&input)));
    let ended = finish(child);
    feeding.join().expect("to be read or refused");
    ended
}

/// Waits for the end of a process and reads its output.
#[track_caller]
pub fn finish(child: &mut Child) -> Ended {
    let mut reading = [text(child.stdout.take()), text(child.stderr.take())];
    let code = wait(child).code();
    let mut texts = reading.iter_mut().map(|thread| thread.take().and_then(|thread| thread.join().ok()));
    let mut next = || texts.next().flatten().unwrap_or_default();
    Ended { code, stdout: next(), stderr: next() }
}

/// Waits for the end of a process, with a deadline.
#[track_caller]
pub fn wait(child: &mut Child) -> ExitStatus {
    wait_for("a process to end", || child.try_wait().expect("a process"))
}

fn text(output: Option<impl Read + Send + 'static>) -> Option<thread::JoinHandle<String>> {
    let mut output = output?;
    Some(thread::spawn(move || {
        let mut octets = Vec::new();
        let _ = output.read_to_end(&mut octets);
        String::from_utf8_lossy(&octets).into_owned()
    }))
}

/// `pop1081 inetd` with these users and the host name of the memo's examples.
pub fn inetd(users: &TestUsers) -> Command {
    let directory = users.directory();
    program([
        "inetd",
        "--hostname",
        HOSTNAME,
        "--login-delay",
        "0",
        "--users",
        directory.to_str().expect("a plain path"),
    ])
}

/// The process of a session, killed when this is dropped.
pub struct Session(pub Child);

impl Session {
    /// Starts one on two pipes; the client must be greeted.
    #[track_caller]
    pub fn on_pipes(command: &mut Command) -> (Session, Pop) {
        let (from_server, stdout, stdin, to_server) = pipes();
        let child = command.stdin(stdin).stdout(stdout).spawn().expect("the program");
        command.stdin(Stdio::null()).stdout(Stdio::null());
        (Session(child), Pop::greeted((from_server, to_server)))
    }

    /// A session of its own process whose client has logged in.
    #[track_caller]
    pub fn logged_in(users: &TestUsers, name: &str, password: &str) -> (Session, Pop) {
        let (session, mut pop) = Session::on_pipes(&mut inetd(users));
        let reply = pop.log_in(name, password);
        assert!(reply.starts_with("+OK"), "{reply}");
        (session, pop)
    }

    /// The process must end with exit code 0.
    #[track_caller]
    pub fn ends_well(mut self) {
        assert_eq!(wait(&mut self.0).code(), Some(0));
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Both ends of standard output and of standard input.
pub fn pipes() -> (PipeReader, PipeWriter, PipeReader, PipeWriter) {
    let (from_server, stdout) = pipe().expect("a pipe");
    let (stdin, to_server) = pipe().expect("a pipe");
    (from_server, stdout, stdin, to_server)
}

/// `pop1081 deliver` with these arguments besides the Users directory.
#[track_caller]
pub fn deliver(users: &TestUsers, arguments: &[&str], message: &[u8]) -> Ended {
    run(deliver_command(users).args(arguments), message)
}

pub fn deliver_command(users: &TestUsers) -> Command {
    let directory = users.directory();
    program(["deliver", "--users", directory.to_str().expect("a plain path")])
}

/// Delivers a message, which must succeed.
#[track_caller]
pub fn deliver_to(users: &TestUsers, name: &str, message: &[u8]) {
    let ended = deliver(users, &["-f", "ann@example.org", name], message);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

/// Whether this machine has a tool; reports it if not.
pub fn has(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_err() {
        super::skipped(&format!("no {tool}"));
    }
    found.is_ok()
}

/// Whether this machine can run a program on a terminal; reports it if not.
pub fn has_terminals() -> bool {
    if !has("script") || !has("stty") {
        return false;
    }
    let version = Command::new("script").arg("--version").output().expect("script");
    let of_util_linux = String::from_utf8_lossy(&version.stdout).contains("util-linux");
    if !of_util_linux {
        super::skipped("no script of util-linux");
    }
    of_util_linux
}

/// Creates a FIFO, if this machine can.
pub fn make_fifo(path: &std::path::Path) -> bool {
    has("mkfifo") && Command::new("mkfifo").arg(path).status().is_ok_and(|status| status.success())
}

/// The client on a connection and the process at its other end.
pub fn session_on(connection: impl Connection, child: Child) -> (Session, Pop) {
    let session = Session(child);
    (session, Pop::greeted(connection))
}
