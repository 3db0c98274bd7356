//! One session of the server that is examined: what its commands do, right or, with a fault
//! switched on, wrong in one thing.

use super::faults::Fault;
use super::server::{House, NAME, PASSWORD, Stored};
use md5::{Digest, Md5};
use std::sync::Arc;

pub struct Session {
    house: Arc<House>,
    /// The session ends after the answer.
    pub over: bool,
    timestamp: String,
    user: Option<Vec<u8>>,
    /// Whose password was wrong.
    guessed: Option<Vec<u8>>,
    /// In the TRANSACTION state.
    open: Option<Open>,
}

/// What a session has got hold of.
struct Open {
    messages: Vec<Stored>,
    deleted: Vec<bool>,
    accessed: Vec<bool>,
    highest: usize,
    at_start: usize,
    /// Another one for each session.
    number: u64,
}

type Answer = Vec<u8>;

impl Session {
    pub fn new(house: Arc<House>) -> Session {
        let stamp = if house.has(Fault::SameTimestamp) { 0 } else { house.another() };
        let timestamp = format!("<{stamp}.1988@dewey>");
        Session { house, over: false, timestamp, user: None, guessed: None, open: None }
    }

    pub fn greeting(&self) -> Answer {
        let status = if self.has(Fault::NegativeGreeting) { "-ERR" } else { "+OK" };
        format!("{status} dewey POP3 server ready {}\r\n", self.timestamp).into_bytes()
    }

    fn has(&self, fault: Fault) -> bool {
        self.house.has(fault)
    }

    pub fn answer(&mut self, line: &[u8]) -> Answer {
        let mut words = line.splitn(2, |&octet| octet == b' ');
        let keyword = String::from_utf8_lossy(words.next().unwrap_or_default()).to_ascii_uppercase();
        let rest = words.next();
        if let Some(Fault::StateNotChecked(unchecked)) = self.house.fault
            && unchecked == keyword
            && self.open.is_some() == ["USER", "PASS"].contains(&unchecked)
        {
            return self.out_of_state(&keyword);
        }
        match (keyword.as_str(), self.open.is_some()) {
            ("QUIT", _) => self.quit(rest),
            ("USER", false) => self.user(rest),
            ("PASS", false) => self.pass(rest),
            ("APOP", false) => self.apop(rest),
            ("STAT" | "LIST" | "RETR" | "DELE" | "NOOP" | "LAST" | "RSET" | "TOP" | "UIDL", true) => {
                self.transaction(&keyword, rest)
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
        if name != NAME.as_bytes() && (name.is_empty() || !self.has(Fault::EveryName)) {
            return err("never heard of that name");
        }
        self.user = Some(name.to_vec());
        ok("welcome")
    }

    fn pass(&mut self, password: Option<&[u8]>) -> Answer {
        let password = password.unwrap_or_default();
        let again = self.guessed.clone().filter(|_| self.has(Fault::SecondGuess));
        let Some(user) = self.user.take().or(again) else {
            return if self.has(Fault::PassWithoutUser) { self.enter() } else { err("USER first") };
        };
        let right = match self.house.fault {
            Some(Fault::AnyPassword) => true,
            Some(Fault::PasswordPrefix) => password.starts_with(PASSWORD.as_bytes()),
            _ => password == PASSWORD.as_bytes(),
        };
        let known = user == NAME.as_bytes();
        if known && right {
            return self.enter();
        }
        self.guessed = Some(user);
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
        if !self.has(Fault::NoLock) {
            let mut locked = self.house.locked.lock().expect("no session panics");
            if std::mem::replace(&mut *locked, true) {
                return err("unable to lock maildrop");
            }
        }
        let messages = self.house.maildrop().clone();
        let seen = messages.iter().rposition(|message| message.seen).map_or(0, |place| place + 1);
        let at_start = if self.has(Fault::LastNotKept) { 0 } else { seen };
        let count = messages.len();
        let (deleted, accessed) = (vec![false; count], vec![false; count]);
        let number = self.house.another();
        self.open = Some(Open { messages, deleted, accessed, highest: at_start, at_start, number });
        ok("maildrop locked and ready")
    }

    fn quit(&mut self, rest: Option<&[u8]>) -> Answer {
        if rest.is_some() && !self.has(Fault::QuitWithArgument) {
            return err("QUIT takes no argument");
        }
        self.over = true;
        if self.open.is_some() {
            self.update();
        }
        if self.has(Fault::QuitWithoutReply) { Answer::new() } else { ok("signing off") }
    }

    fn update(&mut self) {
        let Some(open) = self.open.take() else { return };
        let mut maildrop = self.house.maildrop();
        for (place, message) in open.messages.iter().enumerate() {
            let gone = open.deleted[place] && !self.house.has(Fault::NothingRemoved);
            let wrong = self.house.has(Fault::NeighbourRemoved) && place > 0 && open.deleted[place - 1];
            if gone || wrong {
                maildrop.retain(|stored| stored.id != message.id);
            }
            if let (true, Some(stored)) =
                (open.accessed[place], maildrop.iter_mut().find(|stored| stored.id == message.id))
            {
                stored.seen = true;
            }
        }
        drop(maildrop);
        if !self.has(Fault::LockKeptByQuit) {
            self.unlock();
        }
    }

    /// The client has gone without QUIT.
    pub fn broken_off(&mut self) {
        if self.open.is_some() && self.has(Fault::DeleteOnDisconnect) {
            self.update();
        } else if self.open.take().is_some() && !self.has(Fault::LockNotFreed) {
            self.unlock();
        }
    }

    fn unlock(&self) {
        *self.house.locked.lock().expect("no session panics") = false;
    }

    fn transaction(&mut self, keyword: &str, rest: Option<&[u8]>) -> Answer {
        let house = Arc::clone(&self.house);
        let Some(open) = &mut self.open else { return err("log in first") };
        let text = rest.map(|rest| String::from_utf8_lossy(rest).into_owned());
        let number = text.as_deref().map(|text| text.split(' ').next().unwrap_or_default());
        match (keyword, text.as_deref()) {
            ("STAT" | "NOOP" | "LAST" | "RSET", Some(_)) if !house.has(Fault::ArgumentsIgnored) => {
                return err("takes no argument");
            }
            ("RETR" | "DELE", None) | ("TOP", None) => return err("which message?"),
            _ => {}
        }
        let place = match number.map(|number| open.place(number, keyword, &house)) {
            Some(Err(sentence)) => return err(sentence),
            Some(Ok(place)) => Some(place),
            None => None,
        };
        if house.has(Fault::HugeNumberKills) && number.is_some_and(|number| number.len() > 18) {
            self.over = true;
            return Answer::new();
        }
        match (keyword, place) {
            ("STAT", _) => open.stat(&house),
            ("LIST", None) => open.listing(&house, |open, place| open.size(place, &house).to_string()),
            ("LIST", Some(place)) => ok(&format!("{} {}", place + 1, open.size(place, &house))),
            ("UIDL", None) => open.listing(&house, |open, place| open.unique_id(place, &house)),
            ("UIDL", Some(place)) => ok(&format!("{} {}", place + 1, open.unique_id(place, &house))),
            ("RETR", Some(place)) => open.retr(place, &house),
            ("DELE", Some(place)) => open.dele(place, &house),
            ("TOP", Some(place)) => open.top(place, text.as_deref().unwrap_or_default(), &house),
            ("LAST", _) => ok(&open.highest.to_string()),
            ("RSET", _) => open.rset(&house),
            ("NOOP", _) if house.has(Fault::TwoReplies) => b"+OK\r\n+OK\r\n".to_vec(),
            _ => ok(""),
        }
    }
}

impl Open {
    /// The place of the message with that number, if it may be named.
    fn place(&self, number: &str, keyword: &str, house: &House) -> Result<usize, &'static str> {
        let huge = house.has(Fault::HugeNumberKills) && number.len() > 18;
        if huge {
            return Ok(0);
        }
        let place = match number.parse::<usize>() {
            Ok(0) if house.has(Fault::RetrZero) && keyword == "RETR" => 0,
            Ok(number) if (1..=self.messages.len()).contains(&number) => self.shifted(number - 1, house)?,
            _ => return Err("no such message"),
        };
        let named = match house.fault {
            Some(Fault::DeletedFetched) => keyword == "RETR",
            Some(Fault::DeletedTwice) => keyword == "DELE",
            _ => false,
        };
        if self.deleted[place] && !named { Err("already deleted") } else { Ok(place) }
    }

    /// Numbers stay as they are, unless they do not.
    fn shifted(&self, place: usize, house: &House) -> Result<usize, &'static str> {
        if !house.has(Fault::NumbersShift) {
            return Ok(place);
        }
        (0..self.messages.len()).filter(|&at| !self.deleted[at]).nth(place).ok_or("no such message")
    }

    fn size(&self, place: usize, house: &House) -> usize {
        let end = if house.has(Fault::LineFeedCounted) { 1 } else { 2 };
        let dots = house.has(Fault::StuffingCounted);
        let stuffing = |line: &[u8]| usize::from(dots && line.starts_with(b"."));
        self.messages[place].lines.iter().map(|line| line.len() + end + stuffing(line)).sum()
    }

    fn unique_id(&self, place: usize, house: &House) -> String {
        let message = &self.messages[place];
        match house.fault {
            Some(Fault::UniqueIdIsNumber) => (place + 1).to_string(),
            Some(Fault::UniqueIdOfSession) => format!("{}.{}", self.number, message.id),
            Some(Fault::UniqueIdAlike) => "same".to_owned(),
            Some(Fault::UniqueIdWithSpace) => format!("{} x", message.id),
            _ => message.id.to_string(),
        }
    }

    fn stat(&self, house: &House) -> Answer {
        let counted = |place: &usize| !self.deleted[*place] || house.has(Fault::DeletedCounted);
        let places: Vec<usize> = (0..self.messages.len()).filter(counted).collect();
        let size: usize = places.iter().map(|&place| self.size(place, house)).sum();
        let more = if house.has(Fault::StatSaysMore) { " octets" } else { "" };
        let space = if house.has(Fault::TwoSpaces) { "  " } else { " " };
        ok(&format!("{}{space}{size}{more}", places.len()))
    }

    fn listing(&self, house: &House, tell: impl Fn(&Open, usize) -> String) -> Answer {
        let mut answer = b"+OK\r\n".to_vec();
        let listed = |place: &usize| !self.deleted[*place] || house.has(Fault::DeletedListed);
        for (at, place) in (0..self.messages.len()).filter(listed).enumerate() {
            let number = if house.has(Fault::NumbersShift) { at } else { place };
            let number = if house.has(Fault::ListFromZero) { number } else { number + 1 };
            answer.extend(format!("{number} {}\r\n", tell(self, place)).bytes());
        }
        answer.extend(b".\r\n");
        answer
    }

    fn retr(&mut self, place: usize, house: &House) -> Answer {
        let lowers = house.has(Fault::LastLowers);
        self.highest = if lowers { place + 1 } else { self.highest.max(place + 1) };
        self.accessed[place] = true;
        let mut answer = b"+OK\r\n".to_vec();
        lines(&mut answer, &self.messages[place].lines, house);
        if house.has(Fault::ExtraBlankLine) {
            answer.extend(b"\r\n");
        }
        let unended = house.has(Fault::UnendedLastLine) && place + 1 == 12;
        if unended {
            answer.truncate(answer.len() - 2);
        }
        answer.extend(if house.has(Fault::NoEnd) { &b""[..] } else { b".\r\n" });
        answer
    }

    fn top(&self, place: usize, text: &str, house: &House) -> Answer {
        let Some(count) = text.split(' ').nth(1).and_then(|count| count.parse::<usize>().ok()) else {
            return err("how many lines?");
        };
        let all = &self.messages[place].lines;
        let header = all.iter().position(Vec::is_empty).map_or(all.len(), |blank| blank + 1);
        let header = if house.has(Fault::TopCountsHeaders) { 0 } else { header };
        let mut answer = b"+OK\r\n".to_vec();
        lines(&mut answer, &all[..all.len().min(header + count)], house);
        answer.extend(b".\r\n");
        answer
    }

    fn dele(&mut self, place: usize, house: &House) -> Answer {
        self.deleted[place] = true;
        if !house.has(Fault::DeleNotAccessed) {
            self.highest = self.highest.max(place + 1);
        }
        if house.has(Fault::DeleAtOnce) {
            let id = self.messages[place].id;
            house.maildrop().retain(|stored| stored.id != id);
        }
        ok("message deleted")
    }

    fn rset(&mut self, house: &House) -> Answer {
        if !house.has(Fault::RsetDoesNothing) {
            let present = house.maildrop();
            let kept = |message: &Stored| present.iter().any(|stored| stored.id == message.id);
            self.deleted = self.messages.iter().map(|message| !kept(message)).collect();
        }
        self.accessed.fill(false);
        self.highest = match house.fault {
            Some(Fault::RsetZeroesLast) => 0,
            Some(Fault::RsetKeepsLast) => self.highest,
            _ => self.at_start,
        };
        ok("")
    }
}

fn lines(answer: &mut Answer, lines: &[Vec<u8>], house: &House) {
    for line in lines {
        if line.starts_with(b".") && !house.has(Fault::Unstuffed) {
            answer.push(b'.');
        }
        for piece in pieces(line, house) {
            let seven = |octet: &u8| if house.has(Fault::SevenBits) { octet & 0x7f } else { *octet };
            answer.extend(piece.iter().map(seven));
            answer.extend(b"\r\n");
        }
    }
}

/// A line, in one piece unless it is longer than a careless buffer.
fn pieces<'a>(line: &'a [u8], house: &House) -> Vec<&'a [u8]> {
    match house.has(Fault::LongLinesCut) {
        true if !line.is_empty() => line.chunks(1023).collect(),
        _ => vec![line],
    }
}

fn ok(text: &str) -> Answer {
    format!("+OK {text}").trim_end().bytes().chain(*b"\r\n").collect()
}

fn err(text: &str) -> Answer {
    format!("-ERR {text}\r\n").into_bytes()
}
