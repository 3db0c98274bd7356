//! A web page can have a browser send any text to this server, as the body of a form. Its first
//! line is always that of an HTTP request, and it is not answered.

use crate::common::fixture::TestServer;
use crate::common::pop::Connection;
use crate::common::wait_for;
use std::net::TcpStream;

/// What Firefox sends for a form with `enctype="text/plain"` and one text area: sixteen header
/// lines, fewer than the bad commands that are allowed, and a session as the body.
fn posted(path: &str) -> String {
    let body = "USER mrose\r\nPASS secret\r\nDELE 1\r\nDELE 2\r\nQUIT\r\n=\r\n";
    let headers = [
        "Host: 127.0.0.1:1110",
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
        "Accept-Language: en-US,en;q=0.5",
        "Accept-Encoding: gzip, deflate, br, zstd",
        "Content-Type: text/plain",
        &format!("Content-Length: {}", body.len()),
        "Origin: http://page.example",
        "Connection: keep-alive",
        "Referer: http://page.example/",
        "Upgrade-Insecure-Requests: 1",
        "Sec-Fetch-Dest: document",
        "Sec-Fetch-Mode: navigate",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-User: ?1",
        "Priority: u=0, i",
    ];
    format!("POST {path} HTTP/1.1\r\n{}\r\n\r\n{body}", headers.join("\r\n"))
}

/// Says this; nothing but the greeting comes back, and the log has a line about it.
#[track_caller]
fn is_not_answered(says: &str) {
    let server = TestServer::new();
    let before = server.read("mrose");
    let mut pop = TcpStream::connect(server.address()).expect("a connection").client();
    assert!(pop.line().starts_with("+OK dewey"));
    pop.send(says.as_bytes());
    assert_eq!(String::from_utf8_lossy(&pop.rest()), "");
    wait_for("the log", || server.log().contains("sent an HTTP request").then_some(()));
    assert_eq!(server.read("mrose"), before);
}

#[test]
fn a_form_is_not_a_session() {
    is_not_answered(&posted("/"));
}

#[test]
fn nor_is_one_with_a_line_that_is_too_long() {
    for length in [1000, 1001, 1008, 1009, 1010, 1011, 1020, 3000] {
        is_not_answered(&posted(&format!("/{}", "x".repeat(length))));
    }
}

#[test]
fn nor_is_a_request_of_the_older_kind() {
    is_not_answered("GET / HTTP/1.0\r\n\r\nUSER mrose\r\n");
}

/// No browser sends it then; a student may.
#[test]
fn later_it_is_a_bad_command() {
    let server = TestServer::new();
    let mut pop = server.open();
    assert!(pop.ask("CAPA").starts_with("+OK"));
    while pop.line() != "." {}
    assert!(pop.ask("GET / HTTP/1.1").starts_with("-ERR"));
    assert!(pop.log_in("mrose", "secret").starts_with("+OK"));
}
