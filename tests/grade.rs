//! The examiner examined: is its data sound, does this project's own server pass, is each classic
//! fault of a server found out by the statements that it breaks and by no others, and does the
//! examiner survive servers that are no servers?

#[path = "grade/data.rs"]
mod data;
#[path = "grade/faults.rs"]
mod faults;
#[path = "grade/matrix.rs"]
mod matrix;
#[path = "grade/messages.rs"]
mod messages;
#[path = "grade/no_server.rs"]
mod no_server;
#[path = "grade/own_server.rs"]
mod own_server;
#[path = "grade/pages.rs"]
mod pages;
mod player;
#[path = "grade/server.rs"]
mod server;
#[path = "grade/session.rs"]
mod session;
#[path = "grade/started.rs"]
mod started;
#[path = "grade/state.rs"]
mod state;
