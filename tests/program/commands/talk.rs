//! `pop1081 talk`: with this server, whose own transcript must say the same, and with servers that
//! do what none should.

use crate::common::fixture::TestServer;
use crate::common::program::{Ended, finish, program, run};
use crate::common::wait_for;
use crate::player::server::nobody_listens;
use crate::player::users::TestUsers;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Stdio;
use std::thread::{self, JoinHandle};

/// A server for one client.
fn server<T: Send + 'static>(
    serve: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (SocketAddr, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    (address, thread::spawn(move || serve(listener.accept().expect("a client").0)))
}

/// Says the first of these at once and a further one after each line that it hears, then closes
/// the connection. Returns what it has heard.
fn says<const N: usize>(replies: [&str; N]) -> (SocketAddr, JoinHandle<Vec<u8>>) {
    let replies = replies.map(str::to_owned);
    server(move |mut stream| {
        let mut lines = BufReader::new(stream.try_clone().expect("a descriptor"));
        let mut heard = Vec::new();
        for (n, reply) in replies.iter().enumerate() {
            if n > 0 {
                lines.read_until(b'\n', &mut heard).expect("a command");
            }
            stream.write_all(reply.as_bytes()).expect("to be heard");
        }
        heard
    })
}

fn talk(address: SocketAddr, options: &[&str], input: &[u8]) -> Ended {
    let address = address.to_string();
    run(&mut program([&["talk", address.as_str()], options].concat()), input)
}

/// A place for a transcript.
struct Paper {
    place: TestUsers,
}

impl Paper {
    fn new() -> Paper {
        Paper { place: TestUsers::copy_of_shipped().expect("a directory") }
    }

    fn path(&self) -> PathBuf {
        self.place.directory().join("session")
    }

    fn option(&self) -> String {
        format!("--transcript={}", self.path().display())
    }

    /// What client and server have said, without the times.
    fn said(&self) -> String {
        said(&fs::read_to_string(self.path()).expect("a transcript"))
    }
}

fn said(transcript: &str) -> String {
    let lines = transcript.lines().filter_map(|line| line.get(9..));
    lines.filter(|line| !line.starts_with("==")).map(|line| line.to_owned() + "\n").collect()
}

const SESSION: &[u8] = b"user mrose\npass secret\nlist\nretr 1\ntop 2 0\ncapa\nnonsense\n\n\
    apop mrose c4c9334bac560ecc979e58001b3e22fb\ndele 1\nrset\nquit\n";

#[test]
fn the_transcript_is_that_of_the_server() {
    let (server_paper, paper) = (Paper::new(), Paper::new());
    fs::create_dir(server_paper.path()).expect("a directory");
    let directory = server_paper.path().into_os_string().into_string().expect("a plain path");
    let server = TestServer::with(&["--transcript", &directory]);
    let ended = talk(server.address(), &[&paper.option()], SESSION);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert!(
        ended.stdout.contains("+OK 2 messages (320 octets)\r\n1 120\r\n2 200\r\n.\r\n"),
        "{}",
        ended.stdout
    );
    let theirs = wait_for("the server's transcript", || {
        let file = fs::read_dir(server_paper.path()).ok()?.next()?.ok()?.path();
        fs::read_to_string(file).ok().filter(|text| text.contains("== end"))
    });
    assert_eq!(paper.said(), said(&theirs));
    assert!(paper.said().contains("C: pass <not shown>\n"));
}

#[test]
fn octets_that_cannot_be_seen_are_named() {
    let (address, _) = server(|mut stream| {
        stream.write_all(b"+OK \x07\xe9\r\n-ERR no\n\0half").expect("to be heard");
        stream.read_exact(&mut [0; 6]).expect("a command");
    });
    let ended = talk(address, &["--octets"], b"QUIT\n");
    assert_eq!(ended.stdout, "+OK <BEL><0xE9><CR><LF>\n-ERR no<LF>\n<NUL>half");
}

#[test]
fn what_comes_is_shown_as_it_comes() {
    let (go_on, wait) = std::sync::mpsc::channel();
    let (address, _) = server(move |mut stream| {
        stream.write_all(b"+OK ha").expect("to be heard");
        wait.recv().expect("to be told");
        stream.write_all(b"lf\r\n").expect("to be heard");
    });
    let mut command = program(["talk", &address.to_string()]);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.expect("the program");
    let mut half = [0; 6];
    child.stdout.as_mut().expect("a pipe").read_exact(&mut half).expect("half a line");
    assert_eq!(half, *b"+OK ha");
    go_on.send(()).expect("a server");
    let ended = finish(&mut child);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(74), "lf\r\n"));
}

/// A server that reads a command at a time, and whatever else has come with it is lost.
#[test]
fn a_pipe_waits_for_each_reply() {
    let (address, heard) = server(|mut stream| {
        stream.write_all(b"+OK ready\r\n").expect("to be heard");
        let mut heard = Vec::new();
        for reply in ["+OK\r\n1 120\r\n", ".\r\n", "+OK goodbye\r\n"] {
            if !reply.starts_with('.') {
                let mut buffer = [0; 512];
                let count = stream.read(&mut buffer).expect("a command");
                heard.push(String::from_utf8_lossy(&buffer[..count]).into_owned());
            }
            stream.write_all(reply.as_bytes()).expect("to be heard");
        }
        heard
    });
    assert_eq!(talk(address, &[], b"LIST\r\nQUIT").code, Some(0));
    assert_eq!(heard.join().expect("a server"), ["LIST\r\n", "QUIT\r\n"]);
}

#[test]
fn what_is_typed_goes_out_with_crlf_and_else_as_it_is() {
    let (address, heard) = says(["+OK ready\r\n", "+OK\r\n", "+OK\r\n", "+OK goodbye\r\n"]);
    assert_eq!(talk(address, &[], b"a\xff\0 b\n\r\nquit").code, Some(0));
    assert_eq!(heard.join().expect("a server"), b"a\xff\0 b\r\n\r\nquit\r\n");
}

#[test]
fn the_exit_code_says_how_it_ended() {
    for (reply, code, why) in [
        ("+OK goodbye\r\n", 0, ""),
        ("-ERR some deleted messages not removed\r\n", 0, ""),
        ("", 74, "without a reply to QUIT"),
        ("+OK half a li", 74, "without a reply to QUIT"),
    ] {
        let ended = talk(says(["+OK ready\r\n", reply]).0, &[], b"QUIT\n");
        assert_eq!(ended.code, Some(code), "{reply:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(why), "{}", ended.stderr);
    }
    let (address, _) = server(|mut stream| {
        stream.write_all(b"+OK ready\r\n").expect("to be heard");
        stream.read_to_end(&mut Vec::new()).expect("the end");
    });
    let ended = talk(address, &[], b"");
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), "pop1081: the input has ended without QUIT\n"));
    let (_socket, address) = nobody_listens();
    let ended = talk(address, &[], b"");
    assert_eq!(ended.code, Some(69));
    assert!(ended.stderr.ends_with("; is a server started there, with this port?\n"), "{}", ended.stderr);
    for words in [&["talk"][..], &["talk", "127.0.0.1"], &["talk", "a:1", "b:2"], &["talk", "--tls", "a:1"]] {
        assert_eq!(run(&mut program(words.iter().copied()), b"").code, Some(64), "{words:?}");
    }
}

/// Nobody has typed anything, nor will.
#[test]
fn it_ends_with_the_connection() {
    let (address, _) = server(|mut stream| stream.write_all(b"+OK ready\r\n").expect("to be heard"));
    let mut command = program(["talk", &address.to_string()]);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.expect("the program");
    let stdin = child.stdin.take();
    let ended = finish(&mut child);
    assert_eq!(ended.code, Some(74));
    assert!(ended.stderr.contains("closed the connection without a QUIT"), "{}", ended.stderr);
    drop(stdin);
}

/// No password of any server stands there, whichever command has it, nor what is asked for.
#[test]
fn a_transcript_hides_what_any_server_takes_as_a_secret() {
    let paper = Paper::new();
    let (address, _) = says([
        "+OK ready\r\n",
        "+ VXNlcg==\r\n",
        "+ UGFzcw==\r\n",
        "-ERR no\r\n",
        "-ERR no\r\n",
        "+OK in\n",
        "+OK bye",
    ]);
    let input = b"AUTH LOGIN\nbXJvc2U=\nc2VjcmV0\nAUTH PLAIN AG1yb3Nl\nPASS secret\nXYZZY a b\n";
    assert_eq!(talk(address, &[&paper.option()], input).code, Some(74));
    let expected = "S: +OK ready\nC: AUTH <not shown>\nS: + VXNlcg==\nC: <not shown>\nS: + UGFzcw==\n\
        C: <not shown>\nS: -ERR no\nC: AUTH <not shown>\nS: -ERR no\nC: PASS <not shown>\n\
        S: +OK in<LF without CR>\nC: XYZZY a b\nS: +OK bye<end of connection>\n";
    assert_eq!(paper.said(), expected);
}

#[test]
fn a_transcript_never_replaces_a_file() {
    let paper = Paper::new();
    fs::write(paper.path(), "precious").expect("a file");
    let (address, _) = says(["+OK ready\r\n"]);
    let ended = talk(address, &[&paper.option()], b"QUIT\n");
    assert_eq!(ended.code, Some(73));
    assert!(ended.stderr.contains("name a new file"), "{}", ended.stderr);
    assert_eq!(fs::read(paper.path()).expect("a file"), b"precious");
}

/// Of long responses and long lines the ends, as in a server's transcript.
#[test]
fn a_transcript_stays_short() {
    let paper = Paper::new();
    let lines: String = (1..=100).map(|n| format!("line {n}\r\n")).collect();
    let long = "x".repeat(100_000);
    let message = format!("+OK {long}\r\n{lines}{long}\n\n.\r\n");
    let (address, _) = says(["+OK ready\r\n", &message, "+OK bye\r\n"]);
    assert_eq!(talk(address, &[&paper.option()], b"RETR 1\nQUIT\n").code, Some(0));
    let said = paper.said();
    assert!(said.contains("S: line 8\n   ... 90 lines ...\nS: line 99\nS: line 100\n"), "{said}");
    assert!(said.contains("more octets><LF without CR>\nS: <LF without CR>\nS: .\nC: QUIT\n"), "{said}");
    assert!(said.len() < 3000, "{} octets", said.len());
}
