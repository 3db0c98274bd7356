//! Maildrops to measure with, made once, and sessions on them without a network.

use pop1081::limits;
use pop1081::session::{self, ServerContext};
use pop1081::users::Users;
use pop1081::wire::{Peer, Untimed, Wire};
use std::fs;
use std::io::{self, Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

const PASSWORD: &str = "secret";
const SILENCE: Duration = Duration::from_secs(60);

/// Lines of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lines {
    /// 71 letters.
    Normal,
    /// A dot and 71 letters.
    Dots,
    /// No letter to five, as a sequence that does not repeat soon.
    Short,
}

pub const ALL_LINES: [Lines; 3] = [Lines::Normal, Lines::Dots, Lines::Short];

/// At least so many octets of such lines.
pub fn text(lines: Lines, octets: usize) -> Vec<u8> {
    const LETTERS: &[u8; 71] = b"The quick brown fox jumps over the lazy dog, and the dog does not mind.";
    let (mut text, mut random) = (Vec::with_capacity(octets + 100), 1081_u64);
    while text.len() < octets {
        match lines {
            Lines::Normal => text.extend_from_slice(LETTERS),
            Lines::Dots => text.extend_from_slice(&[b".", &LETTERS[..]].concat()),
            Lines::Short => {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                text.extend_from_slice(&LETTERS[..(random >> 33) as usize % 6]);
            }
        }
        text.push(b'\n');
    }
    text
}

/// Octets of a maildrop's line one.
pub const LINE_ONE: u64 = PASSWORD.len() as u64 + 1;

/// A maildrop of so many messages of such a text.
pub fn maildrop(messages: usize, text: &[u8]) -> Vec<u8> {
    let mut maildrop = format!("{PASSWORD}\n").into_bytes();
    for number in 1..=messages {
        let separator = format!("From bench@example.org Sat Nov 21 09:00:00 2026\nSubject: {number}\n\n");
        maildrop.extend_from_slice(separator.as_bytes());
        maildrop.extend_from_slice(text);
        maildrop.push(b'\n');
    }
    maildrop
}

/// A Users directory with one maildrop, removed at the end.
pub struct Fixture {
    pub users: PathBuf,
    pub user: &'static str,
}

impl Fixture {
    pub fn new(user: &'static str, maildrop: &[u8]) -> Self {
        let users =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("parts-{user}-{}", std::process::id()));
        fs::create_dir_all(&users).expect("a directory");
        fs::write(users.join(user), maildrop).expect("a maildrop");
        // A file that changed within the clock's grain is not trusted to be the same.
        thread::sleep(2 * limits::CLOCK_GRAIN);
        Fixture { users, user }
    }

    pub fn maildrop(&self) -> PathBuf {
        self.users.join(self.user)
    }

    /// A whole session, with these commands after the login; the octets of its replies.
    pub fn session(&self, commands: &str) -> u64 {
        let input = format!("USER {}\r\nPASS {PASSWORD}\r\n{commands}", self.user).into_bytes();
        let site = ServerContext {
            users: Users::new(&self.users).expect("the Users directory"),
            host: "dewey".to_owned(),
            hide_users: false,
            login_time: None,
            crowded: std::sync::Arc::default(),
            updates: std::sync::Arc::default(),
            login_delay: Duration::ZERO,
            transcripts: None,
        };
        let replies = Arc::new(AtomicU64::new(0));
        let (source, sink) = (Untimed(Cursor::new(input)), Untimed(Count(Arc::clone(&replies))));
        session::run(&site, Wire::new(Peer::Local, Box::new(source), Box::new(sink), SILENCE));
        replies.load(Ordering::Relaxed)
    }
}

/// Where a session's replies go: nowhere, and counted.
struct Count(Arc<AtomicU64>);

impl Write for Count {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.fetch_add(octets.len() as u64, Ordering::Relaxed);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.users);
    }
}
