//! How a server starts: the first line of its log, and whether systemd hears that it is ready.

use super::{Running, log, server, users};
use crate::common::program::finish;
use crate::common::{skipped, wait_for};
use crate::player::users::TestUsers;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::os::unix::net::UnixDatagram;
use std::process::Stdio;

#[test]
fn the_log_begins_with_version_directory_and_addresses() {
    let users = users();
    let running = Running::start(server(&users).args(["--listen", "127.0.0.1:0"]));
    let version = env!("CARGO_PKG_VERSION");
    let directory = users.directory().canonicalize().expect("a directory");
    let said =
        format!("pop1081 {version} serves {} on {} and 127.0.0.1:", directory.display(), running.address);
    let first = wait_for("the log", || Some(log(&users).lines().next()?.to_owned()));
    assert!(first.contains(&said), "{said}:\n{first}");
}

/// Such a path must be short, those of the tests may be long.
fn socket_of_systemd(users: &TestUsers) -> Option<(UnixDatagram, OsString)> {
    let path = users.log().with_file_name("notify");
    match UnixDatagram::bind(&path) {
        Ok(socket) => Some((socket, path.into_os_string())),
        Err(why) => {
            skipped(&format!("no socket {}: {why}", path.display()));
            None
        }
    }
}

/// A path, and on Linux a name without one, as `@` in front says.
#[test]
fn systemd_hears_that_the_server_is_ready() {
    let users = users();
    #[allow(unused_mut, reason = "only Linux has the second kind")]
    let mut sockets: Vec<_> = socket_of_systemd(&users).into_iter().collect();
    #[cfg(target_os = "linux")]
    {
        use std::os::linux::net::SocketAddrExt;
        use std::os::unix::net::SocketAddr;
        let name = format!("pop1081-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).expect("a name");
        sockets.push((UnixDatagram::bind_addr(&address).expect("a socket"), format!("@{name}").into()));
    }
    for (socket, name) in sockets {
        let running = Running::start(server(&users).env("NOTIFY_SOCKET", &name));
        socket.set_read_timeout(Some(crate::player::DEADLINE)).expect("a timeout");
        let mut said = [0; 64];
        let count = socket.recv(&mut said).unwrap_or_else(|e| panic!("{name:?}: {e}"));
        assert_eq!(&said[..count], b"READY=1");
        drop(running);
    }
}

#[test]
fn systemd_hears_nothing_of_a_server_whose_port_is_in_use() {
    let users = users();
    let Some((socket, path)) = socket_of_systemd(&users) else { return };
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let mut command = server(&users);
    command.args(["--listen", &address]).env("NOTIFY_SOCKET", &path).stderr(Stdio::piped());
    let ended = finish(&mut command.spawn().expect("the program"));
    assert_eq!(ended.code, Some(69), "{}", ended.stderr);
    socket.set_nonblocking(true).expect("a socket");
    assert_eq!(socket.recv(&mut [0; 64]).map_err(|e| e.kind()), Err(ErrorKind::WouldBlock));
}
