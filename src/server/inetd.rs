//! `pop1081 inetd`: finds out what standard input and output lead to, and keeps
//! everything but replies away from there.
//!
//! They may be a TCP socket, a socket pair, two pipes, a terminal, or a listening
//! socket. The sessions are run by `main`.

use super::listening::for_clients;
use crate::exit::{self, Failure};
use crate::limits;
use crate::protocol::reply::Reply;
use crate::system;
use crate::users::safe_open;
use crate::wire::{Output, Peer, PipeReader, PipeWriter, SocketReader, SocketWriter, Wire};
use socket2::SockRef;
use std::fs::{self, File, Metadata};
use std::io::{self, IsTerminal, Write};
use std::mem::MaybeUninit;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// What the launcher has passed.
pub enum Inherited {
    /// One client.
    Client(Box<Wire>),
    /// A listening socket: inetd `wait`, or systemd's `Accept=no`.
    Clients(Listener),
}

/// A listening socket that was lent.
pub enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Listener {
    fn new(socket: OwnedFd) -> io::Result<Self> {
        if SockRef::from(&socket).local_addr()?.is_unix() {
            return Ok(Listener::Unix(socket.into()));
        }
        for_clients(&SockRef::from(&socket));
        Ok(Listener::Tcp(socket.into()))
    }

    /// The next client. `timed`: accept(2) heeds a timeout, and need not be asked again
    /// and again.
    ///
    /// # Errors
    /// `WouldBlock` when none has come within this time; else what the system says.
    pub fn accept(&self, timeout: Duration, timed: bool) -> io::Result<TcpStream> {
        let (socket, begun) = (self.socket(), Instant::now());
        if timed { socket.set_read_timeout(Some(timeout)) } else { socket.set_nonblocking(true) }?;
        loop {
            let accepted = match self {
                Listener::Tcp(listener) => listener.accept().map(|(stream, _)| stream),
                Listener::Unix(listener) => listener.accept().map(|(stream, _)| OwnedFd::from(stream).into()),
            };
            match accepted {
                Err(e) if !timed && e.kind() == io::ErrorKind::WouldBlock && begun.elapsed() < timeout => {
                    thread::sleep(limits::ACCEPT_PAUSE);
                }
                // The BSDs give a connection what its listening socket has.
                Ok(stream) => return stream.set_nonblocking(false).map(|()| stream),
                Err(e) => return Err(e),
            }
        }
    }

    fn socket(&self) -> SockRef<'_> {
        match self {
            Listener::Tcp(listener) => SockRef::from(listener),
            Listener::Unix(listener) => SockRef::from(listener),
        }
    }
}

/// What standard input and output lead to; a client may be silent for this long.
///
/// # Errors
/// Exit code 71 when they can't be used.
pub fn inherited(autologout: Duration) -> Result<Inherited, Failure> {
    inherited_at(io::stdin().as_fd(), io::stdout().as_fd(), autologout)
        .map_err(|e| (exit::SYSTEM, format!("standard input: {e}")))
}

/// Tells a client that it can't be served, or the one that waits longest at a
/// listening socket: else inetd would start the server for it again and again.
pub fn refuse_client() {
    let reply = format!("{}\r\n", Reply::err("the server is not set up").as_str());
    let stdin = io::stdin();
    let stdin = SockRef::from(&stdin);
    if !listens(&stdin) {
        let mut stdout = io::stdout();
        if !stdout.is_terminal() {
            let _ = stdout.write_all(reply.as_bytes());
        }
    } else if stdin.set_nonblocking(true).is_ok()
        && let Ok((mut client, _)) = stdin.accept()
    {
        let _ = client.write_all(reply.as_bytes());
    }
}

/// Executes the program anew, with standard error leading nowhere, if it leads to
/// the client now. What the language itself writes there when memory runs out or
/// a stack is too small can't be kept back otherwise. Returns if there is no need
/// to, or if it can't be done: then log and panics keep away from it all the same.
pub fn reexec_without_stderr() {
    if stderr_is_ours() || io::stdin().is_terminal() {
        return;
    }
    // Only an error comes back.
    let _ = system::this_program().map(|mut anew| anew.stderr(Stdio::null()).exec());
}

/// Whether standard error is ours to write to: openbsd-inetd and xinetd have it
/// lead to the client, as standard input does.
pub fn stderr_is_ours() -> bool {
    let (stdin, stdout, stderr) = (io::stdin(), io::stdout(), io::stderr());
    let of_client = || same(stderr.as_fd(), stdin.as_fd()) || same(stderr.as_fd(), stdout.as_fd());
    leads_nowhere(stderr.as_fd()) || !of_client()
}

/// Whether standard error is a file or leads nowhere, so that writing to it never waits.
pub fn stderr_takes_all() -> bool {
    leads_nowhere(io::stderr().as_fd()) || metadata(io::stderr().as_fd()).is_ok_and(|to| to.is_file())
}

/// Whether two descriptors lead to the same; if in doubt, they do. One free descriptor
/// is enough to tell.
fn same(a: BorrowedFd<'_>, b: BorrowedFd<'_>) -> bool {
    match (metadata(a), metadata(b)) {
        (Ok(a), Ok(b)) => safe_open::same_file(&a, &b),
        _ => true,
    }
}

fn leads_nowhere(descriptor: BorrowedFd<'_>) -> bool {
    match (metadata(descriptor), fs::metadata("/dev/null")) {
        (Ok(descriptor), Ok(null)) => safe_open::same_file(&descriptor, &null),
        _ => false,
    }
}

fn metadata(descriptor: BorrowedFd<'_>) -> io::Result<Metadata> {
    file(descriptor)?.metadata()
}

/// A descriptor of its own for what a standard descriptor leads to.
fn file(descriptor: BorrowedFd<'_>) -> io::Result<File> {
    descriptor.try_clone_to_owned().map(File::from)
}

fn inherited_at(
    stdin: BorrowedFd<'_>,
    stdout: BorrowedFd<'_>,
    autologout: Duration,
) -> io::Result<Inherited> {
    let (input, output) = (file(stdin)?, file(stdout)?);
    for descriptor in [&input, &output] {
        // Launchers differ in this; timeouts need a descriptor that blocks.
        SockRef::from(descriptor).set_nonblocking(false)?;
    }
    if input.metadata()?.file_type().is_socket() && listens(&SockRef::from(&input)) {
        return Ok(Inherited::Clients(Listener::new(input.into())?));
    }
    client(input, output, autologout).map(|wire| Inherited::Client(Box::new(wire)))
}

fn client(input: File, output: File, autologout: Duration) -> io::Result<Wire> {
    if !input.metadata()?.file_type().is_socket() {
        let (input, output) = (PipeReader::new(input)?, PipeWriter::new(output)?);
        return Ok(Wire::new(Peer::reported(), Box::new(input), Box::new(output), autologout));
    }
    let one_socket = same(input.as_fd(), output.as_fd());
    let stream = TcpStream::from(OwnedFd::from(input));
    // A socket of another family than TCP has no delay to turn off.
    let _ = stream.set_nodelay(true);
    for_clients(&SockRef::from(&stream));
    let peer = stream.peer_addr().map_or_else(|_| Peer::reported(), Peer::behind);
    let stream = Arc::new(stream);
    let output: Box<dyn Output> =
        if one_socket { Box::new(SocketWriter::new(&stream)) } else { Box::new(PipeWriter::new(output)?) };
    Ok(Wire::new(peer, Box::new(SocketReader::new(&stream)), output, autologout))
}

/// Whether clients are to be accepted at a socket: it has no peer, and that is
/// not because its client has gone already, for then reading would find an end.
fn listens(socket: &SockRef<'_>) -> bool {
    let no_peer = socket.peer_addr().is_err_and(|e| e.kind() == io::ErrorKind::NotConnected);
    // Not of nothing: FreeBSD refuses that at any socket.
    let kind = || socket.peek(&mut [MaybeUninit::uninit()]).map_err(|e| e.kind());
    no_peer && matches!(kind(), Err(io::ErrorKind::NotConnected | io::ErrorKind::InvalidInput))
}

#[cfg(test)]
#[path = "../../tests/unit/server/inetd.rs"]
mod tests;
