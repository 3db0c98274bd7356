//! A client on any kind of connection. Every wait has a deadline, so that a server that hangs fails
//! the test.

use crate::player::DEADLINE;
use crate::player::escape::show;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;

pub struct Pop {
    output: Option<Output>,
    incoming: Receiver<Vec<u8>>,
    unread: Vec<u8>,
    /// Octets of `unread` that were read already.
    start: usize,
    /// The greeting's timestamp.
    pub timestamp: String,
}

/// What a client writes to; each kind is closed in its own way.
enum Output {
    Tcp(TcpStream),
    Unix(UnixStream),
    Pipe(Box<dyn Write + Send>),
}

/// A connection of which a client can be made.
pub trait Connection {
    fn client(self) -> Pop;
}

impl Connection for TcpStream {
    fn client(self) -> Pop {
        self.set_nodelay(true).expect("a connection");
        self.set_write_timeout(Some(DEADLINE)).expect("a timeout");
        Pop::over(self.try_clone().expect("a descriptor"), Output::Tcp(self))
    }
}

impl Connection for UnixStream {
    fn client(self) -> Pop {
        self.set_write_timeout(Some(DEADLINE)).expect("a timeout");
        Pop::over(self.try_clone().expect("a descriptor"), Output::Unix(self))
    }
}

/// What to read from and what to write to.
impl<I: Read + Send + 'static, O: Write + Send + 'static> Connection for (I, O) {
    fn client(self) -> Pop {
        Pop::over(self.0, Output::Pipe(Box::new(self.1)))
    }
}

impl Pop {
    fn over(mut input: impl Read + Send + 'static, output: Output) -> Pop {
        let (tell, incoming) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 64 * 1024];
            while let Ok(count @ 1..) = input.read(&mut buffer) {
                if tell.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Pop { output: Some(output), incoming, unread: Vec::new(), start: 0, timestamp: String::new() }
    }

    /// A client that has read the greeting.
    #[track_caller]
    pub fn greeted(connection: impl Connection) -> Pop {
        let mut pop = connection.client();
        let greeting = pop.line();
        let timestamp = greeting.strip_prefix("+OK dewey POP3 server ready ");
        pop.timestamp = timestamp.unwrap_or_else(|| panic!("greeted with {greeting}")).to_owned();
        pop
    }

    #[track_caller]
    pub fn send(&mut self, octets: &[u8]) {
        let sent = match self.output.as_mut().expect("an open half") {
            Output::Tcp(stream) => stream.write_all(octets),
            Output::Unix(stream) => stream.write_all(octets),
            Output::Pipe(pipe) => pipe.write_all(octets).and_then(|()| pipe.flush()),
        };
        sent.unwrap_or_else(|e| panic!("sending {}: {e}", show(octets)));
    }

    /// The next line, which must end in CRLF, without it.
    #[track_caller]
    pub fn octets_of_line(&mut self) -> Vec<u8> {
        let mut seen = 0;
        loop {
            let unread = &self.unread[self.start..];
            if let Some(more) = unread[seen..].iter().position(|octet| *octet == b'\n') {
                let line = &unread[..=seen + more];
                self.start += line.len();
                let whole = line.strip_suffix(b"\r\n").map(<[u8]>::to_vec);
                return whole.unwrap_or_else(|| panic!("a line without CR: {}", show(line)));
            }
            seen = unread.len();
            assert!(self.read_more(), "closed after \"{}\"", show(&self.unread[self.start..]));
        }
    }

    /// The next line, of printable ASCII.
    #[track_caller]
    pub fn line(&mut self) -> String {
        let line = self.octets_of_line();
        assert!(line.iter().all(|o| (b' '..=b'~').contains(o)), "unprintable: {}", show(&line));
        String::from_utf8(line).expect("ASCII")
    }

    /// Sends a command and reads one line.
    #[track_caller]
    pub fn ask(&mut self, command: impl AsRef<[u8]>) -> String {
        self.send(&[command.as_ref(), b"\r\n"].concat());
        self.line()
    }

    /// Sends a command and reads a multi-line response: its first line, its lines and the line
    /// that ends it, or `-ERR` and no more.
    #[track_caller]
    pub fn response(&mut self, command: &str) -> Vec<u8> {
        let first = self.ask(command);
        let mut response = [first.as_bytes(), b"\r\n"].concat();
        while first.starts_with("+OK") && !response.ends_with(b"\r\n.\r\n") {
            response.extend_from_slice(&self.octets_of_line());
            response.extend_from_slice(b"\r\n");
        }
        response
    }

    /// The lines of a multi-line response, without the first and the last.
    #[track_caller]
    pub fn lines(&mut self, command: &str) -> Vec<String> {
        let response = String::from_utf8(self.response(command)).expect("text");
        assert!(response.starts_with("+OK"), "{command}: {response}");
        let lines: Vec<String> = response.lines().map(str::to_owned).collect();
        lines[1..lines.len() - 1].to_vec()
    }

    /// USER and PASS; the reply to the latter.
    #[track_caller]
    pub fn log_in(&mut self, name: &str, password: &str) -> String {
        let welcome = self.ask(format!("USER {name}"));
        assert!(welcome.starts_with("+OK"), "USER {name}: {welcome}");
        self.ask(format!("PASS {password}"))
    }

    /// Everything up to the end of the connection.
    #[track_caller]
    pub fn rest(mut self) -> Vec<u8> {
        while self.read_more() {}
        self.unread[self.start..].to_vec()
    }

    /// QUIT; the reply. The server must close without another octet.
    #[track_caller]
    pub fn quit(mut self) -> String {
        let goodbye = self.ask("QUIT");
        self.closed();
        goodbye
    }

    /// The server closes without another octet.
    #[track_caller]
    pub fn closed(self) {
        let rest = self.rest();
        assert!(rest.is_empty(), "sent before closing: {}", show(&rest));
    }

    /// Closes its half; the server must close without another octet.
    #[track_caller]
    pub fn hang_up(mut self) {
        self.close_output();
        self.closed();
    }

    pub fn close_output(&mut self) {
        match self.output.take() {
            Some(Output::Tcp(stream)) => drop(stream.shutdown(Shutdown::Write)),
            Some(Output::Unix(stream)) => drop(stream.shutdown(Shutdown::Write)),
            Some(Output::Pipe(_)) | None => {}
        }
    }

    /// Reads what has arrived; `false` at the end.
    #[track_caller]
    fn read_more(&mut self) -> bool {
        match self.incoming.recv_timeout(DEADLINE) {
            Ok(part) => {
                self.unread.drain(..self.start);
                self.start = 0;
                self.unread.extend_from_slice(&part);
                true
            }
            Err(RecvTimeoutError::Disconnected) => false,
            Err(RecvTimeoutError::Timeout) => panic!("no answer in time"),
        }
    }
}

/// The reading half is still open in its thread; the server must see both halves closed.
impl Drop for Pop {
    fn drop(&mut self) {
        match self.output.take() {
            Some(Output::Tcp(stream)) => drop(stream.shutdown(Shutdown::Both)),
            Some(Output::Unix(stream)) => drop(stream.shutdown(Shutdown::Both)),
            Some(Output::Pipe(_)) | None => {}
        }
    }
}
