//! Transcripts: what they show and hide, where they are, and that a failure to write one does not
//! disturb the session. And the TELNET controls, which only a transcript shows.

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
    // It contains the transcripts and is removed last.
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

    /// The transcripts, once this many have ended.
    fn ended(&self, sessions: usize) -> Vec<String> {
        wait_for("the transcripts", || {
            let texts = texts(&self.directory());
            let ended = texts.iter().filter(|text| text.contains(" == end")).count();
            (texts.len() == sessions && ended == sessions).then_some(texts)
        })
    }

    /// The only transcript, once it has ended, without its times and its first line.
    fn only(&self) -> String {
        untimed(&self.ended(1)[0])
    }
}

fn transcripts(place: &TestUsers) -> PathBuf {
    place.directory().join("transcripts")
}

/// The names in a directory, sorted. A file that is being renamed may have both names, or none of
/// those that were read.
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
