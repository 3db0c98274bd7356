//! A server that replays prepared octets: no disk, no checks, one thread per
//! connection. What it reaches is the limit that machine and client set.

use crate::Outcome;
use crate::index::{self, Expected};
use crate::mail::{self, Kind, Writer};
use memchr::memchr;
use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::mem;
use std::net::{TcpListener, TcpStream};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Serves on a loopback port that it says on standard output, until it is killed.
pub fn serve(seed: u64) -> Outcome<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let replies = Arc::new(Replies { writer: Writer::new(seed), prepared: Mutex::default() });
    println!("listening on {}", listener.local_addr()?);
    for stream in listener.incoming() {
        let (stream, replies) = (stream?, Arc::clone(&replies));
        thread::spawn(move || {
            // A client that goes away is the usual end.
            let _ = stream.set_nodelay(true);
            let _ = Session { stream, maildrop: None, out: Vec::new(), run: 0..0 }.converse(&replies);
        });
    }
    Ok(())
}

/// Replies that were prepared when a user first came.
struct Replies {
    writer: Writer,
    prepared: Mutex<Vec<(&'static str, Arc<Prepared>)>>,
}

impl Replies {
    fn prepared(&self, kind: &'static Kind) -> Arc<Prepared> {
        let mut replies = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, prepared)) = replies.iter().find(|(name, _)| *name == kind.name) {
            return Arc::clone(prepared);
        }
        let prepared = Arc::new(Prepared::of(&self.writer, kind));
        replies.push((kind.name, Arc::clone(&prepared)));
        prepared
    }
}

/// Every reply about a maildrop; those to RETR lie one behind the other.
struct Prepared {
    stat: String,
    list: String,
    uidl: String,
    retr: Vec<u8>,
    /// Where the reply to RETR of message n starts, and ends at n + 1.
    starts: Vec<usize>,
}

impl Prepared {
    fn of(writer: &Writer, kind: &Kind) -> Self {
        let (mut list, mut uidl) = ("+OK\r\n".to_owned(), "+OK\r\n".to_owned());
        let (mut retr, mut starts, mut all) = (Vec::new(), vec![0, 0], 0);
        for (number, (text, Expected { octets, digest, .. })) in (1..).zip(index::each(writer, kind)) {
            // Writing to memory does not fail.
            let _ = write!(list, "{number} {octets}\r\n");
            let _ = write!(uidl, "{number} {digest:08x}{number:024x}\r\n");
            let _ = write!(retr, "+OK {octets} octets\r\n");
            retr.extend_from_slice(&mail::on_the_wire(&text));
            starts.push(retr.len());
            all += octets;
        }
        list.push_str(".\r\n");
        uidl.push_str(".\r\n");
        Prepared { stat: format!("+OK {} {all}\r\n", kind.messages), list, uidl, retr, starts }
    }

    /// Where the reply to `RETR number` lies.
    fn retr(&self, argument: &[u8]) -> Option<Range<usize>> {
        let number = argument.iter().take_while(|octet| octet.is_ascii_digit());
        let number = number.fold(0_usize, |number, octet| number * 10 + usize::from(octet - b'0'));
        Some(*self.starts.get(number)?..*self.starts.get(number + 1)?)
    }
}

struct Session {
    stream: TcpStream,
    maildrop: Option<Arc<Prepared>>,
    /// Short replies that are still to be written, or
    out: Vec<u8>,
    /// a run of replies to RETR that are.
    run: Range<usize>,
}

impl Session {
    fn converse(&mut self, replies: &Replies) -> io::Result<()> {
        self.out.extend_from_slice(b"+OK canned\r\n");
        let mut input = vec![0; 16 * 1024];
        let mut filled = 0;
        loop {
            self.flush()?;
            let read = self.stream.read(&mut input[filled..])?;
            if read == 0 {
                return Ok(());
            }
            filled += read;
            let mut start = 0;
            while let Some(length) = memchr(b'\n', &input[start..filled]) {
                if !self.answer(replies, &input[start..start + length])? {
                    return self.flush();
                }
                start += length + 1;
            }
            input.copy_within(start..filled, 0);
            filled -= start;
        }
    }

    /// Answers a command; says whether another may follow.
    fn answer(&mut self, replies: &Replies, line: &[u8]) -> io::Result<bool> {
        let (keyword, argument) = line.split_at(line.len().min(5));
        if keyword == b"USER " {
            let user = String::from_utf8_lossy(argument);
            self.maildrop = mail::of_user(user.trim_end()).map(|kind| replies.prepared(kind));
        }
        let Some(maildrop) = self.maildrop.clone() else { return Ok(false) };
        match keyword {
            b"RETR " => match maildrop.retr(argument) {
                Some(reply) => self.retr(reply)?,
                None => self.say(b"-ERR\r\n")?,
            },
            b"STAT\r" => self.say(maildrop.stat.as_bytes())?,
            b"LIST\r" => self.say(maildrop.list.as_bytes())?,
            b"UIDL\r" => self.say(maildrop.uidl.as_bytes())?,
            _ => self.say(b"+OK\r\n")?,
        }
        Ok(keyword != b"QUIT\r")
    }

    fn say(&mut self, reply: &[u8]) -> io::Result<()> {
        if !self.run.is_empty() {
            self.flush()?;
        }
        self.out.extend_from_slice(reply);
        Ok(())
    }

    fn retr(&mut self, reply: Range<usize>) -> io::Result<()> {
        if self.out.is_empty() && self.run.end == reply.start {
            self.run.end = reply.end;
            return Ok(());
        }
        self.flush()?;
        self.run = reply;
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.out)?;
        self.out.clear();
        let run = mem::replace(&mut self.run, 0..0);
        match &self.maildrop {
            Some(maildrop) => self.stream.write_all(&maildrop.retr[run]),
            None => Ok(()),
        }
    }
}
