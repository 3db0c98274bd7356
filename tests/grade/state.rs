//! What the sessions of a server share: the maildrop and its lock, in memory or, for a server that
//! serves each client by a process, in a file.

use super::faults::Fault;
use fs2::FileExt;
use pop1081::grade::fixture::{self, Message};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// A message in the maildrop.
#[derive(Clone)]
pub struct Stored {
    /// Where it stands in the standard maildrop.
    place: usize,
    pub lines: Vec<Vec<u8>>,
    pub id: u64,
    /// A RETR of an earlier session referenced it.
    pub seen: bool,
}

#[derive(Default)]
pub struct State {
    pub maildrop: Vec<Stored>,
    pub locked: bool,
    /// The highest number that a session has accessed.
    pub last: usize,
    count: u64,
}

pub struct Shared {
    pub fault: Option<Fault>,
    pub messages: Vec<Message>,
    store: Store,
}

enum Store {
    Memory(Mutex<State>),
    File(PathBuf),
}

impl Shared {
    pub fn in_memory(fault: Option<Fault>, messages: Vec<Message>) -> Shared {
        Shared { fault, messages, store: Store::Memory(Mutex::default()) }
    }

    pub fn in_a_file(fault: Option<Fault>, messages: Vec<Message>) -> Shared {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("pop1081-test-state-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, "0 false 0").expect("a file");
        Shared { fault, messages, store: Store::File(path) }
    }

    /// A state that is kept: filled at the first start, and found at the next.
    pub fn kept(fault: Option<Fault>, path: &Path, count: usize) -> Shared {
        let filled = path.exists();
        let shared = Shared::of_file(fault, path);
        if !filled {
            fs::write(path, "0 false 0").expect("a file");
        }
        match filled {
            false => shared.fill(count),
            true if fault == Some(Fault::LockOutlives) => {}
            true => shared.with(|state| state.locked = false),
        }
        shared
    }

    /// The state that another process has made.
    pub fn of_file(fault: Option<Fault>, path: &Path) -> Shared {
        let messages = fixture::parse(include_str!("../../src/grade/maildrop.txt")).expect("messages");
        Shared { fault, messages, store: Store::File(path.to_owned()) }
    }

    pub fn file(&self) -> Option<&Path> {
        match &self.store {
            Store::Memory(_) => None,
            Store::File(path) => Some(path),
        }
    }

    pub fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// Looks at what is shared, or changes it; nobody else does meanwhile.
    pub fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        match &self.store {
            Store::Memory(state) => change(&mut state.lock().expect("no session panics")),
            Store::File(path) => {
                let mut file = OpenOptions::new().read(true).write(true).open(path).expect("the state");
                file.lock_exclusive().expect("a lock");
                let mut state = self.read(&mut file);
                let changed = change(&mut state);
                write(&mut file, &state);
                changed
            }
        }
    }

    fn read(&self, file: &mut File) -> State {
        let mut text = String::new();
        file.read_to_string(&mut text).expect("text");
        let mut words = text.split_whitespace();
        let mut word = || words.next();
        let mut state = State {
            maildrop: Vec::new(),
            count: number(word()),
            locked: word() == Some("true"),
            last: number(word()),
        };
        while let Some(place) = word() {
            let place: usize = place.parse().expect("a place");
            let lines = self.messages[place].lines.clone();
            state.maildrop.push(Stored { place, lines, id: number(word()), seen: word() == Some("true") });
        }
        state
    }

    pub fn another(&self) -> u64 {
        self.with(State::another)
    }

    /// The first messages of the standard maildrop, none of them accessed.
    pub fn fill(&self, count: usize) {
        self.with(|state| {
            (state.last, state.locked) = (0, false);
            state.maildrop.clear();
            for (place, message) in self.messages[..count].iter().enumerate() {
                let id = state.another();
                state.maildrop.push(Stored { place, lines: message.lines.clone(), id, seen: false });
            }
        });
    }
}

impl State {
    /// Another number each time.
    fn another(&mut self) -> u64 {
        self.count += 1;
        self.count
    }
}

fn number<T: std::str::FromStr + Default>(word: Option<&str>) -> T {
    word.and_then(|word| word.parse().ok()).unwrap_or_default()
}

fn write(file: &mut File, state: &State) {
    let mut text = format!("{} {} {}", state.count, state.locked, state.last);
    for Stored { place, id, seen, .. } in &state.maildrop {
        text.push_str(&format!(" {place} {id} {seen}"));
    }
    file.set_len(0).expect("an empty file");
    file.rewind().expect("its start");
    file.write_all(text.as_bytes()).expect("to write the state");
}
