//! What other programs and people do to a maildrop and to the server's notes, during a session and
//! between two: nothing foreign is lost, QUIT says so where it could not do its work, nothing hangs.

mod appended;
mod edited;
mod marks;
mod ownership;
mod redo_file;
mod renamed_over;
mod replaced;
mod sidecar;
mod visit;
