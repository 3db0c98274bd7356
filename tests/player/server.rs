//! The built server, started on a port of its own and killed when it is dropped.

use super::DEADLINE;
use super::users::TestUsers;
use socket2::{Domain, Socket, Type};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;

/// The host's name in the memo's examples.
pub const HOSTNAME: &str = "dewey";

/// What sysexits(3) calls EX_UNAVAILABLE and EX_NOPERM: the address is taken, or forbidden.
const CANNOT_HAVE_THE_ADDRESS: [i32; 2] = [69, 77];

pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// Kept open, lest the server write into a closed pipe.
    _output: Option<BufReader<ChildStdout>>,
}

pub enum NoServer {
    /// This machine does not give the address away: nothing is proven, nothing refuted.
    AddressRefused(String),
    Failed(String),
}

impl Server {
    /// Starts the server on a port that the system picks.
    pub fn start(users: &TestUsers, options: &[String]) -> Result<Server, NoServer> {
        let listen = ["--listen".to_string(), "127.0.0.1:0".to_string()];
        Server::start_where_it_likes(users, &[&listen, options].concat())
    }

    /// Starts the server where it listens by default.
    pub fn start_where_it_likes(users: &TestUsers, options: &[String]) -> Result<Server, NoServer> {
        let mut child =
            spawn(users, options).map_err(|error| NoServer::Failed(format!("no start: {error}")))?;
        let output = child.stdout.take().map(BufReader::new);
        let mut server = Server { child, address: SocketAddr::from(([127, 0, 0, 1], 0)), _output: None };
        let (line, output) = first_line(output);
        server._output = output;
        match line.trim_end().strip_prefix("listening on ").and_then(|text| text.parse().ok()) {
            Some(address) => server.address = address,
            None => return Err(server.why_not(&line, users)),
        }
        Ok(server)
    }

    fn why_not(&mut self, line: &str, users: &TestUsers) -> NoServer {
        let _ = self.child.kill();
        let status = self.child.wait();
        let log = fs::read_to_string(users.log()).unwrap_or_default();
        match status.as_ref().ok().and_then(ExitStatus::code) {
            Some(code) if CANNOT_HAVE_THE_ADDRESS.contains(&code) => NoServer::AddressRefused(log),
            _ => NoServer::Failed(format!("no \"listening on\" line but {line:?}, {status:?}, log:\n{log}")),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(users: &TestUsers, options: &[String]) -> io::Result<Child> {
    Command::new(env!("CARGO_BIN_EXE_pop1081"))
        .arg("--users")
        .arg(users.directory())
        .args(["--hostname", HOSTNAME, "--login-delay", "0"])
        .args(options)
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(File::create(users.log())?)
        .spawn()
}

/// `pop1081 grade`, whose report has lines of the usual length and no colours.
pub fn grade() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pop1081"));
    command.arg("grade").env_remove("COLUMNS").env_remove("NO_COLOR");
    command
}

/// An address at which nothing listens, as long as the socket that has it is kept.
pub fn nobody_listens() -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a port");
    let address = socket.local_addr().ok().and_then(|address| address.as_socket()).expect("an address");
    (socket, address)
}

/// The first line that the server prints, empty if none comes in time or it ends without one.
fn first_line(output: Option<BufReader<ChildStdout>>) -> (String, Option<BufReader<ChildStdout>>) {
    let Some(mut output) = output else { return (String::new(), None) };
    let (tell, hear) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        let _ = output.read_line(&mut line);
        let _ = tell.send((line, Some(output)));
    });
    hear.recv_timeout(DEADLINE).unwrap_or((String::new(), None))
}
