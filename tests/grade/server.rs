//! A small POP3 server for the examiner to examine: by itself it keeps every statement of RFC 1081
//! and RFC 1939 that can be shown, and it has a switch for each classic fault. What its commands do
//! stands in `session`; here are connections and lines, and what sessions share in `state`.

use super::faults::{Fault, MATRIX};
use super::session::Session;
use super::state::Shared;
use pop1081::grade::fixture;
use pop1081::grade::refill::Refill;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use std::{env, mem, thread};

pub const NAME: &str = "mrose";
pub const PASSWORD: &str = "tanstaaf";

/// Sessions of a server that stops accepting: no more than "many sessions" are at least.
const MOST_SESSIONS: usize = 8;

/// How a server serves several clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Threads,
    /// One after the other.
    Iterative,
    /// Each by a process of its own, as a forking server does.
    Processes,
}

/// A server on a port of its own; it ends with the test.
pub struct Server {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    processes: Arc<Mutex<Vec<Child>>>,
}

impl Server {
    pub fn start(fault: Option<Fault>, messages: &[fixture::Message]) -> Server {
        Server::on(0, Kind::Threads, fault, messages)
    }

    pub fn on(port: u16, kind: Kind, fault: Option<Fault>, messages: &[fixture::Message]) -> Server {
        let shared = match kind {
            Kind::Processes => Shared::in_a_file(fault, messages.to_vec()),
            _ => Shared::in_memory(fault, messages.to_vec()),
        };
        shared.fill(messages.len());
        Server::of(port, kind, shared)
    }

    pub fn of(port: u16, kind: Kind, shared: Shared) -> Server {
        let listener = TcpListener::bind(("127.0.0.1", port)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = Server { address, shared: Arc::new(shared), processes: Arc::default() };
        let (shared, processes) = (Arc::clone(&server.shared), Arc::clone(&server.processes));
        thread::spawn(move || {
            if shared.has(Fault::EndsWithSession) {
                // Nobody listens when the session has ended, however long the process takes to end.
                let client = listener.accept();
                drop(listener);
                client.map(|(client, _)| serve(&shared, client)).expect("a client");
                std::process::exit(0);
            }
            for (count, client) in listener.incoming().flatten().enumerate() {
                if shared.has(Fault::StopsAccepting) && count >= MOST_SESSIONS {
                    thread::park();
                }
                let shared = Arc::clone(&shared);
                match kind {
                    Kind::Iterative => drop(serve(&shared, client)),
                    Kind::Threads => drop(thread::spawn(move || serve(&shared, client))),
                    Kind::Processes => start_process(&mut children(&processes), &shared, client),
                }
            }
        });
        server
    }

    /// The server starts anew, with the first messages of the standard maildrop, none of them
    /// accessed.
    pub fn fill(&self, count: usize) {
        self.shared.fill(count);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for child in children(&self.processes).iter_mut() {
            let _ = child.kill();
            let _ = child.wait();
        }
        // The thread that accepts holds what is shared for ever.
        let _ = self.shared.file().map(fs::remove_file);
    }
}

impl Refill for Server {
    fn refill(&self, mbox: &[u8]) -> Result<(), String> {
        self.fill(if mbox.is_empty() { 0 } else { self.shared.messages.len() });
        Ok(())
    }
}

fn children(processes: &Mutex<Vec<Child>>) -> MutexGuard<'_, Vec<Child>> {
    processes.lock().expect("no panic")
}

/// This program again, with the connection as its standard input.
fn start_process(processes: &mut Vec<Child>, shared: &Shared, client: TcpStream) {
    processes.retain_mut(|child| !matches!(child.try_wait(), Ok(Some(_))));
    let child = Command::new(env::current_exe().expect("a path"))
        .args(["--ignored", "--exact", "server::one_client"])
        .env("TEST_STATE", shared.file().expect("a state in a file"))
        .env("TEST_FAULT", format!("{:?}", shared.fault))
        .stdin(OwnedFd::from(client))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    processes.push(child.expect("a process"));
}

#[test]
#[ignore = "the server starts it for a client"]
fn one_client() {
    let Some(state) = env::var_os("TEST_STATE") else { return };
    let name = env::var("TEST_FAULT").expect("a fault");
    let faults = MATRIX.iter().map(|(fault, ..)| Some(*fault)).chain([None, Some(Fault::Liberal)]);
    let fault = faults.into_iter().find(|fault| format!("{fault:?}") == name).expect("a known fault");
    let client = io::stdin().as_fd().try_clone_to_owned().expect("a connection");
    let over = serve(&Arc::new(Shared::of_file(fault, Path::new(&state))), client.into());
    while over && fault == Some(Fault::NeverCloses) {
        thread::park();
    }
    std::process::exit(0);
}

/// Whether the client has said QUIT.
fn serve(shared: &Arc<Shared>, mut client: TcpStream) -> bool {
    let _ = client.set_nodelay(true);
    let mut session = Session::new(Arc::clone(shared));
    let greeting = session.greeting();
    say(shared, &mut client, &greeting);
    let mut unread = Vec::new();
    while let Some(line) = next_line(shared, &mut client, &mut unread) {
        if shared.has(Fault::Silence) && line.eq_ignore_ascii_case(b"NOOP") {
            continue;
        }
        let answer = session.answer(&line);
        while shared.has(Fault::RetrFloods) && answer.len() > 100 && line.starts_with(b"RETR") {
            if client.write_all(&b"+OK\r\n".repeat(1000)).is_err() {
                return false;
            }
        }
        say(shared, &mut client, &answer);
        if session.over {
            session.broken_off();
            leave_behind(shared);
            if shared.has(Fault::NeverCloses) {
                mem::forget(client);
                return true;
            }
            if shared.has(Fault::QuitLeavesOpen) {
                while next_line(shared, &mut client, &mut unread).is_some() {}
            }
            return true;
        }
    }
    session.broken_off();
    false
}

/// What a faulty session leaves.
fn leave_behind(shared: &Shared) {
    let start = |command: &mut Command| mem::forget(command.spawn());
    match shared.fault {
        Some(Fault::LeaksDescriptors) => mem::forget(File::open("/dev/null")),
        Some(Fault::LeavesZombies) => start(&mut Command::new("true")),
        Some(Fault::LeavesChildren) => start(Command::new("sleep").arg("1000")),
        _ => {}
    }
}

/// A line without its end; none at the end of the connection.
fn next_line(shared: &Shared, client: &mut TcpStream, unread: &mut Vec<u8>) -> Option<Vec<u8>> {
    loop {
        // As readLine() of Java does: CR ends a line, and LF after it is skipped.
        let carriage_return = shared.has(Fault::Liberal);
        if carriage_return && unread.first() == Some(&b'\n') {
            unread.remove(0);
        }
        let is_end = |&octet: &u8| octet == b'\n' || carriage_return && octet == b'\r';
        let end = unread.iter().position(is_end).map(|end| end + 1);
        let end = if shared.has(Fault::ReadIsALine) && !unread.is_empty() { Some(unread.len()) } else { end };
        if let Some(end) = end {
            let line: Vec<u8> = unread.drain(..end).collect();
            let text = line.strip_suffix(b"\n").unwrap_or(&line);
            return Some(text.strip_suffix(b"\r").unwrap_or(text).to_vec());
        }
        let mut buffer = [0; 4096];
        match client.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(count) => unread.extend(&buffer[..count]),
        }
    }
}

fn say(shared: &Shared, client: &mut TcpStream, answer: &[u8]) {
    let mut answer = answer.to_vec();
    if let Some(Fault::Slow(pause)) = shared.fault {
        thread::sleep(pause);
    }
    if shared.has(Fault::BareLineFeeds) {
        answer.retain(|&octet| octet != b'\r');
    }
    if shared.has(Fault::Liberal) && answer.starts_with(b"-ERR ") {
        answer.splice(4..5, *b": ");
    }
    if shared.has(Fault::SmallLetters) && answer.starts_with(b"+OK") {
        answer[..3].make_ascii_lowercase();
    }
    // The client may have gone.
    let _ = match shared.has(Fault::SingleOctets) && answer.len() < 200 {
        false => client.write_all(&answer),
        true => answer.iter().try_for_each(|octet| {
            thread::sleep(Duration::from_micros(20));
            client.write_all(&[*octet])
        }),
    };
}
