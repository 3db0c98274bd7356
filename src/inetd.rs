//! `pop1081 inetd`: one session on standard input and output, whatever they are:
//! a TCP socket, a socket pair, two pipes, a terminal, or a listening socket.

use crate::exit::{self, Failure};
use crate::limits;
use crate::regular;
use crate::session::{self, Site};
use crate::wire::{self, Halves, Peer, Wire};
use std::fs::File;
use std::io::{self, Read};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixListener;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

/// Serves the client at standard input and output.
///
/// # Errors
/// Exit code 71 when they can't be used.
pub fn serve(site: &Site, autologout: Duration) -> Result<(), Failure> {
    let wire = wire(autologout).map_err(|e| (exit::SYSTEM, format!("standard input: {e}")))?;
    session::run(site, wire);
    Ok(())
}

/// Whether standard error is ours to write to: openbsd-inetd and xinetd have it
/// lead to the client, as standard input does.
pub fn stderr_is_ours() -> bool {
    let (stdin, stdout, stderr) = (io::stdin(), io::stdout(), io::stderr());
    let same = |a: BorrowedFd<'_>, b: BorrowedFd<'_>| match (file(a), file(b)) {
        (Ok(a), Ok(b)) => match (a.metadata(), b.metadata()) {
            (Ok(a), Ok(b)) => regular::same_file(&a, &b),
            _ => true,
        },
        _ => false,
    };
    let of_client = same(stderr.as_fd(), stdin.as_fd());
    !of_client && !same(stderr.as_fd(), stdout.as_fd())
}

/// A descriptor of its own for what a standard descriptor leads to.
fn file(descriptor: BorrowedFd<'_>) -> io::Result<File> {
    descriptor.try_clone_to_owned().map(File::from)
}

fn wire(autologout: Duration) -> io::Result<Wire> {
    let input = file(io::stdin().as_fd())?;
    let output = file(io::stdout().as_fd())?;
    let metadata = input.metadata()?;
    if !metadata.file_type().is_socket() {
        let input = Patient::new(input, autologout)?;
        return Ok(Wire::new(Peer::Local, Box::new(Halves { input, output })));
    }
    let same = regular::same_file(&metadata, &output.metadata()?);
    let (stream, accepted) = connection(input)?;
    wire::set_timers(&stream, autologout)?;
    let peer = stream.peer_addr().map_or(Peer::Local, Peer::Tcp);
    if same || accepted {
        Ok(Wire::new(peer, Box::new(stream)))
    } else {
        Ok(Wire::new(peer, Box::new(Halves { input: stream, output })))
    }
}

/// The connection on a socket, and whether it had to be accepted first: inetd
/// `wait` and systemd hand over a listening socket.
fn connection(socket: File) -> io::Result<(TcpStream, bool)> {
    let stream = TcpStream::from(OwnedFd::from(socket));
    match stream.peer_addr() {
        Err(e) if e.kind() == io::ErrorKind::NotConnected => {
            let of_tcp = stream.local_addr().is_ok();
            let listening = OwnedFd::from(stream);
            let accepted = if of_tcp {
                TcpListener::from(listening).accept()?.0
            } else {
                OwnedFd::from(UnixListener::from(listening).accept()?.0).into()
            };
            Ok((accepted, true))
        }
        _ => Ok((stream, false)),
    }
}

/// Reads what has no timer of its own, a pipe or a terminal, in a thread of its
/// own, and waits for it only so long.
struct Patient {
    parts: Receiver<io::Result<Vec<u8>>>,
    part: Vec<u8>,
    patience: Duration,
}

impl Patient {
    fn new(input: File, patience: Duration) -> io::Result<Self> {
        let (sender, parts) = sync_channel(1);
        thread::Builder::new().stack_size(limits::SESSION_STACK).spawn(move || read_parts(input, &sender))?;
        Ok(Patient { parts, part: Vec::new(), patience })
    }
}

fn read_parts(mut input: File, parts: &SyncSender<io::Result<Vec<u8>>>) {
    let mut buffer = [0; limits::INPUT_BUFFER];
    loop {
        let part = match input.read(&mut buffer) {
            Ok(0) => return,
            Ok(n) => Ok(buffer[..n].to_vec()),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => Err(e),
        };
        let failed = part.is_err();
        if parts.send(part).is_err() || failed {
            return;
        }
    }
}

impl Read for Patient {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.part.is_empty() {
            self.part = match self.parts.recv_timeout(self.patience) {
                Ok(part) => part?,
                Err(RecvTimeoutError::Timeout) => return Err(io::ErrorKind::TimedOut.into()),
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
            };
        }
        let length = self.part.len().min(buffer.len());
        buffer[..length].copy_from_slice(&self.part[..length]);
        self.part.drain(..length);
        Ok(length)
    }
}
