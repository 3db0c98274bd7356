//! A small POP3 server for the examiner to examine: by itself it keeps every statement of RFC 1081
//! and RFC 1939 that can be shown, and it has a switch for each classic fault. What its commands do
//! stands in `session`; here are connections, lines, and the maildrop that sessions share.

use super::faults::Fault;
use super::session::Session;
use pop1081::grade::fixture;
use pop1081::grade::refill::Refill;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use std::{mem, thread};

pub const NAME: &str = "mrose";
pub const PASSWORD: &str = "tanstaaf";

/// How long each answer of a slow server takes.
const SLOW: Duration = Duration::from_millis(150);

/// A message in the maildrop.
#[derive(Clone)]
pub struct Stored {
    pub lines: Vec<Vec<u8>>,
    pub id: u64,
    /// A RETR of an earlier session referenced it.
    pub seen: bool,
}

/// What all sessions of a server share.
pub struct Shared {
    pub fault: Option<Fault>,
    maildrop: Mutex<Vec<Stored>>,
    pub locked: Mutex<bool>,
    /// The highest number that a session has accessed.
    pub last: Mutex<usize>,
    count: AtomicU64,
}

impl Shared {
    pub fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    pub fn maildrop(&self) -> MutexGuard<'_, Vec<Stored>> {
        self.maildrop.lock().expect("no session panics")
    }

    /// Another number each time.
    pub fn another(&self) -> u64 {
        self.count.fetch_add(1, Ordering::Relaxed)
    }
}

/// A server on a port of its own; it ends with the test.
pub struct Server {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    messages: Vec<fixture::Message>,
}

impl Server {
    pub fn start(fault: Option<Fault>, messages: &[fixture::Message]) -> Server {
        Server::on(0, fault, messages)
    }

    pub fn on(port: u16, fault: Option<Fault>, messages: &[fixture::Message]) -> Server {
        let listener = TcpListener::bind(("127.0.0.1", port)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            fault,
            maildrop: Mutex::default(),
            locked: Mutex::default(),
            last: Mutex::default(),
            count: AtomicU64::new(1),
        });
        let (server, accepting) = (Arc::clone(&shared), listener);
        thread::spawn(move || {
            for client in accepting.incoming().flatten() {
                let shared = Arc::clone(&server);
                match shared.has(Fault::OneAtATime) {
                    true => serve(&shared, client),
                    false => drop(thread::spawn(move || serve(&shared, client))),
                }
            }
        });
        let server = Server { address, shared, messages: messages.to_vec() };
        server.fill(messages.len());
        server
    }

    /// The server starts anew, with the first messages of the standard maildrop, none of them
    /// accessed.
    pub fn fill(&self, count: usize) {
        let stored = |message: &fixture::Message| Stored {
            lines: message.lines.clone(),
            id: self.shared.another(),
            seen: false,
        };
        *self.shared.last.lock().expect("no session panics") = 0;
        *self.shared.locked.lock().expect("no session panics") = false;
        *self.shared.maildrop() = self.messages[..count].iter().map(stored).collect();
    }
}

impl Refill for Server {
    fn refill(&self, mbox: &[u8]) -> Result<(), String> {
        self.fill(if mbox.is_empty() { 0 } else { self.messages.len() });
        Ok(())
    }
}

fn serve(shared: &Arc<Shared>, mut client: TcpStream) {
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
        say(shared, &mut client, &answer);
        if session.over {
            session.broken_off();
            if shared.has(Fault::NeverCloses) {
                mem::forget(client);
                return;
            }
            if shared.has(Fault::QuitLeavesOpen) {
                while next_line(shared, &mut client, &mut unread).is_some() {}
            }
            return;
        }
    }
    session.broken_off();
}

/// A line without its end; none at the end of the connection.
fn next_line(shared: &Shared, client: &mut TcpStream, unread: &mut Vec<u8>) -> Option<Vec<u8>> {
    loop {
        let end = unread.iter().position(|&octet| octet == b'\n').map(|end| end + 1);
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
    if shared.has(Fault::Slow) {
        thread::sleep(SLOW);
    }
    if shared.has(Fault::BareLineFeeds) {
        answer.retain(|&octet| octet != b'\r');
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
