//! What other programs and people do to a maildrop and to the server's notes, during a session and
//! between two: nothing foreign is lost, QUIT says so where it could not do its work, nothing hangs.

mod common;
mod player;

#[path = "foreign/appended.rs"]
mod appended;
#[path = "foreign/edited.rs"]
mod edited;
#[path = "foreign/marks.rs"]
mod marks;
#[path = "foreign/ownership.rs"]
mod ownership;
#[path = "foreign/redo_file.rs"]
mod redo_file;
#[path = "foreign/replaced.rs"]
mod replaced;
#[path = "foreign/sidecar.rs"]
mod sidecar;
#[path = "foreign/visit.rs"]
mod visit;
