//! One session of the server that is examined: who it lets in and how it ends, right or, with a
//! fault switched on, wrong in one thing. What it does with messages stands in `messages`.

use super::faults::Fault;
use super::messages::Open;
use super::server::{NAME, PASSWORD};
use super::state::Shared;
use md5::{Digest, Md5};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How long a server may wait for a lock: longer than the examiner waits for another answer.
const LOCK: Duration = Duration::from_millis(900);

pub struct Session {
    shared: Arc<Shared>,
    /// The session ends after the answer.
    pub over: bool,
    timestamp: String,
    user: Option<Vec<u8>>,
    /// Whose password was wrong.
    guessed: Option<Vec<u8>>,
    wrong: usize,
    /// In the TRANSACTION state.
    open: Option<Open>,
}

pub type Answer = Vec<u8>;

impl Session {
    pub fn new(shared: Arc<Shared>) -> Session {
        let stamp = if shared.has(Fault::SameTimestamp) { 0 } else { shared.another() };
        let timestamp = format!("<{stamp}.1988@dewey>");
        Session { shared, over: false, timestamp, user: None, guessed: None, wrong: 0, open: None }
    }

    pub fn greeting(&self) -> Answer {
        let status = if self.has(Fault::NegativeGreeting) { "-ERR" } else { "+OK" };
        format!("{status} dewey POP3 server ready {}\r\n", self.timestamp).into_bytes()
    }

    fn has(&self, fault: Fault) -> bool {
        self.shared.has(fault)
    }

    pub fn answer(&mut self, line: &[u8]) -> Answer {
        let mut words = line.splitn(2, |&octet| octet == b' ');
        let keyword = String::from_utf8_lossy(words.next().unwrap_or_default()).to_ascii_uppercase();
        let rest = words.next();
        if let Some(Fault::StateNotChecked(unchecked)) = self.shared.fault
            && unchecked == keyword
            && self.open.is_some() == ["USER", "PASS"].contains(&unchecked)
        {
            return self.out_of_state(&keyword);
        }
        if self.has(Fault::Liberal) && keyword.is_empty() {
            return Answer::new();
        }
        if self.has(Fault::RpopCloses) && keyword == "RPOP" {
            self.over = true;
            return Answer::new();
        }
        match (keyword.as_str(), self.open.is_some()) {
            ("QUIT", _) => self.quit(rest),
            ("USER", false) => self.user(rest),
            ("PASS", false) => self.pass(rest),
            ("APOP", false) => self.apop(rest),
            ("STAT" | "LIST" | "RETR" | "DELE" | "NOOP" | "LAST" | "RSET" | "TOP" | "UIDL", true) => {
                self.transaction(&keyword, rest)
            }
            ("STAT", false) if self.has(Fault::LoginIsShared) && self.shared.with(|state| state.locked) => {
                ok("0 0")
            }
            _ if self.has(Fault::MistakeCloses) => {
                self.over = true;
                Answer::new()
            }
            _ => err("no such command here"),
        }
    }

    /// A positive answer where there must not be one.
    fn out_of_state(&mut self, keyword: &str) -> Answer {
        match keyword {
            "STAT" | "LAST" => ok("0 0"),
            "LIST" | "RETR" | "UIDL" | "TOP" => b"+OK\r\n.\r\n".to_vec(),
            _ => ok(""),
        }
    }

    fn user(&mut self, name: Option<&[u8]>) -> Answer {
        let name = name.unwrap_or_default();
        if self.user.is_some() && !self.has(Fault::SecondUser) {
            return err("PASS or QUIT");
        }
        let every = self.has(Fault::EveryName) || self.has(Fault::Liberal);
        let prefix = self.has(Fault::NamePrefix) && NAME.as_bytes().starts_with(name);
        if name != NAME.as_bytes() && (name.is_empty() || !every && !prefix) {
            return err("never heard of that name");
        }
        if self.has(Fault::LockAtUser) && !self.lock() {
            return err("the maildrop is locked");
        }
        self.user = Some(if prefix { NAME.as_bytes().to_vec() } else { name.to_vec() });
        ok("welcome")
    }

    fn pass(&mut self, password: Option<&[u8]>) -> Answer {
        let password = password.unwrap_or_default();
        let again = self.guessed.clone().filter(|_| self.has(Fault::SecondGuess));
        let Some(user) = self.user.take().or(again) else {
            return if self.has(Fault::PassWithoutUser) { self.enter() } else { err("USER first") };
        };
        let right = match self.shared.fault {
            Some(Fault::AnyPassword) => true,
            Some(Fault::PasswordBeginning) => PASSWORD.as_bytes().starts_with(password),
            Some(Fault::PasswordAnyCase) => password.eq_ignore_ascii_case(PASSWORD.as_bytes()),
            Some(Fault::PasswordPrefix) => password.starts_with(PASSWORD.as_bytes()),
            _ => password == PASSWORD.as_bytes(),
        };
        let known = user == NAME.as_bytes();
        if known && right {
            return self.enter();
        }
        self.guessed = Some(user);
        self.wrong += 1;
        self.over |= self.has(Fault::ThreeGuesses) && self.wrong == 3;
        if self.has(Fault::RefusedPassEnters) {
            self.open_maildrop();
        }
        if self.has(Fault::LockAtUser) {
            self.unlock();
        }
        err("invalid password")
    }

    fn apop(&mut self, rest: Option<&[u8]>) -> Answer {
        let expected = Md5::new().chain_update(&self.timestamp).chain_update(PASSWORD).finalize();
        let hexadecimal: String = expected.iter().map(|octet| format!("{octet:02x}")).collect();
        let words: Vec<&[u8]> = rest.unwrap_or_default().split(|&octet| octet == b' ').collect();
        match words.as_slice() {
            [name, digest] if self.user.is_none() && *name == NAME.as_bytes() => {
                let right = *digest == hexadecimal.as_bytes() || self.has(Fault::AnyDigest);
                if right { self.enter() } else { err("permission denied") }
            }
            _ => err("permission denied"),
        }
    }

    fn enter(&mut self) -> Answer {
        let locked = self.has(Fault::NoLock) || self.has(Fault::LockAtUser) || self.lock_in_time();
        if !locked {
            return err("unable to lock maildrop");
        }
        self.open_maildrop();
        ok("maildrop locked and ready")
    }

    fn lock(&self) -> bool {
        self.shared.with(|state| !std::mem::replace(&mut state.locked, true))
    }

    fn lock_in_time(&self) -> bool {
        let until = Instant::now() + if self.has(Fault::WaitsForLock) { LOCK } else { Duration::ZERO };
        loop {
            if self.lock() {
                return true;
            } else if Instant::now() >= until {
                return false;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn open_maildrop(&mut self) {
        let (messages, last) = self.shared.with(|state| (state.maildrop.clone(), state.last));
        let seen = messages.iter().rposition(|message| message.seen).map_or(0, |place| place + 1);
        let at_start = match self.shared.fault {
            Some(Fault::LastNotKept) => 0,
            Some(Fault::LastIsNumber) => last,
            _ => seen,
        };
        let count = messages.len();
        let (deleted, accessed) = (vec![false; count], vec![false; count]);
        let number = self.shared.another();
        self.open = Some(Open { messages, deleted, accessed, highest: at_start, at_start, number });
    }

    fn quit(&mut self, rest: Option<&[u8]>) -> Answer {
        if rest.is_some() && !self.has(Fault::QuitWithArgument) && !self.has(Fault::Liberal) {
            return err("QUIT takes no argument");
        }
        self.over = true;
        if self.open.is_some() {
            self.update();
        } else if self.user.is_some() && self.has(Fault::LockAtUser) {
            self.unlock();
        }
        if self.has(Fault::LockFreedByAll) {
            self.unlock();
        }
        if self.has(Fault::QuitWithoutReply) { Answer::new() } else { ok("signing off") }
    }

    fn update(&mut self) {
        let Some(open) = self.open.take() else { return };
        let highest = open.accessed.iter().rposition(|&accessed| accessed).map_or(0, |place| place + 1);
        self.shared.with(|state| {
            state.last = highest.max(state.last);
            for (place, message) in open.messages.iter().enumerate() {
                let gone = open.deleted[place] && !self.shared.has(Fault::NothingRemoved);
                let wrong = self.shared.has(Fault::NeighbourRemoved) && place > 0 && open.deleted[place - 1];
                if gone || wrong {
                    state.maildrop.retain(|stored| stored.id != message.id);
                }
                let stored = state.maildrop.iter_mut().find(|stored| stored.id == message.id);
                if let (true, Some(stored)) = (open.accessed[place], stored) {
                    stored.seen = true;
                }
            }
        });
        if !self.has(Fault::LockKeptByQuit) {
            self.unlock();
        }
    }

    /// The client has gone without QUIT.
    pub fn broken_off(&mut self) {
        if self.open.is_some() && self.has(Fault::DeleteOnDisconnect) {
            return self.update();
        }
        let opened = self.open.take().is_some() && !self.has(Fault::LockNotFreed);
        let named = self.user.take().is_some() && self.has(Fault::LockAtUser);
        if opened || named {
            self.unlock();
        }
    }

    fn unlock(&self) {
        self.shared.with(|state| state.locked = false);
    }

    fn transaction(&mut self, keyword: &str, rest: Option<&[u8]>) -> Answer {
        let shared = Arc::clone(&self.shared);
        let Some(open) = &mut self.open else { return err("log in first") };
        let text = rest.map(|rest| String::from_utf8_lossy(rest).into_owned());
        let number = text.as_deref().map(|text| text.split(' ').next().unwrap_or_default());
        match (keyword, text.as_deref()) {
            ("STAT" | "NOOP" | "LAST" | "RSET", Some(_))
                if !shared.has(Fault::ArgumentsIgnored) && !shared.has(Fault::Liberal) =>
            {
                return err("takes no argument");
            }
            ("RETR" | "DELE", None) | ("TOP", None) => return err("which message?"),
            _ => {}
        }
        let place = match number.map(|number| open.place(number, keyword, &shared)) {
            Some(Err(sentence)) => return err(sentence),
            Some(Ok(place)) => Some(place),
            None => None,
        };
        if shared.has(Fault::HugeNumberKills) && number.is_some_and(|number| number.len() > 18) {
            self.over = true;
            return Answer::new();
        }
        match (keyword, place) {
            ("STAT", _) => open.stat(&shared),
            ("LIST", None) => open.listing(&shared, |open, place| open.told_size(place, &shared)),
            ("LIST", Some(place)) => ok(&format!("{} {}", place + 1, open.told_size(place, &shared))),
            ("UIDL", None) => open.listing(&shared, |open, place| open.unique_id(place, &shared)),
            ("UIDL", Some(place)) => ok(&format!("{} {}", place + 1, open.unique_id(place, &shared))),
            ("RETR", Some(_)) if shared.has(Fault::RetrCrashes) => std::process::abort(),
            ("RETR", Some(_)) if shared.has(Fault::RetrHangs) => loop {
                thread::park();
            },
            ("RETR", Some(place)) => open.retr(place, &shared),
            ("DELE", Some(place)) => open.dele(place, &shared),
            ("TOP", Some(place)) => open.top(place, text.as_deref().unwrap_or_default(), &shared),
            ("LAST", _) => ok(&open.highest.to_string()),
            ("RSET", _) => open.rset(&shared),
            ("NOOP", _) if shared.has(Fault::TwoReplies) => b"+OK\r\n+OK\r\n".to_vec(),
            _ => ok(""),
        }
    }
}

pub fn ok(text: &str) -> Answer {
    format!("+OK {text}").trim_end().bytes().chain(*b"\r\n").collect()
}

pub fn err(text: &str) -> Answer {
    format!("-ERR {text}\r\n").into_bytes()
}
