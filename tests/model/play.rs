//! A session of the library, played on octets in memory.

use pop1081::limits::AUTOLOGOUT;
use pop1081::session::{self, ServerContext};
use pop1081::users::Users;
use pop1081::wire::{Peer, Untimed, Wire};
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The host of the memo's examples, without limits of time.
pub fn site(users: Users) -> ServerContext {
    ServerContext {
        users,
        host: "dewey".to_owned(),
        hide_users: false,
        login_time: None,
        crowded: Arc::default(),
        updates: Arc::default(),
        login_delay: Duration::ZERO,
        transcripts: None,
    }
}

/// All that the server sends to a client that sends this and then disconnects.
pub fn play(site: &ServerContext, input: impl Read + Send + 'static) -> Vec<u8> {
    let output = Output::default();
    let (source, sink) = (Box::new(Untimed(input)), Box::new(Untimed(output.clone())));
    session::run(site, Wire::new(Peer::Local, source, sink, AUTOLOGOUT));
    std::mem::take(&mut *output.0.lock().expect("no panic before"))
}

#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic before").extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What was sent without the answers to TELNET's negotiations, of three octets each, which may
/// precede the replies to earlier lines. No message of these tests contains an octet 255.
pub fn without_telnet(mut said: &[u8]) -> Vec<u8> {
    let mut rest = Vec::new();
    while let Some(at) = said.iter().position(|octet| *octet == 255) {
        assert!(matches!(said[at..], [255, 252 | 254, _, ..]), "WONT or DONT, and what");
        rest.extend_from_slice(&said[..at]);
        said = &said[at + 3..];
    }
    [&rest, said].concat()
}
