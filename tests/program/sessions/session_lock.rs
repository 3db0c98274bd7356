//! The session lock, the memo's exclusive-access lock: one session at a time has a maildrop,
//! among threads and among processes, and no lock outlives its process.

use crate::common::fixture::TestServer;
use crate::common::program::{Session, inetd};
use std::fs;
use std::os::unix::fs::MetadataExt;

const LOCKED: &str = "-ERR [IN-USE] unable to lock mrose's maildrop, file already locked";

#[test]
fn between_two_threads() {
    let server = TestServer::new();
    let first = server.log_in("mrose", "secret");
    let mut second = server.open();
    assert_eq!(second.log_in("mrose", "secret"), LOCKED);
    assert!(server.open().log_in("stef", "zaphod").starts_with("+OK"), "another maildrop is free");
    first.quit();
    assert!(second.log_in("mrose", "secret").starts_with("+OK"));
    second.hang_up();
    server.log_in_when_free("mrose", "secret").quit();
}

#[test]
fn between_a_thread_and_a_process() {
    let server = TestServer::new();
    let (session, in_process) = Session::logged_in(&server.users, "mrose", "secret");
    let mut in_thread = server.open();
    assert_eq!(in_thread.log_in("mrose", "secret"), LOCKED);
    in_process.quit();
    session.ends_well();
    assert!(in_thread.log_in("mrose", "secret").starts_with("+OK"));
    let (_session, mut in_process) = Session::on_pipes(&mut inetd(&server.users));
    assert_eq!(in_process.log_in("mrose", "secret"), LOCKED);
}

#[test]
fn between_two_processes_of_which_one_hangs_up() {
    let server = TestServer::new();
    let (first_session, first) = Session::logged_in(&server.users, "mrose", "secret");
    let (_second_session, mut second) = Session::on_pipes(&mut inetd(&server.users));
    assert_eq!(second.log_in("mrose", "secret"), LOCKED);
    first.hang_up();
    first_session.ends_well();
    assert!(second.log_in("mrose", "secret").starts_with("+OK"));
}

#[test]
fn a_killed_process_leaves_no_lock_and_no_change() {
    let server = TestServer::new();
    let before = server.read("mrose");
    let (mut session, mut killed) = Session::logged_in(&server.users, "mrose", "secret");
    killed.ask("DELE 1");
    assert_eq!(server.open().log_in("mrose", "secret"), LOCKED);
    session.0.kill().expect("to be killed");
    session.0.wait().expect("to be gone");
    let mut pop = server.log_in("mrose", "secret");
    assert_eq!(pop.ask("STAT"), "+OK 2 320");
    assert_eq!(server.read("mrose"), before);
}

/// Otherwise anyone could lock a user out.
#[test]
fn a_wrong_password_takes_no_lock() {
    let server = TestServer::new();
    let mut wrong = server.open();
    assert_eq!(wrong.log_in("mrose", "wrong"), "-ERR invalid password");
    let mut halfway = server.open();
    halfway.ask("USER mrose");
    let first = server.log_in("mrose", "secret");
    assert_eq!(wrong.log_in("mrose", "wrong"), "-ERR invalid password", "locked or not");
    first.quit();
}

#[test]
fn the_lock_file_is_never_replaced() {
    let server = TestServer::new();
    server.log_in("mrose", "secret").quit();
    let inode = |server: &TestServer| fs::metadata(server.path(".pop1081/mrose.lock")).expect("a lock").ino();
    let before = inode(&server);
    let mut pop = server.log_in("mrose", "secret");
    pop.ask("DELE 1");
    pop.quit();
    assert_eq!(inode(&server), before);
}

/// Of several simultaneous logins one succeeds.
#[test]
fn simultaneous_logins() {
    let server = TestServer::new();
    let mut clients: Vec<_> = (0..8).map(|_| server.open()).collect();
    for pop in &mut clients {
        pop.send(b"USER mrose\r\nPASS secret\r\n");
    }
    let replies = clients.iter_mut().map(|pop| {
        assert!(pop.line().starts_with("+OK"));
        pop.line()
    });
    let replies: Vec<String> = replies.collect();
    assert_eq!(replies.iter().filter(|reply| reply.starts_with("+OK")).count(), 1, "{replies:?}");
    assert_eq!(replies.iter().filter(|reply| *reply == LOCKED).count(), 7, "{replies:?}");
}
