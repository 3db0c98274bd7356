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
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
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
    /// Those of the sessions that have not ended.
    open: Arc<Mutex<Vec<Weak<Mutex<Recorder>>>>>,
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
        let (sessions, failure_logged, open) = (Arc::default(), Arc::default(), Arc::default());
        Ok(Transcripts { directory, terminal, sessions, failure_logged, open })
    }

    /// The transcript of a session with this peer that begins now.
    pub fn begin(&self, peer: &dyn fmt::Display) -> Transcript {
        let moment = Moment::of(SystemTime::now());
        let Moment { year, month, day, hour, minute, second, .. } = moment;
        // Without colons, which not every file system and not every shell likes.
        let stamp = format!("{year}-{month:02}-{day:02}T{hour:02}.{minute:02}.{second:02}");
        let mut destination =
            Destination::new(stamp, self.terminal.clone(), Arc::clone(&self.failure_logged));
        destination.open(self.directory.as_deref(), &self.sessions);
        let recorder = Arc::new(Mutex::new(begun(destination, peer, &moment)));
        let mut open = lock(&self.open);
        open.retain(|recorder| recorder.strong_count() > 0);
        open.push(Arc::downgrade(&recorder));
        Transcript(Some(recorder))
    }

    /// Ends all transcripts with this note: their sessions have no time to do it.
    pub fn end_all(&self, why: &str) {
        for recorder in lock(&self.open).drain(..).filter_map(|recorder| recorder.upgrade()) {
            let mut recorder = lock(&recorder);
            recorder.note(format_args!("{why}"));
            recorder.write();
        }
    }
}

fn begun(destination: Destination, peer: &dyn fmt::Display, moment: &Moment) -> Recorder {
    let Moment { year, month, day, hour, minute, second, .. } = moment;
    let mut recorder = Recorder::new(destination);
    recorder.note(format_args!(
        "session with {peer} on {year}-{month:02}-{day:02} at {hour:02}:{minute:02}:{second:02} UTC"
    ));
    recorder
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes sure that files can be made in a directory.
///
/// # Errors
/// What the system says.
pub fn try_out(directory: &Path) -> io::Result<()> {
    let path = directory.join(format!(".trial-{}", process::id()));
    match OpenOptions::new().write(true).create_new(true).open(&path) {
        // One of this number was killed in the middle.
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
        made => drop(made?),
    }
    fs::remove_file(&path)
}

/// The transcript of a session, or none.
#[derive(Default)]
pub struct Transcript(Option<Arc<Mutex<Recorder>>>);

impl Transcript {
    /// Nothing is written.
    pub fn none() -> Self {
        Transcript(None)
    }

    /// A transcript in a file of this name, which must not be there yet.
    ///
    /// # Errors
    /// When the file can't be made.
    pub fn in_file(path: &Path, peer: &dyn fmt::Display) -> io::Result<Self> {
        let recorder = begun(Destination::file(path)?, peer, &Moment::of(SystemTime::now()));
        Ok(Transcript(Some(Arc::new(Mutex::new(recorder)))))
    }

    /// Records something, if there is a transcript.
    #[inline]
    pub fn tell(&mut self, what: impl FnOnce(&mut Recorder)) {
        if let Some(recorder) = &self.0 {
            what(&mut lock(recorder));
        }
    }

    /// Tells it of a change of state, or of an end.
    pub fn note(&mut self, what: fmt::Arguments<'_>) {
        self.tell(|to| to.note(what));
    }
}
