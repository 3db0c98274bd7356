//! What a session of the server that is examined does with messages, right or, with a fault
//! switched on, wrong in one thing.

use super::faults::Fault;
use super::server::{House, Stored};
use super::session::{Answer, err, ok};

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
    pub fn place(&self, number: &str, keyword: &str, house: &House) -> Result<usize, &'static str> {
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

    pub fn size(&self, place: usize, house: &House) -> usize {
        let end = if house.has(Fault::LineFeedCounted) { 1 } else { 2 };
        let dots = house.has(Fault::StuffingCounted);
        let stuffing = |line: &[u8]| usize::from(dots && line.starts_with(b"."));
        self.messages[place].lines.iter().map(|line| line.len() + end + stuffing(line)).sum()
    }

    pub fn unique_id(&self, place: usize, house: &House) -> String {
        let message = &self.messages[place];
        match house.fault {
            Some(Fault::UniqueIdIsNumber) => (place + 1).to_string(),
            Some(Fault::UniqueIdOfSession) => format!("{}.{}", self.number, message.id),
            Some(Fault::UniqueIdAlike) => "same".to_owned(),
            Some(Fault::UniqueIdWithSpace) => format!("{} x", message.id),
            _ => message.id.to_string(),
        }
    }

    pub fn stat(&self, house: &House) -> Answer {
        let counted = |place: &usize| !self.deleted[*place] || house.has(Fault::DeletedCounted);
        let places: Vec<usize> = (0..self.messages.len()).filter(counted).collect();
        let size: usize = places.iter().map(|&place| self.size(place, house)).sum();
        let more = if house.has(Fault::StatSaysMore) { " octets" } else { "" };
        let space = if house.has(Fault::TwoSpaces) { "  " } else { " " };
        ok(&format!("{}{space}{size}{more}", places.len()))
    }

    pub fn listing(&self, house: &House, tell: impl Fn(&Open, usize) -> String) -> Answer {
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

    pub fn retr(&mut self, place: usize, house: &House) -> Answer {
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

    pub fn top(&self, place: usize, text: &str, house: &House) -> Answer {
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

    pub fn dele(&mut self, place: usize, house: &House) -> Answer {
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

    pub fn rset(&mut self, house: &House) -> Answer {
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
