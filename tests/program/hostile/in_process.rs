//! Sessions in threads of this process: with times shorter than any option's, and on whatever
//! input and output a test makes up.

use crate::common::pop::Pop;
use crate::player::users::TestUsers;
use fs2::FileExt;
use pop1081::session::{self, ServerContext};
use pop1081::users::Users;
use pop1081::wire::{Input, Output, Peer, SocketReader, SocketWriter, Wire};
use std::fs::File;
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// No test that uses it waits for that long.
pub const LONG: Duration = Duration::from_secs(600);

pub fn users() -> TestUsers {
    TestUsers::copy_of_shipped().expect("a private Users directory")
}

/// A server without limits of time.
pub fn context(users: &TestUsers) -> ServerContext {
    ServerContext {
        users: Users::new(&users.directory()).expect("a Users directory"),
        host: "dewey".to_owned(),
        hide_users: false,
        login_time: None,
        crowded: Arc::default(),
        updates: Arc::default(),
        login_delay: Duration::ZERO,
        transcripts: None,
    }
}

/// A session whose client may be silent for so long.
pub fn start(
    context: &ServerContext,
    input: impl Input + 'static,
    output: impl Output + 'static,
    silence: Duration,
) -> JoinHandle<()> {
    let (context, wire) =
        (context.clone(), Wire::new(Peer::Local, Box::new(input), Box::new(output), silence));
    thread::spawn(move || session::run(&context, wire))
}

/// A session on a socket, and the client's end of it.
pub fn on_socket(context: &ServerContext, silence: Duration) -> (JoinHandle<()>, UnixStream) {
    let (client, server) = UnixStream::pair().expect("a pair");
    let server = Arc::new(TcpStream::from(OwnedFd::from(server)));
    (start(context, SocketReader::new(&server), SocketWriter::new(&server), silence), client)
}

/// A session whose client has heard the greeting.
pub fn greeted(context: &ServerContext, silence: Duration) -> (JoinHandle<()>, Pop) {
    let (session, client) = on_socket(context, silence);
    (session, Pop::greeted(client))
}

/// Whether no session has the maildrop; `false` if none ever had it.
pub fn is_free(users: &TestUsers, name: &str) -> bool {
    let path = users.directory().join(format!(".pop1081/{name}.lock"));
    // Closing alone may not unlock: a child process that is being started has a copy of it.
    File::open(path)
        .is_ok_and(|lock| FileExt::try_lock_exclusive(&lock).is_ok_and(|()| FileExt::unlock(&lock).is_ok()))
}
