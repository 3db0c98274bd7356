//! Where the reports go: standard output, and files.

use super::catalogue::{Library, Rfc};
use super::json::{self, Head};
use super::report::{self, Layout};
use super::reports::Report;
use super::screen::Screen;
use super::verdicts::Judged;
use super::{html, junit, matrix};
use crate::exit;
use crate::options::{Examination, Server, SideBySide};
use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// An examination that has been carried out.
pub struct Run {
    pub rfc: Rfc,
    pub address: SocketAddr,
    pub began: SystemTime,
    pub took: Duration,
    pub dialogues: usize,
}

/// The report on standard output, and the files that are asked for.
///
/// # Errors
/// Exit code and sentence: 73 a file, 74 standard output.
pub fn tell(run: &Run, judged: &[Judged], examination: &Examination) -> Result<(), exit::Failure> {
    let (rfc, address, seconds) = (run.rfc, run.address, run.took.as_secs_f64());
    let (server, place) = match &examination.server {
        Server::At(_) => (address.to_string(), format!("{} {}", address.ip(), address.port())),
        Server::Start(command) => (command.clone(), "127.0.0.1 $POP_PORT".to_owned()),
    };
    let dialogues = if run.dialogues == 1 { "dialogue" } else { "dialogues" };
    let head = format!("{server} by RFC {}, {} {dialogues} in {seconds:.1} s\n", rfc.number(), run.dialogues);
    let (points, failed, screen) = (examination.points, examination.failed, Screen::of_output());
    let layout = Layout { rfc, points, failed, place: &place, screen };
    let text = match examination.next {
        true => report::next(judged, &layout),
        false => report::report(judged, &layout),
    };
    print((head + &text).as_bytes())?;
    let (user, began, took) = (&examination.user, run.began, run.took);
    let head = Head { server: &server, place: &place, user, rfc, began, took };
    let json = json::report(judged, &head);
    if let Some(path) = &examination.json {
        write(path, &json)?;
    }
    if let Some(path) = &examination.html {
        let report = Report::read(&json).map_err(|error| (exit::SYSTEM, error))?;
        write(path, &html::page(&report))?;
    }
    match &examination.junit {
        Some(path) => write(path, &junit::report(judged, &server, seconds)),
        None => Ok(()),
    }
}

/// A page of the servers that JSON reports tell of, each called as its file.
///
/// # Errors
/// Exit code and sentence: 65 a file that is no report, 66 no such file, 73 no page.
pub fn matrix(library: &Library, side_by_side: &SideBySide) -> Result<(), exit::Failure> {
    let mut servers = Vec::new();
    for path in &side_by_side.reports {
        let octets = fs::read(path).map_err(|error| cannot(exit::NO_INPUT, path, &error))?;
        let wrong = |what: &str| (exit::BAD_DATA, format!("{}: {what}", path.display()));
        let text = String::from_utf8(octets).map_err(|_| wrong("not UTF-8"))?;
        let report = Report::read(&text).map_err(|what| wrong(&what))?;
        let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        servers.push((name, report));
    }
    write(&side_by_side.page, &matrix::page(library, &servers))
}

fn write(path: &Path, text: &str) -> Result<(), exit::Failure> {
    fs::write(path, text).map_err(|error| cannot(exit::CANNOT_CREATE, path, &error))
}

/// # Errors
/// Exit code 74 and why.
pub fn print(octets: &[u8]) -> Result<(), exit::Failure> {
    let mut output = io::stdout().lock();
    let written = output.write_all(octets).and_then(|()| output.flush());
    written.map_err(|error| (exit::CANNOT_WRITE, error.to_string()))
}

/// The file, and why it can't be used.
pub fn cannot(code: u8, path: &Path, error: &io::Error) -> exit::Failure {
    (code, format!("{}: {error}", path.display()))
}
