//! What a session of the server that is examined does with messages, right or, with a fault
//! switched on, wrong in one thing.

use super::faults::Fault;
use super::session::{Answer, err, ok};
use super::state::{Shared, Stored};

/// The message of the standard maildrop whose last line has no end.
const UNENDED: usize = 12;

/// What a session has got hold of.
pub struct Open {
    pub messages: Vec<Stored>,
    pub deleted: Vec<bool>,
    pub accessed: Vec<bool>,
    pub highest: usize,
    pub at_start: usize,
    /// Another one for each session.
    pub number: u64,
}

impl Open {
    /// The place of the message with that number, if it may be named.
    pub fn place(&self, number: &str, keyword: &str, shared: &Shared) -> Result<usize, &'static str> {
        let huge = shared.has(Fault::HugeNumberKills) && number.len() > 18;
        if huge {
            return Ok(0);
        }
        let place = match number.parse::<usize>() {
            Ok(0) if shared.has(Fault::RetrZero) && keyword == "RETR" => 0,
            Ok(number) if (1..=self.messages.len()).contains(&number) => self.shifted(number - 1, shared)?,
            _ => return Err("no such message"),
        };
        let named = match shared.fault {
            Some(Fault::DeletedFetched) => keyword == "RETR",
            Some(Fault::DeletedTwice) => keyword == "DELE",
            _ => false,
        };
        if self.deleted[place] && !named { Err("already deleted") } else { Ok(place) }
    }

    /// Numbers stay as they are, unless they do not.
    fn shifted(&self, place: usize, shared: &Shared) -> Result<usize, &'static str> {
        if !shared.has(Fault::NumbersShift) {
            return Ok(place);
        }
        (0..self.messages.len()).filter(|&at| !self.deleted[at]).nth(place).ok_or("no such message")
    }

    pub fn size(&self, place: usize, shared: &Shared) -> usize {
        let end = if shared.has(Fault::LineFeedCounted) { 1 } else { 2 };
        let uncounted = if shared.has(Fault::Liberal) && place + 1 == UNENDED { 2 } else { 0 };
        let dots = shared.has(Fault::StuffingCounted);
        let stuffing = |line: &[u8]| usize::from(dots && line.starts_with(b"."));
        self.messages[place].lines.iter().map(|line| line.len() + end + stuffing(line)).sum::<usize>()
            - uncounted
    }

    pub fn told_size(&self, place: usize, shared: &Shared) -> String {
        let more = if shared.has(Fault::Liberal) { " octets" } else { "" };
        format!("{}{more}", self.size(place, shared))
    }

    pub fn unique_id(&self, place: usize, shared: &Shared) -> String {
        let message = &self.messages[place];
        match shared.fault {
            Some(Fault::UniqueIdIsNumber) => (place + 1).to_string(),
            Some(Fault::UniqueIdOfSession) => format!("{}.{}", self.number, message.id),
            Some(Fault::UniqueIdAlike) => "same".to_owned(),
            Some(Fault::UniqueIdWithSpace) => format!("{} x", message.id),
            _ => message.id.to_string(),
        }
    }

    pub fn stat(&self, shared: &Shared) -> Answer {
        let counted = |place: &usize| !self.deleted[*place] || shared.has(Fault::DeletedCounted);
        let places: Vec<usize> = (0..self.messages.len()).filter(counted).collect();
        let places_sized: Vec<usize> = match shared.has(Fault::DeletedOctetsCounted) {
            true => (0..self.messages.len()).collect(),
            false => places.clone(),
        };
        let size: usize = places_sized.iter().map(|&place| self.size(place, shared)).sum();
        let more = if shared.has(Fault::StatSaysMore) || shared.has(Fault::Liberal) { " octets" } else { "" };
        let space = if shared.has(Fault::TwoSpaces) { "  " } else { " " };
        ok(&format!("{}{space}{size}{more}", places.len()))
    }

    pub fn listing(&self, shared: &Shared, tell: impl Fn(&Open, usize) -> String) -> Answer {
        let mut answer = b"+OK\r\n".to_vec();
        let listed = |place: &usize| !self.deleted[*place] || shared.has(Fault::DeletedListed);
        for (at, place) in (0..self.messages.len()).filter(listed).enumerate() {
            let number = if shared.has(Fault::NumbersShift) { at } else { place };
            let number = if shared.has(Fault::ListFromZero) { number } else { number + 1 };
            answer.extend(format!("{number} {}\r\n", tell(self, place)).bytes());
        }
        answer.extend(b".\r\n");
        answer
    }

    pub fn retr(&mut self, place: usize, shared: &Shared) -> Answer {
        let lowers = shared.has(Fault::LastLowers);
        self.highest = if lowers { place + 1 } else { self.highest.max(place + 1) };
        self.accessed[place] = true;
        let mut answer = b"+OK\r\n".to_vec();
        lines(&mut answer, &self.messages[place].lines, shared);
        if shared.has(Fault::ExtraBlankLine) {
            answer.extend(b"\r\n");
        }
        let unended = shared.has(Fault::UnendedLastLine) && place + 1 == UNENDED;
        if unended {
            answer.truncate(answer.len() - 2);
        }
        answer.extend(if shared.has(Fault::NoEnd) { &b""[..] } else { b".\r\n" });
        answer
    }

    pub fn top(&mut self, place: usize, text: &str, shared: &Shared) -> Answer {
        let count = match text.split(' ').nth(1).map(str::parse::<usize>) {
            Some(Ok(count)) => count,
            None if shared.has(Fault::Liberal) => place + 1,
            _ => return err("how many lines?"),
        };
        if shared.has(Fault::TopAccesses) {
            self.highest = self.highest.max(place + 1);
        }
        self.accessed[place] |= shared.has(Fault::TopMarks);
        let all = &self.messages[place].lines;
        let header = all.iter().position(Vec::is_empty).map_or(all.len(), |blank| blank + 1);
        let header = if shared.has(Fault::TopCountsHeaders) { 0 } else { header };
        let mut answer = b"+OK\r\n".to_vec();
        lines(&mut answer, &all[..all.len().min(header + count)], shared);
        answer.extend(b".\r\n");
        answer
    }

    pub fn dele(&mut self, place: usize, shared: &Shared) -> Answer {
        self.deleted[place] = true;
        if !shared.has(Fault::DeleNotAccessed) {
            self.highest = self.highest.max(place + 1);
        }
        if shared.has(Fault::DeleAtOnce) {
            let id = self.messages[place].id;
            shared.with(|state| state.maildrop.retain(|stored| stored.id != id));
        }
        ok("message deleted")
    }

    pub fn rset(&mut self, shared: &Shared) -> Answer {
        if !shared.has(Fault::RsetDoesNothing) {
            let present = shared.with(|state| state.maildrop.clone());
            let kept = |message: &Stored| present.iter().any(|stored| stored.id == message.id);
            self.deleted = self.messages.iter().map(|message| !kept(message)).collect();
        }
        self.accessed.fill(false);
        self.highest = match shared.fault {
            Some(Fault::RsetZeroesLast) => 0,
            Some(Fault::RsetKeepsLast) => self.highest,
            _ => self.at_start,
        };
        ok("")
    }
}

fn lines(answer: &mut Answer, lines: &[Vec<u8>], shared: &Shared) {
    for line in lines {
        if line.starts_with(b".") && !shared.has(Fault::Unstuffed) {
            answer.push(b'.');
        }
        let line = if shared.has(Fault::TrailingBlanks) { line.trim_ascii_end() } else { line };
        for piece in pieces(line, shared) {
            let seven = |octet: &u8| if shared.has(Fault::SevenBits) { octet & 0x7f } else { *octet };
            answer.extend(piece.iter().map(seven));
            answer.extend(b"\r\n");
        }
    }
}

/// A line, in one piece unless it is longer than a careless buffer.
fn pieces<'a>(line: &'a [u8], shared: &Shared) -> Vec<&'a [u8]> {
    match shared.has(Fault::LongLinesCut) {
        true if !line.is_empty() => line.chunks(1023).collect(),
        _ => vec![line],
    }
}
