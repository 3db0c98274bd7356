//! A server with a Users directory of its own, which holds the shipped users and whatever a test
//! writes there. Both are gone when it is dropped.

use super::pop::Pop;
use super::wait_for;
use crate::player::server::{NoServer, Server};
use crate::player::users::{TestUsers, write_in_place};
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

pub struct TestServer {
    pub users: TestUsers,
    server: Server,
}

impl TestServer {
    pub fn new() -> TestServer {
        TestServer::with(&[])
    }

    /// With these options besides the usual ones.
    pub fn with(options: &[&str]) -> TestServer {
        let users = TestUsers::copy_of_shipped().expect("a private Users directory");
        let options: Vec<String> = options.iter().map(ToString::to_string).collect();
        match Server::start(&users, &options) {
            Ok(server) => TestServer { users, server },
            Err(NoServer::AddressRefused(why) | NoServer::Failed(why)) => panic!("no server: {why}"),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// A client that has heard the greeting.
    pub fn open(&self) -> Pop {
        Pop::greeted(TcpStream::connect(self.address()).expect("a connection"))
    }

    /// A client that has logged in at the first attempt.
    #[track_caller]
    pub fn log_in(&self, name: &str, password: &str) -> Pop {
        let mut pop = self.open();
        let reply = pop.log_in(name, password);
        assert!(reply.starts_with("+OK"), "{name}: {reply}");
        pop
    }

    /// A client that has logged in as soon as the maildrop was unlocked.
    #[track_caller]
    pub fn log_in_when_free(&self, name: &str, password: &str) -> Pop {
        let mut pop = self.open();
        wait_for("the maildrop to be free", || {
            let reply = pop.log_in(name, password);
            assert!(reply.starts_with("+OK") || reply.contains("[IN-USE]"), "{reply}");
            reply.starts_with("+OK").then_some(())
        });
        pop
    }

    /// The log so far.
    pub fn log(&self) -> String {
        let octets = fs::read(self.users.log()).expect("the server's log");
        String::from_utf8_lossy(&octets).into_owned()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.users.path(name)
    }

    /// Gives a file these octets as an editor would that writes in place.
    pub fn write(&self, name: &str, octets: &[u8]) {
        self.users.write(name, octets);
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        self.users.read(name)
    }

    /// Waits until the last change of a file is longer ago than a tick of any file system's clock,
    /// so that the server may use a sidecar written from now on.
    pub fn settle(&self, name: &str) {
        let changed = fs::metadata(self.path(name)).and_then(|m| m.modified()).expect("a time");
        wait_for("the clock", || changed.elapsed().is_ok_and(|since| since > LONG_AGO).then_some(()));
    }
}

/// The slowest clock of a file system ticks every 10 ms.
const LONG_AGO: Duration = Duration::from_millis(50);

/// Files of a Users directory.
pub trait Files {
    fn path(&self, name: &str) -> PathBuf;
    fn write(&self, name: &str, octets: &[u8]);
    fn read(&self, name: &str) -> Vec<u8>;
}

impl Files for TestUsers {
    fn path(&self, name: &str) -> PathBuf {
        self.directory().join(name)
    }

    #[track_caller]
    fn write(&self, name: &str, octets: &[u8]) {
        write_in_place(&self.path(name), octets).unwrap_or_else(|e| panic!("writing {name}: {e}"));
    }

    #[track_caller]
    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|e| panic!("reading {name}: {e}"))
    }
}
