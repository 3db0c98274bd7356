//! A fault in the program: the session ends and leaves nothing behind, the others never notice,
//! the log has one line about it and the client not a word.
//!
//! In a build for tests the program falls over at a NOOP if the environment asks for it.

use super::in_process::{LONG, context, greeted, is_free, start, users};
use crate::common::fixture::Files;
use crate::common::pop::{Connection, Pop};
use crate::common::program::program;
use crate::common::{skipped, wait_for};
use pop1081::logging::{self, Log};
use pop1081::wire::{Sink, Source};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::net::TcpStream;
use std::panic;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

const TEXT: &str = "Xyzzy, a fault made for a test";

/// Gives its parts, then falls over.
struct Falling(Vec<&'static [u8]>);

impl Source for Falling {
    fn receive(&mut self, buffer: &mut [u8], _: Duration) -> io::Result<usize> {
        assert!(!self.0.is_empty(), "{TEXT}");
        let part = self.0.remove(0);
        buffer[..part.len()].copy_from_slice(part);
        Ok(part.len())
    }
}

/// Keeps so many octets, and falls over at one more.
#[derive(Clone)]
struct Kept(Arc<Mutex<Vec<u8>>>, usize);

impl Kept {
    fn octets(room: usize) -> Kept {
        Kept(Arc::default(), room)
    }

    fn text(&self) -> String {
        let octets = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        String::from_utf8_lossy(&octets).into_owned()
    }
}

impl Sink for Kept {
    fn send(&mut self, octets: &[u8], _: Duration) -> io::Result<usize> {
        let mut kept = self.0.lock().expect("no panic before");
        let room = self.1 - kept.len();
        assert!(room > 0, "{TEXT}");
        let taken = octets.len().min(room);
        kept.extend_from_slice(&octets[..taken]);
        Ok(taken)
    }
}

/// Sends the panics of threads that the test has not named to the program's log, as in the
/// program; returns where that is.
fn panics_are_logged_as_in_the_program() -> std::path::PathBuf {
    static LOG: Mutex<Option<(std::path::PathBuf, crate::player::users::TestUsers)>> = Mutex::new(None);
    let mut log = LOG.lock().expect("no panic here");
    if log.is_none() {
        let place = users();
        let path = place.log();
        let usual = panic::take_hook();
        logging::start(Log::file(&path).expect("a log"));
        let of_the_program = panic::take_hook();
        panic::set_hook(Box::new(move |what| match thread::current().name() {
            None => of_the_program(what),
            Some(_) => usual(what),
        }));
        *log = Some((path, place));
    }
    log.as_ref().map(|(path, _)| path.clone()).expect("a log")
}

#[test]
fn it_frees_the_lock_changes_nothing_and_the_client_hears_nothing_of_it() {
    let log = panics_are_logged_as_in_the_program();
    let lines = || std::fs::read_to_string(&log).expect("a log").matches(TEXT).count();
    let login: &[u8] = b"USER mrose\r\nPASS secret\r\n";
    let places: [(&str, Vec<&[u8]>, usize); 5] = [
        ("before the login", vec![b"USER mrose\r\n"], usize::MAX),
        ("in the TRANSACTION state", vec![login, b"DELE 1\r\nRETR 2\r\n"], usize::MAX),
        ("in the middle of a line", vec![login, b"DELE 1\r\nQUI"], usize::MAX),
        ("in the middle of RETR", vec![login, b"DELE 1\r\n", b"RETR 2\r\n"], 330),
        ("at the reply to PASS", vec![b"USER mrose\r\n", b"PASS secret\r\n"], 120),
    ];
    for (place, parts, room) in places {
        let users = users();
        let context = context(&users);
        let (_other, mut other) = greeted(&context, LONG);
        assert!(other.log_in("stef", "zaphod").starts_with("+OK"));
        let before = (users.read("mrose"), lines());
        let said = Kept::octets(room);
        let session = start(&context, Falling(parts), said.clone(), LONG);
        assert!(session.join().is_err(), "{place}: no fault");
        let (_next, mut next) = greeted(&context, LONG);
        assert_eq!(next.log_in("mrose", "secret"), "+OK mrose's maildrop has 2 messages (320 octets)");
        next.quit();
        assert!(place.starts_with("before") || is_free(&users, "mrose"), "{place}");
        assert_eq!((users.read("mrose"), lines()), (before.0, before.1 + 1), "{place}");
        assert!(said.text().starts_with("+OK dewey") && !said.text().contains("Xyzzy"), "{place}");
        assert!(other.ask("STAT").starts_with("+OK"), "{place}");
    }
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The server with two slots: one falls over again and again, the other never notices.
#[test]
fn its_slot_is_free_again_and_the_server_goes_on() {
    if !cfg!(debug_assertions) {
        return skipped("no faults on request in a release build");
    }
    let users = users();
    let mut command =
        program(["--max-sessions", "2", "--hostname", "dewey", "--listen", "127.0.0.1:0", "--users"]);
    command.arg(users.directory()).env("POP1081_PANIC", "NOOP").stdout(Stdio::piped());
    let mut server =
        Killed(command.stderr(File::create(users.log()).expect("a log")).spawn().expect("the program"));
    let mut listening = String::new();
    let stdout = server.0.stdout.take().expect("a pipe");
    BufReader::new(stdout).read_line(&mut listening).expect("a line");
    let address = listening.trim_end().strip_prefix("listening on ").expect("an address");
    let open = || Pop::greeted(TcpStream::connect(address).expect("a connection"));
    let mut other = open();
    assert!(other.log_in("stef", "zaphod").starts_with("+OK"));
    for number in 1..=5 {
        // Its predecessor's connection is closed, and so its slot is or will be free in a moment.
        wait_for("the slot", || falls_over(TcpStream::connect(address).expect("a connection")));
        assert!(other.ask("STAT").starts_with("+OK"), "{number}");
    }
    let log = fs::read_to_string(users.log()).expect("a log");
    assert_eq!(log.matches("a fault in the program: ").count(), 5, "{log}");
    assert!(log.lines().all(|line| line.starts_with('[')), "each is one line: {log}");
}

/// Logs in, deletes and meets the fault; `None` if there was no slot.
fn falls_over(stream: TcpStream) -> Option<()> {
    let mut pop = stream.client();
    if pop.line().starts_with("-ERR too many sessions") {
        return None;
    }
    assert_eq!(pop.log_in("mrose", "secret"), "+OK mrose's maildrop has 2 messages (320 octets)");
    assert_eq!(pop.ask("DELE 1"), "+OK message 1 deleted");
    pop.send(b"NOOP\r\n");
    pop.closed();
    Some(())
}
