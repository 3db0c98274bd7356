//! `pop1081 inetd`: one session on standard input and output, whatever they are:
//! a TCP socket, a socket pair, two pipes, a terminal, or a listening socket.

use crate::exit::{self, Failure};
use crate::regular;
use crate::session::{self, Site};
use crate::wire::{PatientReader, PatientWriter, Peer, Sink, Socket, Wire};
use std::fs::File;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixListener;
use std::sync::Arc;
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
        let source = Box::new(PatientReader::new(input)?);
        return Ok(Wire::new(Peer::Local, source, Box::new(PatientWriter::new(output)?), autologout));
    }
    let same = regular::same_file(&metadata, &output.metadata()?);
    let (stream, accepted) = connection(input)?;
    // A socket of another family than TCP has no delay to turn off.
    let _ = stream.set_nodelay(true);
    let peer = stream.peer_addr().map_or(Peer::Local, Peer::Tcp);
    let stream = Arc::new(stream);
    let sink: Box<dyn Sink> =
        if same || accepted { Box::new(Socket::new(&stream)) } else { Box::new(PatientWriter::new(output)?) };
    Ok(Wire::new(peer, Box::new(Socket::new(&stream)), sink, autologout))
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
