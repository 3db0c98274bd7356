//! The log: where it goes, and how a line of it looks. A panic is a line of it.

use crate::calendar::Moment;
use crate::limits;
use env_logger::fmt::Formatter;
use env_logger::{Env, Target};
use log::Record;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::panic;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Instant, SystemTime};

/// Where the log goes.
pub type Log = Box<dyn Write + Send>;

/// A file that is opened anew by [`reopen`].
struct LogFile {
    path: PathBuf,
    file: Mutex<File>,
}

/// The file to which the log goes, if it does.
static FILE: OnceLock<LogFile> = OnceLock::new();

/// A log that is appended to this file.
///
/// # Errors
/// When the file can't be opened.
pub fn to_file(path: &Path) -> io::Result<Log> {
    let file = Mutex::new(open(path)?);
    let _ = FILE.set(LogFile { path: path.to_owned(), file });
    Ok(Box::new(ToFile))
}

struct ToFile;

impl Write for ToFile {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let file = FILE.get().map(|log| log.file.lock().unwrap_or_else(PoisonError::into_inner));
        file.map_or(Ok(octets.len()), |mut file| file.write(octets))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens the file to append to it, or makes it.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    // A FIFO that nobody reads is an error, and must not stop whoever handles signals.
    options.append(true).create(true).mode(0o600).custom_flags(libc::O_NONBLOCK).open(path)
}

/// Opens the file of the log anew: the old one may have another name now.
pub fn reopen() {
    let Some(LogFile { path, file }) = FILE.get() else {
        return log::info!("the log goes to no file that could be opened anew");
    };
    match open(path) {
        Ok(new) => {
            *file.lock().unwrap_or_else(PoisonError::into_inner) = new;
            log::info!("the log was opened anew");
        }
        Err(e) => log::error!("{}: the log can't be opened anew, it goes on as it was: {e}", path.display()),
    }
}

/// Starts the log. `RUST_LOG` says what is logged; the default is `info`. From now
/// on a panic is one line of the log and never text for a client. A log that is
/// started already goes on as it is.
pub fn start(log: Log) {
    let mut builder = env_logger::Builder::from_env(Env::default().default_filter_or("info"));
    let _ = builder.target(Target::Pipe(log)).format(line).try_init();
    panic::set_hook(Box::new(|what| log::error!("a fault in the program: {what}")));
}

/// `[1988-11-01T09:05:00Z INFO  pop1081::server] what happened`
fn line(to: &mut Formatter, record: &Record<'_>) -> io::Result<()> {
    let Moment { year, month, day, hour, minute, second, .. } = Moment::of(SystemTime::now());
    let (level, module, what) = (record.level(), record.target(), one_line(&record.args().to_string()));
    writeln!(to, "[{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z {level:5} {module}] {what}")
}

/// This text with its control characters escaped: what a client sent may be part of
/// it, and must neither look like another line nor steer a terminal.
pub fn one_line(what: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    what.chars().map(shown).collect()
}

/// Logs one kind of error at most once in [`limits::LOG_PAUSE`], and how many were
/// left out.
#[derive(Default)]
pub struct RateLimited {
    logged: Option<Instant>,
    left_out: u64,
}

impl RateLimited {
    /// Logs it at this level, unless one was logged just now.
    pub fn log(&mut self, level: log::Level, what: fmt::Arguments<'_>) {
        if self.logged.is_some_and(|logged| logged.elapsed() < limits::LOG_PAUSE) {
            self.left_out += 1;
            return;
        }
        match std::mem::take(&mut self.left_out) {
            0 => log::log!(level, "{what}"),
            more => log::log!(level, "{what} (and {more} more like it since)"),
        }
        self.logged = Some(Instant::now());
    }
}

#[cfg(test)]
#[path = "../tests/unit/logging.rs"]
mod tests;
