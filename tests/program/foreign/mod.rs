//! What other programs and people do to a maildrop and to the server's control files, during a
//! session and between sessions: no mail of theirs is lost, QUIT reports what it could not remove,
//! nothing hangs.

mod appended;
mod edited;
mod marks;
mod ownership;
mod renamed_over;
mod replaced;
mod sidecar;
mod visit;
