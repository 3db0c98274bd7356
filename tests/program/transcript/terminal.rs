//! Transcripts on the terminal, `--verbose`, which never reach the client.

use super::Lab;
use crate::common::fixture::TestServer;
use crate::common::program::{NOT_SET_UP, inetd, run};
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;

#[test]
fn inetd_on_pipes_shows_it_on_standard_error() {
    let server = TestServer::new();
    let mut session = inetd(&server.users);
    let ended = run(session.arg("-v").env("RUST_LOG", "off"), b"USER mrose\r\nPASS secret\r\nQUIT\r\n");
    assert_eq!(ended.code, Some(0));
    assert_eq!(ended.stdout.lines().count(), 4, "{}", ended.stdout);
    assert!(ended.stderr.lines().all(|line| line.starts_with("0001 ")), "{}", ended.stderr);
    for part in [" == session with a local peer", "C: PASS <not shown>\n", " == end: QUIT\n"] {
        assert!(ended.stderr.contains(part), "{part} in {}", ended.stderr);
    }
}

/// openbsd-inetd and xinetd connect standard error to the client.
#[test]
fn not_where_standard_error_leads_to_the_client() {
    let server = TestServer::new();
    let (client, socket) = UnixStream::pair().expect("a pair");
    let end = || Stdio::from(OwnedFd::from(socket.try_clone().expect("a descriptor")));
    let log = server.path("log");
    let mut session = inetd(&server.users);
    session.arg("--verbose").arg("--log").arg(&log).stdin(end()).stdout(end()).stderr(end());
    let status = session.spawn().expect("the program").wait().expect("its end");
    drop((session, socket));
    assert_eq!(status.code(), Some(64));
    assert_eq!(std::io::read_to_string(client).expect("a line"), NOT_SET_UP);
    let log = fs::read_to_string(log).expect("a log");
    assert!(log.contains("--verbose needs a standard error"), "{log}");
}

/// With `--transcript`, too, file and terminal show the same.
#[test]
fn the_number_of_the_session_before_each_line() {
    let server = TestServer::new();
    let lab = Lab::new();
    let directory = lab.directory();
    let mut session = inetd(&server.users);
    session.args(["-v", "-t"]).arg(&directory).env("RUST_LOG", "off");
    let ended = run(&mut session, b"NOOP\nQUIT\n");
    let file = lab.ended(1).remove(0);
    let numbered: String = file.lines().map(|line| format!("0001 {line}\n")).collect();
    assert_eq!(ended.stderr, numbered);
}
