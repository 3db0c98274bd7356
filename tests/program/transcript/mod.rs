//! Transcripts: what they show and what they hide, where they lie, and that no trouble with them
//! disturbs a session. And the TELNET controls that are shown there and nowhere else.

mod files;
mod shown;
mod telnet;
mod terminal;

use crate::common::fixture::TestServer;
use crate::common::wait_for;
use crate::player::users::TestUsers;
use std::fs;
use std::path::{Path, PathBuf};

/// A directory for transcripts, and a server that writes them there.
struct Lab {
    server: TestServer,
    // What is in it goes with it.
    place: TestUsers,
}

impl Lab {
    fn new() -> Lab {
        Lab::with(&[])
    }

    fn with(options: &[&str]) -> Lab {
        let place = TestUsers::copy_of_shipped().expect("a directory");
        let directory = transcripts(&place);
        fs::create_dir(&directory).expect("a directory for transcripts");
        let directory = directory.to_str().expect("a plain path");
        Lab { server: TestServer::with(&[options, &["--transcript", directory]].concat()), place }
    }

    fn directory(&self) -> PathBuf {
        transcripts(&self.place)
    }

    /// The transcripts that have ended, once there are so many.
    fn ended(&self, sessions: usize) -> Vec<String> {
        wait_for("the transcripts", || {
            let texts = texts(&self.directory());
            let ended = texts.iter().filter(|text| text.contains(" == end")).count();
            (texts.len() == sessions && ended == sessions).then_some(texts)
        })
    }

    /// The only transcript, when it has ended, without its times and its first line.
    fn only(&self) -> String {
        untimed(&self.ended(1)[0])
    }
}

fn transcripts(place: &TestUsers) -> PathBuf {
    place.directory().join("transcripts")
}

/// What lies in a directory, in the order of the names. One that is being renamed may be there
/// under two names or gone under the one that was read.
fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("a directory");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("a name").file_name().into_string().expect("ASCII")).collect();
    names.sort();
    names
}

fn texts(directory: &Path) -> Vec<String> {
    names(directory).iter().filter_map(|name| fs::read_to_string(directory.join(name)).ok()).collect()
}

fn untimed(transcript: &str) -> String {
    let mut lines = transcript.lines();
    assert!(lines.next().is_some_and(|first| first.contains(" == session with ")), "{transcript}");
    lines.map(|line| line.get(9..).unwrap_or_else(|| panic!("no time: {line:?}")).to_owned() + "\n").collect()
}
