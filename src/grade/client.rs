//! One connection to a server that may do anything: be silent, send garbage,
//! send without end, send an octet now and then, close early. Every wait has a
//! deadline and every line a maximum length. A failure says what was sent, what
//! was expected and what came.

use super::escape::brief;
use socket2::{Domain, SockRef, Socket, Type};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Reserved (privileged) ports that a client may take, highest first, as rresvport(3) does.
const RESERVED_PORTS: std::ops::RangeInclusive<u16> = 512..=1023;

/// Octets of a line that are read. The longest in the standard maildrop has
/// 5,000.
const LINE: usize = 64 * 1024;

pub struct Client {
    stream: TcpStream,
    unread: Vec<u8>,
    /// How far `unread` has been searched for a line end.
    searched: usize,
    /// A line may end in LF alone.
    pub lenient: bool,
}

/// Why no line came.
#[derive(Debug)]
pub enum ReadError {
    Hang { unread: Vec<u8> },
    Closed { unread: Vec<u8> },
    BareLineFeed { line: Vec<u8> },
    Endless { start: Vec<u8> },
    Unasked { octets: Vec<u8> },
    Broken(io::Error),
}

impl Client {
    /// The connection that is open already, if there is one.
    ///
    /// # Errors
    /// Those of connect(2), and `TimedOut` at the deadline.
    pub fn open(unused: Option<TcpStream>, address: SocketAddr, deadline: Duration) -> io::Result<Client> {
        let stream = unused.map_or_else(|| TcpStream::connect_timeout(&address, deadline), Ok);
        Client::over(stream?, deadline)
    }

    /// Opens from a port below 1024.
    ///
    /// # Errors
    /// `PermissionDenied` where this process may not have one.
    pub fn open_from_reserved_port(address: SocketAddr, deadline: Duration) -> io::Result<Client> {
        for port in RESERVED_PORTS.rev() {
            match connect_from(port, address, deadline) {
                Ok(stream) => return Client::over(stream, deadline),
                Err(error) if is_taken(&error) => continue,
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::from(ErrorKind::AddrInUse))
    }

    fn over(stream: TcpStream, deadline: Duration) -> io::Result<Client> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(deadline))?;
        Ok(Client { stream, unread: Vec::new(), searched: 0, lenient: false })
    }

    /// # Errors
    /// `Broken` where the server has closed or takes nothing.
    pub fn send(&mut self, octets: &[u8]) -> Result<(), ReadError> {
        self.stream.write_all(octets).map_err(ReadError::Broken)
    }

    /// The next line, without its CRLF.
    ///
    /// # Errors
    /// Why there is none before `until`.
    pub fn line(&mut self, until: Instant) -> Result<Vec<u8>, ReadError> {
        loop {
            if let Some(end) = self.unread[self.searched..].iter().position(|&octet| octet == b'\n') {
                return self.take_line(self.searched + end);
            }
            self.searched = self.unread.len();
            if self.unread.len() > LINE {
                return Err(ReadError::Endless { start: self.take_unread() });
            }
            if !self.read_more(until)? {
                return Err(ReadError::Closed { unread: self.take_unread() });
            }
        }
    }

    /// The server closes the connection, and sends nothing before it does.
    ///
    /// # Errors
    /// What it does instead.
    pub fn expect_end(&mut self, until: Instant) -> Result<(), ReadError> {
        while self.unread.is_empty() {
            if !self.read_more(until)? {
                return Ok(());
            }
        }
        Err(ReadError::Unasked { octets: self.take_unread() })
    }

    /// Nothing has come, and nothing comes for a moment.
    ///
    /// # Errors
    /// What has come.
    pub fn expect_silence(&mut self, moment: Duration) -> Result<(), ReadError> {
        match self.expect_end(Instant::now() + moment) {
            Err(ReadError::Hang { .. }) | Ok(()) => Ok(()),
            Err(trouble) => Err(trouble),
        }
    }

    /// Ends the input of the server, which is expected to close then.
    ///
    /// # Errors
    /// What it does instead.
    pub fn close(mut self, until: Instant) -> Result<(), ReadError> {
        match self.stream.shutdown(Shutdown::Write) {
            Ok(()) => self.expect_end(until),
            Err(error) if error.kind() == ErrorKind::NotConnected => self.expect_end(until),
            Err(error) => Err(ReadError::Broken(error)),
        }
    }

    /// Ends the input of the server and reads what it still sends; false if it does
    /// not close in time.
    pub fn leave(mut self, until: Instant) -> bool {
        let _ = self.stream.shutdown(Shutdown::Write);
        let mut heard = 0;
        while heard < LINE {
            self.unread.clear();
            match self.read_more(until) {
                Ok(true) => heard += self.unread.len(),
                Ok(false) | Err(ReadError::Broken(_)) => return true,
                Err(_) => return false,
            }
        }
        false
    }

    /// Resets the connection, as when the client's machine goes down.
    ///
    /// # Errors
    /// Those of setsockopt(2).
    pub fn abort(self) -> io::Result<()> {
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO))
    }

    fn take_line(&mut self, end: usize) -> Result<Vec<u8>, ReadError> {
        let mut line: Vec<u8> = self.unread.drain(..=end).collect();
        self.searched = 0;
        line.pop();
        if line.pop_if(|octet| *octet == b'\r').is_some() || self.lenient {
            Ok(line)
        } else {
            Err(ReadError::BareLineFeed { line })
        }
    }

    fn take_unread(&mut self) -> Vec<u8> {
        self.searched = 0;
        std::mem::take(&mut self.unread)
    }

    /// Reads what has come, if anything; false at the end of the stream.
    fn read_more(&mut self, until: Instant) -> Result<bool, ReadError> {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ReadError::Hang { unread: self.take_unread() });
        }
        let mut buffer = [0; 8192];
        self.stream.set_read_timeout(Some(left)).map_err(ReadError::Broken)?;
        // Else a server that writes line after line waits 40 ms for each acknowledgement.
        #[cfg(target_os = "linux")]
        let _ = SockRef::from(&self.stream).set_tcp_quickack(true);
        match self.stream.read(&mut buffer) {
            Ok(count) => {
                self.unread.extend_from_slice(&buffer[..count]);
                Ok(count > 0)
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Err(ReadError::Hang { unread: self.take_unread() })
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(false),
            // The system does not restart a read that has a deadline.
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(true),
            Err(error) => Err(ReadError::Broken(error)),
        }
    }
}

fn connect_from(port: u16, address: SocketAddr, deadline: Duration) -> io::Result<TcpStream> {
    let here = match address {
        SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)),
        SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)),
    };
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.bind(&here.into())?;
    socket.connect_timeout(&address.into(), deadline)?;
    Ok(socket.into())
}

fn is_taken(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::AddrNotAvailable)
}

/// Why a dialogue ended before its end.
#[derive(Clone, Debug)]
pub enum Stop {
    /// It cannot be played here: no verdict.
    Skip(String),
    /// The server fails in the set-up: no verdict.
    Barred(Failure),
    Failed(Failure),
}

#[derive(Clone, Debug, Default)]
pub struct Failure {
    pub sent: String,
    pub expected: String,
    pub came: String,
    /// The server let the client wait in vain.
    pub hang: bool,
}

impl Failure {
    /// The server lets no client in, or not this one.
    pub fn bars_login(&self) -> bool {
        [NO_CONNECTION, NOTHING_SENT].contains(&self.sent.as_str())
            || self.sent.starts_with("USER ")
            || self.sent.starts_with("PASS ")
    }

    /// Nothing listens there.
    pub fn not_connected(&self) -> bool {
        self.sent == NO_CONNECTION
    }

    /// The server closed the connection instead.
    pub fn closed(&self) -> bool {
        self.came.starts_with(CLOSED)
    }

    /// In one sentence.
    pub fn sentence(&self) -> String {
        let Failure { sent, came, .. } = self;
        match sent.as_str() {
            NO_CONNECTION => format!("no connection ({came})"),
            NOTHING_SENT if self.hang => "no greeting came in time".to_owned(),
            NOTHING_SENT if came.starts_with(CLOSED) => "the server closed without a greeting".to_owned(),
            NOTHING_SENT => format!("the greeting was {came}"),
            _ if self.hang => format!("{sent} got no answer in time"),
            _ if came.starts_with(CLOSED) => format!("after {sent} {came}"),
            _ => format!("{sent} was answered with {came}"),
        }
    }
}

/// What was sent before a greeting that is wrong, or before there is a connection.
pub const NOTHING_SENT: &str = "nothing yet";
pub const NO_CONNECTION: &str = "a request to connect";

const CLOSED: &str = "the connection closed";

pub fn failure(sent: &str, expected: &str, came: &str) -> Stop {
    Stop::Failed(Failure { sent: sent.into(), expected: expected.into(), came: came.into(), hang: false })
}

/// No line came where one was expected.
pub fn read_failure(trouble: &ReadError, sent: &str, expected: &str) -> Failure {
    let so_far = |unread: &[u8]| match unread {
        [] => String::new(),
        octets => format!(", only \"{}\" so far", brief(octets)),
    };
    let before = |unread: &[u8]| match unread {
        [] => String::new(),
        octets => format!(", \"{}\" before it", brief(octets)),
    };
    let came = match trouble {
        ReadError::Hang { unread } => format!("nothing in time{}", so_far(unread)),
        ReadError::Closed { unread } => format!("{CLOSED}{}", before(unread)),
        ReadError::BareLineFeed { line } => format!("{}\\n (a line without CR)", brief(line)),
        ReadError::Endless { start } => format!("a line without end: {}", brief(start)),
        ReadError::Unasked { octets } => format!("{} (more than was asked for)", brief(octets)),
        ReadError::Broken(error) => format!("the connection broke: {error}"),
    };
    let hang = matches!(trouble, ReadError::Hang { .. });
    Failure { sent: sent.into(), expected: expected.into(), came, hang }
}
