//! A panic: its session ends without a trace, other sessions go on, the log has one line about it,
//! the client is told nothing.
//!
//! That the slot is free again is shown beside `src/server/accept.rs`.

use super::in_process::{LONG, context, greeted, is_free, start, users};
use crate::common::fixture::Files;
use pop1081::logging;
use pop1081::wire::Untimed;
use std::io::{self, Read, Write};
use std::panic;
use std::sync::{Arc, Mutex};
use std::thread;

const TEXT: &str = "Xyzzy, a fault made for a test";

/// Returns its parts, then panics.
struct Falling(Vec<&'static [u8]>);

impl Read for Falling {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        assert!(!self.0.is_empty(), "{TEXT}");
        let part = self.0.remove(0);
        buffer[..part.len()].copy_from_slice(part);
        Ok(part.len())
    }
}

/// Keeps this many octets, and panics at one more.
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

impl Write for Kept {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let mut kept = self.0.lock().expect("no panic before");
        let room = self.1 - kept.len();
        assert!(room > 0, "{TEXT}");
        let taken = octets.len().min(room);
        kept.extend_from_slice(&octets[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
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
        logging::start(logging::to_file(&path).expect("a log"));
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
        let session = start(&context, Untimed(Falling(parts)), Untimed(said.clone()), LONG);
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
