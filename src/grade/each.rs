//! Many submissions, one after the other or some at once: each is examined by a
//! process of its own, so that none can disturb another, and gets a report; a
//! table of all is printed as CSV (RFC 4180).

use super::outputs::cannot;
use super::refill::wait;
use super::reports::Report;
use super::screen::Progress;
use super::verdicts::Sums;
use crate::exit;
use crate::options::Submissions;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

/// How long after its time an examination may take to come to its end.
const GRACE: Duration = Duration::from_secs(30);

const HEAD: &str = "name,points,of,passed,failed,noted,untried,seconds,remark\n";

struct Submission<'a> {
    name: &'a str,
    command: &'a str,
}

/// The table. The reports are `NAME.txt`, `NAME.json` and `NAME.html` in the directory.
///
/// # Errors
/// Exit code and sentence: 65 a line that is no submission, 66 no such file, 73
/// no directory.
pub fn each(options: &Submissions) -> Result<String, exit::Failure> {
    let text =
        fs::read_to_string(&options.file).map_err(|error| cannot(exit::NO_INPUT, &options.file, &error))?;
    let submissions =
        parse(&text).map_err(|wrong| (exit::BAD_DATA, format!("{}:{wrong}", options.file.display())))?;
    fs::create_dir_all(&options.reports)
        .map_err(|error| cannot(exit::CANNOT_CREATE, &options.reports, &error))?;
    let progress = Progress::new();
    let (waiting, rows) = (Mutex::new((0..).zip(&submissions)), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..options.jobs {
            scope.spawn(|| {
                while let Some((place, submission)) = waiting.lock().ok().and_then(|mut next| next.next()) {
                    let row = examine(submission, options);
                    if let Ok(mut rows) = rows.lock() {
                        rows.push((place, row));
                        progress.show(rows.len(), submissions.len(), submission.name);
                    }
                }
            });
        }
    });
    let mut rows: Vec<(usize, String)> = rows.into_inner().unwrap_or_default();
    rows.sort();
    Ok(HEAD.to_owned() + &rows.into_iter().map(|(_, row)| row).collect::<String>())
}

/// `NAME COMMAND` in each line; a name becomes a file's, in whatever letters it is written.
///
/// # Errors
/// The number of a line that is wrong, and what is.
fn parse(text: &str) -> Result<Vec<Submission<'_>>, String> {
    let mut names = BTreeSet::new();
    let lines = (1..).zip(text.lines().map(str::trim));
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let submission = |(number, line)| match submission(line) {
        Some(one) if names.insert(one.name.to_ascii_lowercase()) => Ok(one),
        Some(one) => Err(format!("{number}: there is a {} already", one.name)),
        None => Err(format!("{number}: not a name and a command")),
    };
    lines.map(submission).collect()
}

fn submission(line: &str) -> Option<Submission<'_>> {
    let (name, command) = line.split_once(char::is_whitespace)?;
    let letters = name.chars().all(|letter| letter.is_ascii_alphanumeric() || "._-".contains(letter));
    (letters && !name.starts_with(['.', '-'])).then_some(Submission { name, command: command.trim() })
}

fn examine(submission: &Submission, options: &Submissions) -> String {
    let started = Instant::now();
    let of = |kind: &str| options.reports.join(format!("{}.{kind}", submission.name));
    let (report, json, html) = (of("txt"), of("json"), of("html"));
    let _ = [&json, &html].map(fs::remove_file);
    let remark = match run(submission, options, [&report, &json, &html]) {
        Ok(true) => String::new(),
        Ok(false) => format!("ended after {} s", (options.time + GRACE).as_secs()),
        Err(error) => error.to_string(),
    };
    let json = fs::read_to_string(&json).unwrap_or_default();
    let remark = match json.is_empty() && remark.is_empty() {
        true => fs::read_to_string(&report).unwrap_or_default().lines().last().unwrap_or_default().to_owned(),
        false => remark,
    };
    let sums = Report::read(&json).map(|report| report.sums()).unwrap_or_default();
    row(submission.name, &sums, started.elapsed(), &remark)
}

/// Whether it came to its end in time.
fn run(submission: &Submission, options: &Submissions, [report, json, html]: [&Path; 3]) -> io::Result<bool> {
    let output = File::create(report)?;
    let child = Command::new(std::env::current_exe()?)
        .args(["grade", "--points", "--start", submission.command])
        .args([Path::new("--json"), json, Path::new("--html"), html])
        .arg(format!("--time={}", options.time.as_secs()))
        .args(&options.arguments)
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .spawn()?;
    wait(child, options.time + GRACE).map(|status| status.is_some())
}

fn row(name: &str, sums: &Sums, time: Duration, remark: &str) -> String {
    let Sums { passed, failed, noted, not_tried } = sums;
    let all = passed.points + failed.points + not_tried.points;
    let statements = [passed, failed, noted, not_tried].map(|sum| sum.statements.to_string()).join(",");
    let (points, seconds) = (passed.points, time.as_secs_f64());
    format!("{name},{points},{all},{statements},{seconds:.1},\"{}\"\n", remark.replace('"', "\"\""))
}
