//! Transcripts: what client and server say in a session, in the memo's notation,
//! with the seconds since the greeting and the states it goes through.
//!
//! ```text
//!    2.113 C: USER mrose
//!    2.114 S: +OK mrose is a real hoopy frood
//! ```
//!
//! Passwords and digests are not shown, octets that can't be seen are named, and of a
//! long message only the ends are there (`redact`). A transcript that can't be written does not end the session.

mod destination;
mod recorder;
mod redact;

pub use recorder::Recorder;
pub use redact::escape;

use crate::calendar::Moment;
use crate::terminal::Terminal;
use destination::Destination;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::SystemTime;

/// Where the transcripts of a server's sessions go.
#[derive(Clone, Debug)]
pub struct Transcripts {
    directory: Option<PathBuf>,
    terminal: Option<Arc<Terminal>>,
    /// The number of the latest session.
    sessions: Arc<AtomicU64>,
    /// Whether the log knows already that a transcript can't be written.
    failure_logged: Arc<AtomicBool>,
}

impl Transcripts {
    /// Transcripts as files in this directory, or on this terminal, or both.
    ///
    /// # Errors
    /// When there is no such directory.
    pub fn new(directory: Option<&Path>, terminal: Option<Terminal>) -> io::Result<Self> {
        if let Some(directory) = directory
            && !fs::metadata(directory)?.is_dir()
        {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let (directory, terminal) = (directory.map(Path::to_owned), terminal.map(Arc::new));
        Ok(Transcripts { directory, terminal, sessions: Arc::default(), failure_logged: Arc::default() })
    }

    /// The transcript of a session with this peer that begins now.
    pub fn begin(&self, peer: &dyn fmt::Display) -> Transcript {
        let Moment { year, month, day, hour, minute, second, .. } = Moment::of(SystemTime::now());
        // Without colons, which not every file system and not every shell likes.
        let stamp = format!("{year}-{month:02}-{day:02}T{hour:02}.{minute:02}.{second:02}");
        let mut destination =
            Destination::new(stamp, self.terminal.clone(), Arc::clone(&self.failure_logged));
        destination.open(self.directory.as_deref(), &self.sessions);
        let mut recorder = Box::new(Recorder::new(destination));
        recorder.note(format_args!(
            "session with {peer} on {year}-{month:02}-{day:02} at {hour:02}:{minute:02}:{second:02} UTC"
        ));
        Transcript(Some(recorder))
    }
}

/// Makes sure that files can be made in a directory.
///
/// # Errors
/// What the system says.
pub fn try_out(directory: &Path) -> io::Result<()> {
    let path = directory.join(format!(".trial-{}", process::id()));
    OpenOptions::new().write(true).create_new(true).open(&path)?;
    fs::remove_file(&path)
}

/// The transcript of a session, or none.
pub struct Transcript(Option<Box<Recorder>>);

impl Transcript {
    /// Nothing is written.
    pub fn none() -> Self {
        Transcript(None)
    }

    /// Records something, if there is a transcript.
    #[inline]
    pub fn tell(&mut self, what: impl FnOnce(&mut Recorder)) {
        if let Some(recorder) = &mut self.0 {
            what(recorder);
        }
    }

    /// Tells it of a change of state, or of an end.
    pub fn note(&mut self, what: fmt::Arguments<'_>) {
        self.tell(|to| to.note(what));
    }
}
