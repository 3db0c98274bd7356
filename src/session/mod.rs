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
//! A transition that is not in the memo does not compile. AUTHORIZATION leads to
//! TRANSACTION:
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
//! TRANSACTION leads to UPDATE, once:
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
//! # use pop1081::{maildrop::Maildrop, protocol::credentials::UserName};
//! fn open(name: UserName) { let _ = Maildrop::open(name); }
//! ```
//!
//! A maildrop has no method that removes mail; what UPDATE holds has:
//!
//! ```
//! # use pop1081::maildrop::PendingUpdate;
//! fn remove(pending: PendingUpdate) { let _ = pending.commit(); }
//! ```
//!
//! ```compile_fail,E0599
//! # use pop1081::maildrop::Maildrop;
//! fn remove(maildrop: Maildrop) { let _ = maildrop.commit(); }
//! ```

mod authorization;
mod common;
mod transaction;
mod update;

pub use authorization::Authorization;
pub use common::ServerContext;
pub use transaction::Transaction;
pub use update::Update;

use crate::wire::Wire;

/// Serves a client from the greeting to the end of the connection.
///
/// The states are moved, and a move may leave a copy on the stack: what is large
/// in them is boxed, so that an idle session touches three pages of its stack.
pub fn run(context: &ServerContext, mut wire: Wire) {
    if let Some(transcripts) = &context.transcripts {
        wire.transcript = transcripts.begin(&wire.peer);
    }
    let Some(transaction) = Authorization::new(context, wire).run() else { return };
    if let Some(update) = transaction.run() {
        update.run();
    }
}
