//! A session: the three states of the memo, which hand over to each other.
//!
//! The state is where the program is: [`Authorization`] ends in a
//! [`Transaction`] or in nothing, a `Transaction` in an [`Update`] or in
//! nothing. A state owns what it has earned; dropping it releases the lock and
//! changes nothing (RFC 1081, p. 3).
//!
//! ```text
//!                USER and PASS, RPOP or APOP              QUIT
//!   AUTHORIZATION ------------------> TRANSACTION ------------------> UPDATE
//!        |                                 |                            |
//!        | QUIT, silence, end of           | silence, end of            | goodbye
//!        v connection                      v connection                 v
//!       end                          end, nothing changed              end
//! ```
//!
//! A transition that the memo does not know does not compile. From
//! AUTHORIZATION one comes to TRANSACTION by running it:
//!
//! ```
//! # use pop1081::session::{Authorization, Transaction};
//! fn next<'a>(state: Authorization<'a>) -> Option<Transaction<'a>> { state.run() }
//! ```
//!
//! and never to UPDATE:
//!
//! ```compile_fail,E0308
//! # use pop1081::session::{Authorization, Update};
//! fn next<'a>(state: Authorization<'a>) -> Option<Update<'a>> { state.run() }
//! ```
//!
//! From TRANSACTION one comes to UPDATE, once:
//!
//! ```
//! # use pop1081::session::{Transaction, Update};
//! fn next<'a>(state: Transaction<'a>) -> Option<Update<'a>> { state.run() }
//! ```
//!
//! ```compile_fail,E0382
//! # use pop1081::session::{Transaction, Update};
//! fn twice<'a>(state: Transaction<'a>) -> Option<Update<'a>> { state.run(); state.run() }
//! ```
//!
//! A maildrop is opened with a proof of identity, not with a name:
//!
//! ```
//! # use pop1081::{maildrop::Maildrop, users::Identified};
//! fn open(proof: Identified) { let _ = Maildrop::open(proof); }
//! ```
//!
//! ```compile_fail,E0308
//! # use pop1081::{credentials::UserName, maildrop::Maildrop};
//! fn open(name: UserName) { let _ = Maildrop::open(name); }
//! ```
//!
//! and whoever has it can't remove mail from it; what UPDATE holds can:
//!
//! ```
//! # use pop1081::maildrop::Ending;
//! fn remove(ending: Ending) { let _ = ending.carry_out(); }
//! ```
//!
//! ```compile_fail,E0599
//! # use pop1081::maildrop::Maildrop;
//! fn remove(maildrop: Maildrop) { let _ = maildrop.carry_out(); }
//! ```

mod authorization;
mod transaction;
mod update;

pub use authorization::Authorization;
pub use transaction::Transaction;
pub use update::Update;

use crate::command::{Command, Mistake};
use crate::limits;
use crate::reply::Reply;
use crate::users::Users;
use crate::wire::{Line, Wire};
use std::io;

/// What all sessions of a server have in common.
#[derive(Clone, Debug)]
pub struct Site {
    pub users: Users,
    /// The host's name in greeting and goodbye.
    pub host: String,
    /// USER does not tell whether there is such a user.
    pub hide_users: bool,
}

/// Serves a client from the greeting to the end of the connection.
pub fn run(site: &Site, wire: Wire) {
    let transaction = Authorization::new(site, wire).run();
    let update = transaction.and_then(Transaction::run);
    if let Some(update) = update {
        update.run();
    }
}

/// Waits for the next command and answers lines that are none; `None` at the
/// end of the connection.
fn next_command(wire: &mut Wire) -> io::Result<Option<Command>> {
    loop {
        let mistake = match wire.read_line()? {
            None => return Ok(None),
            Some(Line::TooLong) => {
                Reply::err(format_args!("a command line has at most {} octets", limits::COMMAND_LINE))
            }
            Some(Line::Whole(line)) => match Command::parse(line) {
                Ok(command) => return Ok(Some(command)),
                Err(Mistake(sentence)) => Reply::err(sentence),
            },
        };
        wire.reply(&mistake)?;
    }
}

/// Says why a connection has ended that no QUIT has ended.
fn log_end(who: &dyn std::fmt::Display, end: io::Result<()>) {
    use io::ErrorKind::{TimedOut, WouldBlock};
    match end {
        Ok(()) => log::info!("{who}: closed the connection without QUIT"),
        Err(e) if matches!(e.kind(), TimedOut | WouldBlock) => log::info!("{who}: silent for too long"),
        Err(e) => log::info!("{who}: the connection broke: {e}"),
    }
}

/// CAPA (RFC 2449, p. 3), the same in both states.
fn capabilities(wire: &mut Wire) -> io::Result<()> {
    wire.reply(&Reply::ok("what this server can do"))?;
    for capability in ["TOP", "USER", "UIDL", "PIPELINING", "RESP-CODES", "EXPIRE NEVER"] {
        wire.line(capability.as_bytes())?;
    }
    wire.line(concat!("IMPLEMENTATION pop1081-", env!("CARGO_PKG_VERSION")).as_bytes())?;
    wire.end_of_response()
}
