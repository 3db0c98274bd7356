//! The terminal, if there is one: how wide it is, whether it shows colours, and the
//! line that tells how far the examination has come.

use super::verdicts::Verdict;
use std::env;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::process::{Command, Stdio};

/// Columns of a line where neither `$COLUMNS` nor a terminal says, and the fewest that are used.
const WIDTH: usize = 100;
const NARROW: usize = 60;

/// Clears the line from its beginning.
const CLEAR: &str = "\r\x1b[K";

pub struct Screen {
    pub width: usize,
    pub colours: bool,
}

impl Screen {
    /// As standard output is.
    pub fn of_output() -> Screen {
        let terminal = io::stdout().is_terminal();
        Screen { width: width(terminal), colours: terminal && takes_escapes() && !says("NO_COLOR") }
    }

    /// A word in the colour of its verdict.
    pub fn verdict(&self, verdict: Verdict) -> String {
        let code = match verdict {
            Verdict::Pass => "32",
            Verdict::Fail => "1;31",
            Verdict::Noted => "33",
            Verdict::NotTried => "2",
        };
        self.painted(code, verdict.word())
    }

    pub fn heading(&self, text: &str) -> String {
        self.painted("1", text)
    }

    /// A count of failures, right-aligned.
    pub fn failures(&self, count: u32, width: usize) -> String {
        let text = format!("{count:>width$}");
        if count == 0 { text } else { self.painted("1;31", &text) }
    }

    fn painted(&self, code: &str, text: &str) -> String {
        if self.colours { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// The words after the head, on as many lines as they need, the further ones indented.
    pub fn wrapped(&self, head: &str, words: &str, columns: usize) -> String {
        let mut text = head.to_owned();
        let mut width = head.chars().count();
        for word in words.split(' ') {
            let length = word.chars().count();
            if width + length > self.width && width > columns {
                text.truncate(text.trim_end().len());
                text.push('\n');
                text.push_str(&indent(columns));
                width = columns;
            }
            text.push_str(word);
            text.push(' ');
            width += length + 1;
        }
        text.truncate(text.trim_end().len());
        text
    }

    /// What of a line fits after so many columns.
    pub fn cut(&self, line: &str, columns: usize) -> String {
        line.chars().take(self.width.saturating_sub(columns)).collect()
    }
}

pub fn indent(columns: usize) -> String {
    " ".repeat(columns)
}

/// A line on standard error, if that is a terminal; it is gone when this is dropped.
pub struct Progress {
    /// None: nothing is shown.
    width: Option<usize>,
}

impl Progress {
    pub fn new() -> Progress {
        let terminal = io::stderr().is_terminal() && takes_escapes();
        Progress { width: terminal.then(|| width(true)) }
    }

    /// In place of what was shown before.
    pub fn show(&self, number: usize, count: usize, what: &str) {
        if let Some(width) = self.width {
            let line = format!("{number} of {count}: {what}");
            // A line that is full goes on in the next, which would not be cleared.
            let line: String = line.chars().take(width - 1).collect();
            let _ = write!(io::stderr(), "{CLEAR}{line}");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.width.is_some() {
            let _ = write!(io::stderr(), "{CLEAR}");
        }
    }
}

/// Whether the variable is there and not empty.
fn says(variable: &str) -> bool {
    env::var_os(variable).is_some_and(|value| !value.is_empty())
}

fn takes_escapes() -> bool {
    says("TERM") && env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Shells do not pass `$COLUMNS` on unless they are told to; then the terminal is asked.
fn width(terminal: bool) -> usize {
    let columns = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let columns = columns.or_else(|| if terminal { columns_of_terminal() } else { None });
    columns.map_or(WIDTH, |columns: usize| columns.max(NARROW))
}

/// stty(1) prints rows and columns.
fn columns_of_terminal() -> Option<usize> {
    let terminal = File::open("/dev/tty").ok()?;
    let said = Command::new("stty").arg("size").stdin(terminal).stderr(Stdio::null()).output().ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    said.split_whitespace().nth(1)?.parse().ok().filter(|&columns| columns > 0)
}
