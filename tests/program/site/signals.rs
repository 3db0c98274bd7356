//! What each signal does: SIGHUP opens the log anew, SIGTERM and SIGINT end the server once no
//! session is in UPDATE.

use super::{Running, log, server, signal, users};
use crate::common::fixture::Files;
use crate::common::pop::{Connection, Pop};
use crate::common::program::{Session, inetd, make_fifo, wait};
use crate::common::{skipped, wait_for};
use crate::player::users::TestUsers;
use std::fs::{self, File};
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Stdio;

#[track_caller]
fn wait_for_log(users: &TestUsers, text: &str) {
    wait_for(text, || log(users).contains(text).then_some(()));
}

/// As logrotate does: the file gets another name, then the server the signal.
#[test]
fn hup_opens_the_log_anew_and_ends_nothing() {
    let users = users();
    let mut running = Running::start(&mut server(&users));
    let open = running.log_in("mrose", "secret");
    let old = users.log().with_file_name("log.1");
    fs::rename(users.log(), &old).expect("another name");
    running.signal("HUP");
    wait_for_log(&users, "the log was opened anew");
    running.log_in("stef", "zaphod").quit();
    assert!(open.quit().starts_with("+OK dewey POP3 server signing off"));
    let (old, new) = (fs::read_to_string(old).expect("the old log"), log(&users));
    for (text, in_old) in [("mrose from", true), ("stef from", false)] {
        assert_eq!((old.contains(text), new.contains(text)), (in_old, true), "{text}:\n{old}\n{new}");
    }
    assert!(running.child.try_wait().expect("a process").is_none());
}

#[test]
fn a_log_that_cannot_be_opened_anew_goes_on() {
    let in_its_place: [fn(&Path) -> bool; 2] = [|path| fs::create_dir(path).is_ok(), make_fifo];
    for make in in_its_place {
        let users = users();
        let mut running = Running::start(&mut server(&users));
        let old = users.log().with_file_name("log.1");
        fs::rename(users.log(), &old).expect("another name");
        if !make(&users.log()) {
            return skipped("no mkfifo");
        }
        running.signal("HUP");
        wait_for("the old log", || {
            fs::read_to_string(&old).ok()?.contains("can't be opened anew").then_some(())
        });
        running.log_in("stef", "zaphod").quit();
        assert!(fs::read_to_string(&old).expect("the old log").contains("stef from"));
        running.signal("TERM");
        assert_eq!(running.ended().code(), Some(0));
    }
}

/// Standard error that takes nothing, and what would read it.
fn unread() -> (UnixStream, Stdio) {
    let (reader, mut full) = UnixStream::pair().expect("two sockets");
    full.set_nonblocking(true).expect("a socket");
    while full.write(&[b'x'; 4096]).is_ok() || full.write(b"x").is_ok() {}
    full.set_nonblocking(false).expect("a socket");
    (reader, OwnedFd::from(full).into())
}

/// A terminal that was stopped, or a pipe to a program that hangs.
#[test]
fn a_log_that_nobody_reads_stops_nothing() {
    let users = users();
    let (_reader, full) = unread();
    let mut command = crate::common::program::program(["--listen", "127.0.0.1:0", "--hostname", "dewey"]);
    let mut running = Running::start(command.arg("--users").arg(users.directory()).stderr(full));
    assert!(running.log_in("mrose", "secret").quit().starts_with("+OK dewey"));
    running.signal("TERM");
    assert_eq!(running.ended().code(), Some(0));
    let (_reader, full) = unread();
    let (session, mut pop) = Session::on_pipes(inetd(&users).stderr(full));
    assert!(pop.log_in("mrose", "secret").starts_with("+OK"));
    pop.quit();
    session.ends_well();
}

#[test]
fn hup_without_a_log_file_does_nothing() {
    let users = users();
    let mut command = crate::common::program::program(["--listen", "127.0.0.1:0", "--hostname", "dewey"]);
    command.arg("--users").arg(users.directory()).stderr(File::create(users.log()).expect("a file"));
    let running = Running::start(&mut command);
    let mut open = running.log_in("mrose", "secret");
    running.signal("HUP");
    wait_for_log(&users, "no file that could be opened anew");
    assert_eq!(open.ask("STAT"), "+OK 2 320");
    running.log_in("stef", "zaphod").quit();
}

/// A session with deletions that has not come to QUIT changes nothing.
#[test]
fn term_and_int_end_the_server() {
    for name in ["TERM", "INT"] {
        let users = users();
        let transcripts = users.log().with_file_name("transcripts");
        fs::create_dir(&transcripts).expect("a directory");
        let mut running = Running::start(server(&users).arg("--transcript").arg(&transcripts));
        let before = users.read("mrose");
        let (mut open, before_login) = (running.log_in("mrose", "secret"), running.open());
        open.response("RETR 1");
        open.ask("DELE 1");
        running.signal(name);
        open.closed();
        before_login.closed();
        assert_eq!(running.ended().code(), Some(0));
        let log = log(&users);
        let said = format!("SIG{name}: the server ends; sessions open: 2, of them in UPDATE: 0");
        assert_eq!(log.matches(&said).count(), 1, "{log}");
        let mut count = 0;
        for entry in fs::read_dir(transcripts).expect("a directory") {
            let text = fs::read_to_string(entry.expect("an entry").path()).expect("a transcript");
            assert!(text.lines().last().is_some_and(|line| line.ends_with("the server ends")), "{text}");
            count += 1;
        }
        assert_eq!(count, 2);
        assert_eq!(users.read("mrose"), before);
        let (session, mut pop) = Session::logged_in(&users, "mrose", "secret");
        assert_eq!(pop.ask("LAST"), "+OK 0");
        pop.quit();
        session.ends_well();
    }
}

/// A session in UPDATE, which waits for the test to let go of the maildrop.
fn in_update(users: &TestUsers, running: &Running) -> (File, Pop) {
    let mut pop = running.log_in("mrose", "secret");
    pop.ask("DELE 1");
    let maildrop = File::open(users.path("mrose")).expect("a maildrop");
    fs2::FileExt::lock_exclusive(&maildrop).expect("the write lock");
    pop.send(b"QUIT\r\n");
    wait_for_log(users, "UPDATE begins");
    (maildrop, pop)
}

#[test]
fn an_update_finishes_before_the_server_ends() {
    let users = users();
    let mut running = Running::start(&mut server(&users));
    let mut late = running.log_in("stef", "zaphod");
    let before = users.read("stef");
    late.ask("DELE 1");
    let (maildrop, mut pop) = in_update(&users, &running);
    running.signal("TERM");
    wait_for_log(&users, "SIGTERM: the server ends; sessions open: 2, of them in UPDATE: 1");
    let mut new = TcpStream::connect(&running.address).expect("a connection").client();
    assert_eq!(new.line(), "-ERR the server ends, try again later");
    new.closed();
    // Its QUIT comes too late.
    late.send(b"QUIT\r\n");
    late.closed();
    assert_eq!(users.read("stef"), before);
    drop(maildrop);
    assert_eq!(pop.line(), "+OK dewey POP3 server signing off (1 message left)");
    assert_eq!(running.ended().code(), Some(0));
    assert!(users.read("mrose").starts_with(b"secret\nFrom deep@magrathea "));
}

#[test]
fn the_same_signal_again_ends_it_at_once() {
    let users = users();
    let mut running = Running::start(&mut server(&users));
    let before = users.read("mrose");
    let (maildrop, pop) = in_update(&users, &running);
    running.signal("INT");
    wait_for_log(&users, "SIGINT: the server ends");
    running.signal("TERM");
    running.signal("INT");
    assert_eq!(running.ended().signal(), Some(2));
    pop.closed();
    drop(maildrop);
    assert_eq!(users.read("mrose"), before);
    let (session, pop) = Session::logged_in(&users, "mrose", "secret");
    assert_eq!(pop.quit(), "+OK dewey POP3 server signing off (2 messages left)");
    session.ends_well();
}

/// inetd `wait`, or systemd's `Accept=no`: it is a server for many, too.
#[test]
fn on_a_listening_socket_of_a_launcher() {
    let users = users();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let mut command = inetd(&users);
    command.arg("--log").arg(users.log()).stdin(Stdio::from(OwnedFd::from(listener)));
    let mut server = Session(command.spawn().expect("the program"));
    drop(command);
    let open = Pop::greeted(TcpStream::connect(address).expect("a connection"));
    fs::rename(users.log(), users.log().with_file_name("log.1")).expect("another name");
    signal(server.0.id(), "HUP");
    wait_for_log(&users, "the log was opened anew");
    signal(server.0.id(), "TERM");
    open.closed();
    assert_eq!(wait(&mut server.0).code(), Some(0));
}

/// The process of one session ends as any other; what it has not brought to QUIT is as it was.
#[test]
fn the_session_of_a_launcher_ends() {
    let users = users();
    let before = users.read("mrose");
    let (mut session, mut pop) = Session::logged_in(&users, "mrose", "secret");
    pop.ask("DELE 1");
    // HUP and INT are ignored by what a nohup or a script's "&" has started, as these tests may be.
    signal(session.0.id(), "TERM");
    assert_eq!(wait(&mut session.0).signal(), Some(15));
    assert_eq!(users.read("mrose"), before);
}
