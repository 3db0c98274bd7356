//! A session during which another program changes the maildrop, and what is left after it.

use crate::common::fixture::TestServer;
use crate::common::mail;
use crate::common::model::assert_serves;

/// Sets of messages to delete out of three: none, the first, the middle one, the last, some, all.
pub const DELETIONS: [&[usize]; 6] = [&[], &[1], &[2], &[3], &[1, 3], &[1, 2, 3]];

/// A server where "u" (password "pw") has three messages.
pub fn server() -> (TestServer, Vec<Vec<u8>>) {
    let server = TestServer::new();
    let messages = mail::messages(3);
    server.write("u", &mail::maildrop(&messages));
    (server, messages)
}

/// A session that deletes these messages after a change by another program; its goodbye.
#[track_caller]
pub fn visit(server: &TestServer, deleted: &[usize], change: impl FnOnce(&TestServer)) -> String {
    let mut pop = server.log_in_when_free("u", "pw");
    change(server);
    for number in deleted {
        assert_eq!(pop.ask(format!("DELE {number}")), format!("+OK message {number} deleted"));
    }
    pop.quit()
}

/// The messages that are left when these are deleted.
pub fn left<'a>(messages: &'a [Vec<u8>], deleted: &[usize]) -> Vec<&'a Vec<u8>> {
    (1..).zip(messages).filter(|(number, _)| !deleted.contains(number)).map(|(_, message)| message).collect()
}

/// The file holds these octets, and a new session serves what is in them.
#[track_caller]
pub fn assert_holds(server: &TestServer, password: &str, expected: &[u8]) {
    let file = server.read("u");
    assert_eq!(String::from_utf8_lossy(&file), String::from_utf8_lossy(expected));
    let mut pop = server.log_in_when_free("u", password);
    assert_eq!(pop.ask("LAST"), "+OK 0", "no RETR was ever followed by a QUIT");
    assert_serves(&mut pop, expected);
    pop.hang_up();
}
