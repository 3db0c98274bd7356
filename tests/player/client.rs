//! One connection to a server. Every read has a deadline: a server that hangs is told apart
//! from one that answers wrong.

use socket2::{Domain, SockRef, Socket, Type};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Reserved (privileged) ports that a client may take, highest first, as rresvport(3) does.
const RESERVED_PORTS: std::ops::RangeInclusive<u16> = 512..=1023;

pub struct Client {
    stream: TcpStream,
    unread: Vec<u8>,
    deadline: Duration,
}

/// Why no line came.
#[derive(Debug)]
pub enum Trouble {
    Hang { unread: Vec<u8> },
    Closed { unread: Vec<u8> },
    BareLineFeed { line: Vec<u8> },
    Unasked { octets: Vec<u8> },
    Broken(io::Error),
}

impl Client {
    pub fn open(address: SocketAddr, deadline: Duration) -> io::Result<Client> {
        Client::over(TcpStream::connect_timeout(&address, deadline)?, deadline)
    }

    /// Opens from a port below 1024; `PermissionDenied` where this process may not have one.
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
        Ok(Client { stream, unread: Vec::new(), deadline })
    }

    pub fn send(&mut self, octets: &[u8]) -> Result<(), Trouble> {
        self.stream.write_all(octets).map_err(Trouble::Broken)
    }

    /// The next line, which must end in CRLF, without it.
    pub fn line(&mut self) -> Result<Vec<u8>, Trouble> {
        let give_up = Instant::now() + self.deadline;
        loop {
            if let Some(end) = self.unread.iter().position(|&octet| octet == b'\n') {
                return self.take_line(end);
            }
            if !self.read_more(give_up)? {
                return Err(Trouble::Closed { unread: std::mem::take(&mut self.unread) });
            }
        }
    }

    /// The server closes the connection, and sends nothing before it does.
    pub fn expect_end(&mut self) -> Result<(), Trouble> {
        let give_up = Instant::now() + self.deadline;
        while self.unread.is_empty() {
            if !self.read_more(give_up)? {
                return Ok(());
            }
        }
        Err(Trouble::Unasked { octets: std::mem::take(&mut self.unread) })
    }

    /// Says goodbye to the socket only: the server sees the end of its input, and closes.
    pub fn close(mut self) -> Result<(), Trouble> {
        match self.stream.shutdown(Shutdown::Write) {
            Ok(()) => self.expect_end(),
            Err(error) if error.kind() == ErrorKind::NotConnected => self.expect_end(),
            Err(error) => Err(Trouble::Broken(error)),
        }
    }

    /// Resets the connection: a client whose machine has gone away.
    pub fn abort(self) -> io::Result<()> {
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO))
    }

    fn take_line(&mut self, end: usize) -> Result<Vec<u8>, Trouble> {
        let mut line: Vec<u8> = self.unread.drain(..=end).collect();
        line.pop();
        if line.pop_if(|octet| *octet == b'\r').is_some() {
            Ok(line)
        } else {
            Err(Trouble::BareLineFeed { line })
        }
    }

    /// Reads what has come; false at the end of the stream.
    fn read_more(&mut self, give_up: Instant) -> Result<bool, Trouble> {
        let mut buffer = [0; 8192];
        let left = give_up.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        self.stream.set_read_timeout(Some(left)).map_err(Trouble::Broken)?;
        match self.stream.read(&mut buffer) {
            Ok(count) => {
                self.unread.extend_from_slice(&buffer[..count]);
                Ok(count > 0)
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Err(Trouble::Hang { unread: std::mem::take(&mut self.unread) })
            }
            Err(error) => Err(Trouble::Broken(error)),
        }
    }
}

fn connect_from(port: u16, address: SocketAddr, deadline: Duration) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())?;
    socket.connect_timeout(&address.into(), deadline)?;
    Ok(socket.into())
}

fn is_taken(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::AddrNotAvailable)
}
