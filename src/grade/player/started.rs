//! What is done with a server that the examiner has started: many sessions, one
//! after the other, and a kill.

use super::{Played, Player};
use crate::grade::client::{Stop, failure};
use crate::grade::processes::Footprint;

use std::thread;
use std::time::{Duration, Instant};

/// Sessions that may make a server begin what it keeps: a log, a pool.
const FIRST: usize = 3;

/// Sessions that are counted, at most and, with a slow server, at least.
const MOST: usize = 20;
const FEWEST: usize = 5;
const LONG_ENOUGH: Duration = Duration::from_secs(2);

/// How long a server may take to let go of what a session had.
const LET_GO: Duration = Duration::from_secs(1);

/// Between two looks at what it holds.
const POLL: Duration = Duration::from_millis(10);

/// The client of those sessions, which no dialogue names.
const CLIENT: u8 = 9;

impl Player<'_> {
    pub(super) fn many_sessions(&mut self) -> Played<()> {
        for _ in 0..FIRST {
            self.short_session()?;
        }
        let before = self.environment.footprint();
        let (started, mut count) = (Instant::now(), 0);
        while count < MOST && (count < FEWEST || started.elapsed() < LONG_ENOUGH) {
            self.short_session()?;
            count += 1;
        }
        self.note(&format!("C: <have {} sessions>", FIRST + count));
        self.sessions = before.map(|before| (count, before));
        Ok(())
    }

    /// Logs in, fetches a message and leaves. That the server lets nobody in any more is a
    /// failure; that it does not answer RETR is shown by other dialogues.
    fn short_session(&mut self) -> Played<()> {
        self.session().map_err(|stop| match stop {
            Stop::Failed(failure) if !failure.bars_login() => Stop::Barred(failure),
            stop => stop,
        })
    }

    fn session(&mut self) -> Played<()> {
        let shown = self.transcript.len();
        self.log_in(CLIENT, None, true)?;
        self.send(CLIENT, b"RETR 1\r\n")?;
        self.line(CLIENT, self.until(), "+OK")?;
        self.rest(CLIENT)?;
        let until = self.until();
        self.line(CLIENT, until, ".")?;
        self.send(CLIENT, b"QUIT\r\n")?;
        self.line(CLIENT, until, "+OK")?;
        if let Some(connection) = self.clients.remove(&CLIENT) {
            connection.client.leave(until);
        }
        self.transcript.truncate(shown);
        Ok(())
    }

    pub(super) fn no_more(&mut self, processes: bool) -> Played<()> {
        let word = if processes { "processes" } else { "descriptors" };
        self.note(&format!("S: <hold no more {word} than before>"));
        let number = |held: Footprint| if processes { held.processes } else { held.descriptors };
        let Some((count, before)) = self.sessions else {
            return Err(Stop::Skip(format!("not known on this system: the {word} of a server")));
        };
        let until = Instant::now() + LET_GO;
        while let Some(now) = self.environment.footprint() {
            let more = number(now).saturating_sub(number(before));
            // A pool may have grown; what is lost in each session is lost in all.
            if more * 2 < count {
                break;
            } else if Instant::now() > until {
                let came = format!("{} {word}, {more} more", number(now));
                let wanted = format!("{} {word}, as before", number(before));
                return Err(failure(&format!("{count} sessions, each ended by QUIT"), &wanted, &came));
            }
            thread::sleep(POLL);
        }
        Ok(())
    }

    pub(super) fn killed(&mut self) -> Played<()> {
        self.note("S: <be killed and started anew>");
        let again = self.environment.kill_and_start(self.removes);
        self.clients.clear();
        let wanted = "the maildrop as the server left it";
        let examinee = again.map_err(|why| match self.setup {
            true => Stop::Skip(why),
            false => failure("a kill and a new start", wanted, &why),
        })?;
        (self.address, self.unused) = (examinee.address, examinee.unused.take());
        Ok(())
    }
}
