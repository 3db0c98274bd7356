//! How clients come onto the stage and leave it: greeted, logged in, closing,
//! aborted, or found alone by a server that has closed.

use super::{Actor, Played, Stage, speaker};
use crate::grade::client::{Client, Stop, Trouble, explain, wrong};
use crate::grade::compare::{Pattern, Strictness};
use crate::grade::dialogue::Who;
use crate::grade::escape::brief;
use crate::grade::placeholders::timestamp;

use std::io::{self, ErrorKind};
use std::thread;
use std::time::{Duration, Instant};

/// Between two attempts at a lock that somebody else is about to let go.
const BEFORE_ANOTHER_TRY: Duration = Duration::from_millis(5);

impl Stage<'_> {
    /// Everybody who is still there closes, and nothing more may come.
    ///
    /// # Errors
    /// What came.
    pub fn close_all(&mut self) -> Played<()> {
        while let Some(&who) = self.clients.keys().next() {
            self.close(who)?;
        }
        Ok(())
    }

    /// Everybody who is still there leaves, whatever the server says to it, with
    /// QUIT if that can do no harm. False if the server lets one of them wait.
    pub fn leave_all(&mut self, quit: bool, time: Duration) -> bool {
        let mut quick = true;
        while let Some((_, mut actor)) = self.clients.pop_first() {
            let quits = quit && actor.client.send(b"QUIT\r\n").is_ok();
            if quits {
                let _ = actor.client.line(Instant::now() + time);
            }
            quick &= actor.client.leave(Instant::now() + time);
        }
        quick
    }

    pub(super) fn open(&mut self, who: Who, reserved: bool) -> Played<()> {
        let opened = match reserved {
            false => Client::open(self.address, self.deadline),
            true => Client::open_from_reserved_port(self.address, self.deadline),
        };
        let client = opened.map_err(|error| not_opened(&error, reserved))?;
        self.note(&format!("{}: <open connection>", speaker('C', who)));
        let sent = "nothing yet".to_owned();
        let actor = Actor { client, greeting: None, name: String::new(), sent, ahead: None };
        self.clients.insert(who, actor);
        Ok(())
    }

    /// A greeting as APOP needs it, unlike any before in this dialogue.
    pub(super) fn timestamp(&mut self, who: Who) -> Played<()> {
        let greeting = self.reply(who, &Pattern(vec![b"+OK ".to_vec(), Vec::new()]))?;
        let wanted = "a timestamp in the greeting: <octets@octets>, another one each time";
        match timestamp(&greeting) {
            Some(stamp) if !self.timestamps.iter().any(|earlier| earlier == stamp) => {
                self.timestamps.push(stamp.to_vec());
                Ok(())
            }
            _ => Err(wrong("nothing yet", wanted, &brief(&greeting))),
        }
    }

    pub(super) fn log_in(&mut self, who: Who, pair: Option<&(String, String)>, patient: bool) -> Played<()> {
        let give_up = self.give_up();
        let pair = match pair {
            Some((name, password)) => (name.clone(), password.clone()),
            None => (self.facts.name.clone(), self.facts.password.clone()),
        };
        loop {
            let outcome = self.try_to_log_in(who, &pair);
            match outcome {
                Err(Stop::Wrong(refused))
                    if (patient || self.patient) && !refused.hang && Instant::now() < give_up =>
                {
                    if let Some(actor) = self.clients.remove(&who) {
                        actor.client.leave(give_up);
                    }
                    thread::sleep(BEFORE_ANOTHER_TRY);
                }
                outcome => return outcome,
            }
        }
    }

    fn try_to_log_in(&mut self, who: Who, (name, password): &(String, String)) -> Played<()> {
        let welcome = Pattern(vec![b"+OK ".to_vec(), Vec::new()]);
        self.open(who, false)?;
        match self.strictness {
            Strictness::Exact => self.reply(who, &welcome)?,
            Strictness::Memo => self.reply(who, &Pattern(vec![Vec::new(), Vec::new()]))?,
        };
        self.send(who, format!("USER {name}\r\n").as_bytes())?;
        self.reply(who, &welcome)?;
        self.send(who, format!("PASS {password}\r\n").as_bytes())?;
        self.reply(who, &welcome).map(drop)
    }

    pub(super) fn closed(&mut self, who: Who) -> Played<()> {
        let give_up = self.give_up();
        let actor = self.actor(who)?;
        let end = actor.client.expect_end(give_up);
        end.map_err(|trouble| actor.trouble(&trouble, "the connection closed"))?;
        self.note(&format!("{}: <close connection>", speaker('S', who)));
        Ok(())
    }

    pub(super) fn close(&mut self, who: Who) -> Played<()> {
        self.note(&format!("{}: <close connection>", speaker('C', who)));
        let give_up = self.give_up();
        let Actor { client, sent, .. } = self.leave(who)?;
        client.close(give_up).map_err(|trouble| explain(&trouble, &sent, "nothing more, and the end"))
    }

    pub(super) fn abort(&mut self, who: Who) -> Played<()> {
        self.note(&format!("{}: <abort connection>", speaker('C', who)));
        let aborted = self.leave(who)?.client.abort();
        aborted.map_err(|error| wrong("", "to reset the connection", &error.to_string()))
    }

    /// The server greets whoever comes now.
    pub(super) fn listening(&mut self, said: &str) -> Played<()> {
        self.note(&format!("S: {said}"));
        let (give_up, lenient) = (self.give_up(), !self.strict.line_ends);
        let greeted =
            Client::open(self.address, self.deadline).map_err(Trouble::Broken).and_then(|mut probe| {
                probe.lenient = lenient;
                let greeting = probe.line(give_up)?;
                probe.close(give_up).map(|()| greeting)
            });
        match greeted {
            Ok(_) if self.strictness == Strictness::Memo => Ok(()),
            Ok(greeting) if greeting.starts_with(b"+OK") => Ok(()),
            Ok(greeting) => Err(wrong("", "a greeting", &brief(&greeting))),
            Err(trouble) => Err(explain(&trouble, "", "a greeting")),
        }
    }

    fn leave(&mut self, who: Who) -> Played<Actor> {
        self.actor(who)?;
        self.clients.remove(&who).ok_or_else(|| wrong("", "a client", "none"))
    }
}

fn not_opened(error: &io::Error, reserved: bool) -> Stop {
    match error.kind() {
        ErrorKind::PermissionDenied if reserved => Stop::Skip("may not bind a reserved port".to_string()),
        ErrorKind::ConnectionRefused => {
            wrong("a request to connect", "a connection", "a refusal: nobody listens there (any more)")
        }
        _ => wrong("a request to connect", "a connection", &error.to_string()),
    }
}
