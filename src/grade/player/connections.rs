//! The connections of a dialogue: opened, greeted, logged in, closed by either
//! side or aborted.

use super::{Connection, Played, Player, speaker};
use crate::grade::client::{Client, NO_CONNECTION, NOTHING_SENT, ReadError, Stop, failure, read_failure};
use crate::grade::compare::{Pattern, Strictness};
use crate::grade::dialogue::ClientId;
use crate::grade::escape::brief;
use crate::grade::placeholders::timestamp;

use std::io::{self, ErrorKind};
use std::thread;
use std::time::{Duration, Instant};

/// Between two attempts to log in while another session may hold the lock.
const BEFORE_ANOTHER_TRY: Duration = Duration::from_millis(5);

/// A client that no dialogue has.
const PROBE: ClientId = 0;

/// How long a server that serves one client after the other may take to close.
const AFTER_QUIT: Duration = Duration::from_millis(100);

impl Player<'_> {
    /// Closes all connections; nothing more may come.
    ///
    /// # Errors
    /// What came.
    pub fn close_all(&mut self) -> Played<()> {
        while let Some(&id) = self.clients.keys().next() {
            self.close(id)?;
        }
        Ok(())
    }

    /// Closes all connections after these commands, whatever the server sends. False
    /// if the server does not close one of them in time.
    pub fn leave_all(&mut self, commands: &[&str], time: Duration) -> bool {
        let mut quick = true;
        while let Some((_, mut connection)) = self.clients.pop_first() {
            let _ = commands.iter().try_for_each(|command| {
                connection.client.send(format!("{command}\r\n").as_bytes())?;
                connection.client.line(Instant::now() + time).map(drop)
            });
            quick &= connection.client.leave(Instant::now() + time);
        }
        quick
    }

    pub(super) fn open(&mut self, id: ClientId, reserved: bool) -> Played<()> {
        if self.one_at_a_time && self.has_others(id) {
            return Err(one_at_a_time());
        }
        let unused = self.unused.take().filter(|_| !reserved);
        let opened = match reserved {
            false => Client::open(unused, self.address, self.deadline),
            true => Client::open_from_reserved_port(self.address, self.deadline),
        };
        let client = opened.map_err(|error| not_opened(&error, reserved))?;
        self.note(&format!("{}: <open connection>", speaker('C', id)));
        let sent = NOTHING_SENT.to_owned();
        let connection = Connection { client, greeting: None, name: String::new(), sent, ahead: None };
        self.clients.insert(id, connection);
        Ok(())
    }

    /// No greeting came to this client. A server that serves one client after the
    /// other is not wrong, but some statements cannot be shown with it.
    pub(super) fn not_greeted(&mut self, id: ClientId, error: &ReadError) -> Option<Stop> {
        let waits = matches!(error, ReadError::Hang { unread } if unread.is_empty());
        if self.strictness == Strictness::Exact || !waits || !self.has_others(id) {
            return None;
        }
        self.one_at_a_time = true;
        Some(one_at_a_time())
    }

    /// Whether another client is in the middle of a session, or the server has not
    /// closed its connection after QUIT.
    fn has_others(&mut self, id: ClientId) -> bool {
        let mut others = self.clients.iter_mut().filter(|(other, _)| **other != id);
        others.any(|(_, other)| {
            !other.sent.starts_with("QUIT") || other.client.expect_end(Instant::now() + AFTER_QUIT).is_err()
        })
    }

    /// A greeting as APOP needs it, unlike any before in this dialogue.
    pub(super) fn timestamp(&mut self, id: ClientId) -> Played<()> {
        let greeting = self.reply(id, &Pattern(vec![b"+OK ".to_vec(), Vec::new()]))?;
        let wanted = "a timestamp in the greeting: <octets@octets>, another one each time";
        match timestamp(&greeting) {
            Some(stamp) if !self.timestamps.iter().any(|earlier| earlier == stamp) => {
                self.timestamps.push(stamp.to_vec());
                Ok(())
            }
            _ => Err(failure(NOTHING_SENT, wanted, &brief(&greeting))),
        }
    }

    pub(super) fn log_in(
        &mut self,
        id: ClientId,
        pair: Option<&(String, String)>,
        patient: bool,
    ) -> Played<()> {
        let until = Instant::now() + self.lock_patience;
        let pair = match pair {
            Some((name, password)) => (name.clone(), password.clone()),
            None => ("{name}".to_owned(), "{password}".to_owned()),
        };
        loop {
            let outcome = self.try_to_log_in(id, &pair);
            match outcome {
                Err(Stop::Failed(refused))
                    if (patient || self.patient)
                        && !(refused.hang || refused.not_connected())
                        && Instant::now() < until =>
                {
                    if let Some(connection) = self.clients.remove(&id) {
                        connection.client.leave(self.until());
                    }
                    thread::sleep(BEFORE_ANOTHER_TRY);
                }
                outcome => {
                    self.locked_out |= outcome.is_err() && Instant::now() >= until;
                    return outcome;
                }
            }
        }
    }

    fn try_to_log_in(&mut self, id: ClientId, (name, password): &(String, String)) -> Played<()> {
        let welcome = Pattern(vec![b"+OK ".to_vec(), Vec::new()]);
        self.open(id, false)?;
        match self.strictness {
            Strictness::Exact => self.reply(id, &welcome)?,
            Strictness::Memo => self.reply(id, &Pattern(vec![Vec::new(), Vec::new()]))?,
        };
        self.send(id, format!("USER {name}\r\n").as_bytes())?;
        self.reply(id, &welcome)?;
        self.send(id, format!("PASS {password}\r\n").as_bytes())?;
        self.reply(id, &welcome).map(drop)
    }

    pub(super) fn closed(&mut self, id: ClientId) -> Played<()> {
        let until = self.until();
        let connection = self.connection(id)?;
        let end = connection.client.expect_end(until);
        end.map_err(|trouble| connection.trouble(&trouble, "the connection closed"))?;
        self.note(&format!("{}: <close connection>", speaker('S', id)));
        Ok(())
    }

    /// -ERR, or the end of the connection, which a later memo allows.
    pub(super) fn refused(&mut self, id: ClientId) -> Played<()> {
        match self.reply(id, &Pattern(vec![b"-ERR ".to_vec(), Vec::new()])) {
            Err(Stop::Failed(failure)) if failure.closed() && self.strictness == Strictness::Memo => Ok(()),
            outcome => outcome.map(drop),
        }
    }

    pub(super) fn close(&mut self, id: ClientId) -> Played<()> {
        self.note(&format!("{}: <close connection>", speaker('C', id)));
        let until = self.until();
        let Connection { client, sent, .. } = self.leave(id)?;
        let closed = client.close(until);
        closed.map_err(|error| Stop::Failed(read_failure(&error, &sent, "nothing more, and the end")))
    }

    pub(super) fn abort(&mut self, id: ClientId) -> Played<()> {
        self.note(&format!("{}: <abort connection>", speaker('C', id)));
        let aborted = self.leave(id)?.client.abort();
        aborted.map_err(|error| failure("", "to reset the connection", &error.to_string()))
    }

    /// The server greets a further client.
    pub(super) fn listening(&mut self, said: &str) -> Played<()> {
        self.note(&format!("S: {said}"));
        let (until, lenient) = (self.until(), !self.strict.line_ends);
        let unused = self.unused.take();
        let greeted = Client::open(unused, self.address, self.deadline).map_err(ReadError::Broken).and_then(
            |mut probe| {
                probe.lenient = lenient;
                let greeting = probe.line(until)?;
                probe.close(until).map(|()| greeting)
            },
        );
        match greeted {
            Ok(_) if self.strictness == Strictness::Memo => Ok(()),
            Ok(greeting) if greeting.starts_with(b"+OK") => Ok(()),
            Ok(greeting) => Err(failure("", "a greeting", &brief(&greeting))),
            Err(error) => Err(self
                .not_greeted(PROBE, &error)
                .unwrap_or_else(|| Stop::Failed(read_failure(&error, NOTHING_SENT, "a greeting")))),
        }
    }

    fn leave(&mut self, id: ClientId) -> Played<Connection> {
        self.connection(id)?;
        self.clients.remove(&id).ok_or_else(|| failure("", "a client", "none"))
    }
}

fn one_at_a_time() -> Stop {
    let reason = "the second connection got no greeting; does your server serve one client at a time?";
    Stop::Skip(reason.to_owned())
}

fn not_opened(error: &io::Error, reserved: bool) -> Stop {
    match error.kind() {
        ErrorKind::PermissionDenied if reserved => Stop::Skip("may not bind a reserved port".to_string()),
        ErrorKind::ConnectionRefused => {
            failure(NO_CONNECTION, "a connection", "a refusal: nothing listens there")
        }
        _ => failure(NO_CONNECTION, "a connection", &error.to_string()),
    }
}
