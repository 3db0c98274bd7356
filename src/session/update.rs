//! The UPDATE state (RFC 1081, p. 10): what the client has done becomes
//! permanent, and the server says goodbye.
//!
//! How mail is removed without losing any stands at the head of `maildrop`.

use super::common::ServerContext;
use crate::maildrop::{PendingUpdate, UpdateError, UpdateSummary};
use crate::protocol::message::{Messages, Totals};
use crate::protocol::reply::{self, Reply};
use crate::wire::Wire;

/// A client that has said QUIT.
pub struct Update<'s> {
    pub(super) context: &'s ServerContext,
    /// Before the wire, as in [`super::Transaction`].
    pub(super) pending: PendingUpdate,
    pub(super) wire: Box<Wire>,
    pub(super) who: String,
    pub(super) retrieved: Totals,
}

impl Update<'_> {
    /// Removes the messages marked as deleted, releases the lock, and only then
    /// replies as to the success. If the server ends, it is as if QUIT had never come.
    pub fn run(mut self) {
        let Some(_updating) = self.context.updates.begin() else {
            return self.wire.transcript.note(format_args!("end, and no UPDATE: the server ends"));
        };
        log::debug!("{}: QUIT, UPDATE begins", self.who);
        let ended = self.pending.commit();
        self.wire.transcript.note(format_args!("UPDATE: {}", outcome(&ended)));
        let goodbye = match &ended {
            Ok(left) => {
                let UpdateSummary { deleted, messages, .. } = left;
                log::info!(
                    "{}: quit, retrieved {}, deleted {deleted}, left {messages}",
                    self.who,
                    self.retrieved
                );
                success(&self.context.host, left)
            }
            Err(e) => {
                log::error!("{}: quit, but UPDATE failed: {e}", self.who);
                Reply::err(e)
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
fn outcome(ended: &Result<UpdateSummary, UpdateError>) -> String {
    match ended {
        Ok(UpdateSummary { practice: true, .. }) => "for practice, so nothing is changed".to_owned(),
        Ok(UpdateSummary { deleted, messages, .. }) => {
            format!("{} removed, {} left, lock released", Messages(*deleted), Messages(*messages))
        }
        Err(_) => "failed, lock released".to_owned(),
    }
}

fn success(host: &str, left: &UpdateSummary) -> Reply {
    if left.last_kept {
        Reply::err("some deleted messages not removed: the last one is still being written")
    } else {
        reply::signing_off_with(host, left.messages)
    }
}
