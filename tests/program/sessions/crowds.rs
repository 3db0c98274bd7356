//! Many clients and several addresses: `--max-sessions`, `--max-per-host`, `--listen`. What the
//! limits refuse is in `hostile`.

use crate::common::fixture::{Files, TestServer};
use crate::common::pop::{Connection, Pop};
use crate::common::program::program;
use crate::common::{skipped, wait_for};
use crate::player::users::TestUsers;
use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Stdio};

const TOO_MANY: &str = "-ERR too many sessions, try again later";

/// A server on several addresses.
struct Listening {
    child: Child,
    addresses: Vec<SocketAddr>,
}

impl Listening {
    fn on(users: &TestUsers, listen: &[&str], options: &[&str]) -> Listening {
        let directory = users.directory();
        let mut command = program([
            "--hostname",
            "dewey",
            "--login-delay",
            "0",
            "--users",
            directory.to_str().expect("a plain path"),
        ]);
        for address in listen {
            command.args(["--listen", address]);
        }
        let mut child = command.args(options).stdout(Stdio::piped()).spawn().expect("the program");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut address = || {
            let line = lines.next().expect("a line").expect("text");
            let address = line.strip_prefix("listening on ").and_then(|address| address.parse().ok());
            address.unwrap_or_else(|| panic!("{line}"))
        };
        let addresses = listen.iter().map(|_| address()).collect();
        Listening { child, addresses }
    }

    fn open(&self, number: usize) -> Pop {
        Pop::greeted(self.connect(number))
    }

    fn connect(&self, number: usize) -> TcpStream {
        TcpStream::connect(self.addresses[number]).expect("a connection")
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn has_ipv6() -> bool {
    let has = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok();
    if !has {
        skipped("no IPv6");
    }
    has
}

fn users() -> TestUsers {
    TestUsers::copy_of_shipped().expect("a private Users directory")
}

#[track_caller]
fn refused(stream: TcpStream) {
    let mut pop = stream.client();
    assert_eq!(pop.line(), TOO_MANY);
    pop.closed();
}

/// Waits until a client is greeted, as another has left.
fn greeted_when_free(connect: impl Fn() -> TcpStream) {
    wait_for("a free slot", || {
        let mut pop = connect().client();
        let line = pop.line();
        assert!(line.starts_with("+OK dewey") || line == TOO_MANY, "{line}");
        line.starts_with("+OK").then_some(())
    });
}

#[test]
fn hosts_are_counted_one_by_one() {
    if !has_ipv6() {
        return;
    }
    let users = users();
    let server = Listening::on(&users, &["127.0.0.1:0", "[::1]:0"], &["--max-per-host", "1"]);
    let first = server.open(0);
    let other = server.open(1);
    refused(server.connect(0));
    refused(server.connect(1));
    first.hang_up();
    greeted_when_free(|| server.connect(0));
    other.quit();
}

#[test]
fn zero_means_no_limit() {
    let server = TestServer::with(&["--max-sessions", "0", "--max-per-host", "0"]);
    let clients: Vec<Pop> = (0..50).map(|_| server.open()).collect();
    clients.into_iter().for_each(|pop| assert!(pop.quit().starts_with("+OK")));
}

#[test]
fn several_addresses_are_served_and_printed_in_order() {
    let users = users();
    let server = Listening::on(&users, &["127.0.0.1:0", "127.0.0.1:0", "localhost:0"], &[]);
    let ports: Vec<u16> = server.addresses.iter().map(SocketAddr::port).collect();
    assert!(ports.iter().all(|port| *port != 0));
    assert!(ports[0] != ports[1] && ports[1] != ports[2]);
    let mut first = server.open(0);
    let mut second = server.open(1);
    assert!(first.log_in("mrose", "secret").starts_with("+OK"));
    assert!(second.log_in("mrose", "secret").starts_with("-ERR [IN-USE]"));
    assert!(server.open(2).log_in("stef", "zaphod").starts_with("+OK"));
}

#[test]
fn over_ipv6() {
    if !has_ipv6() {
        return;
    }
    let users = users();
    let server = Listening::on(&users, &["[::1]:0"], &[]);
    let mut pop = server.open(0);
    assert!(pop.log_in("mrose", "secret").starts_with("+OK"));
    assert_eq!(pop.quit(), "+OK dewey POP3 server signing off (2 messages left)");
}

/// However much is served.
#[test]
fn standard_output_has_nothing_but_the_listening_lines() {
    let users = users();
    let mut child = program(["--listen", "127.0.0.1:0", "--hostname", "dewey", "--users"])
        .arg(users.directory())
        .env("RUST_LOG", "trace")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    output.read_line(&mut line).expect("a line");
    let address = line.trim_end().strip_prefix("listening on ").expect("an address").to_owned();
    let mut pop = Pop::greeted(TcpStream::connect(address).expect("a connection"));
    assert!(pop.log_in("mrose", "secret").starts_with("+OK"));
    pop.quit();
    child.kill().expect("to be killed");
    child.wait().expect("to be gone");
    let mut rest = String::new();
    output.read_to_string(&mut rest).expect("text");
    assert_eq!(rest, "");
    assert!(users.path(".pop1081").is_dir());
}
