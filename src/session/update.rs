//! The UPDATE state (RFC 1081, p. 10): what the client has done becomes
//! permanent, and the server says goodbye.
//!
//! How mail is removed without losing any is in `maildrop`.

use super::common::ServerContext;
use crate::maildrop::{Ending, Left, UpdateError};
use crate::protocol::message::{Messages, Totals};
use crate::protocol::reply::{self, Reply};
use crate::wire::Wire;

/// A client that has said QUIT.
pub struct Update<'s> {
    context: &'s ServerContext,
    /// Before the wire, as in [`super::Transaction`].
    ending: Ending,
    wire: Box<Wire>,
    who: String,
    retrieved: Totals,
}

impl<'s> Update<'s> {
    pub(super) fn new(
        context: &'s ServerContext,
        wire: Box<Wire>,
        ending: Ending,
        who: String,
        retrieved: Totals,
    ) -> Self {
        Update { context, wire, ending, who, retrieved }
    }

    /// Removes the messages marked as deleted, releases the lock, and only then
    /// replies as to the success.
    pub fn run(mut self) {
        let ended = self.ending.carry_out();
        let practice = self.context.users.are_for_practice();
        self.wire.transcript.note(format_args!("UPDATE: {}", outcome(&ended, practice)));
        let goodbye = match &ended {
            Ok(left) => {
                let Left { deleted, messages, .. } = left;
                log::info!(
                    "{}: quit, retrieved {}, deleted {deleted}, left {messages}",
                    self.who,
                    self.retrieved
                );
                success(&self.context.host, left)
            }
            Err(e) => {
                log::error!("{}: quit, but UPDATE failed: {e:?}", self.who);
                failure(e)
            }
        };
        if let Err(e) = self.wire.reply(&goodbye).and_then(|()| self.wire.flush()) {
            log::info!("{}: gone before the goodbye: {e}", self.who);
            self.wire.transcript.note(format_args!("end: gone before the goodbye: {e}"));
        } else {
            self.wire.transcript.note(format_args!("end: QUIT"));
        }
        // The client need not wait until what is left of the session is thrown away.
        drop(self.wire);
        drop(ended);
    }
}

/// What the transcript says of it.
fn outcome(ended: &Result<Left, UpdateError>, practice: bool) -> String {
    match ended {
        _ if practice => "for practice, so nothing is changed".to_owned(),
        Ok(Left { deleted, messages, .. }) => {
            format!("{} removed, {} left, lock released", Messages(*deleted), Messages(*messages))
        }
        Err(_) => "not carried out as it should be, lock released".to_owned(),
    }
}

fn success(host: &str, left: &Left) -> Reply {
    if left.last_kept {
        Reply::err("some deleted messages not removed: the last one is still being written")
    } else {
        reply::signing_off_with(host, left.messages)
    }
}

fn failure(error: &UpdateError) -> Reply {
    match error {
        UpdateError::Untouched(e) => {
            Reply::err(format_args!("deleted messages not removed, the maildrop is as it was: {e}"))
        }
        UpdateError::Foreign => {
            Reply::err("deleted messages not removed: another program has changed the maildrop")
        }
        UpdateError::Unfinished(e) => Reply::err(format_args!(
            "removing deleted messages is not finished and will be at the next login: {e}"
        )),
        UpdateError::NotNoted(e) => Reply::err(format_args!(
            "messages marked as deleted are removed, but what was retrieved could not be written down: {e}"
        )),
    }
}
