//! The session lock, the memo's exclusive-access lock: one session at a time has a maildrop,
//! whether the others are threads or processes, and no death of one leaves it behind.

use crate::common::house::House;
use crate::common::program::{Session, inetd};
use std::fs;
use std::os::unix::fs::MetadataExt;

const LOCKED: &str = "-ERR [IN-USE] unable to lock mrose's maildrop, file already locked";

#[test]
fn between_two_threads() {
    let house = House::new();
    let first = house.log_in("mrose", "secret");
    let mut second = house.open();
    assert_eq!(second.log_in("mrose", "secret"), LOCKED);
    assert!(house.open().log_in("stef", "zaphod").starts_with("+OK"), "another maildrop is free");
    first.quit();
    assert!(second.log_in("mrose", "secret").starts_with("+OK"));
    second.hang_up();
    house.log_in_when_free("mrose", "secret").quit();
}

#[test]
fn between_a_thread_and_a_process() {
    let house = House::new();
    let (session, in_process) = Session::logged_in(&house.users, "mrose", "secret");
    let mut in_thread = house.open();
    assert_eq!(in_thread.log_in("mrose", "secret"), LOCKED);
    in_process.quit();
    session.ends_well();
    assert!(in_thread.log_in("mrose", "secret").starts_with("+OK"));
    let (_session, mut in_process) = Session::on_pipes(&mut inetd(&house.users));
    assert_eq!(in_process.log_in("mrose", "secret"), LOCKED);
}

#[test]
fn between_two_processes_of_which_one_hangs_up() {
    let house = House::new();
    let (first_session, first) = Session::logged_in(&house.users, "mrose", "secret");
    let (_second_session, mut second) = Session::on_pipes(&mut inetd(&house.users));
    assert_eq!(second.log_in("mrose", "secret"), LOCKED);
    first.hang_up();
    first_session.ends_well();
    assert!(second.log_in("mrose", "secret").starts_with("+OK"));
}

#[test]
fn a_killed_process_leaves_no_lock_and_no_change() {
    let house = House::new();
    let before = house.read("mrose");
    let (mut session, mut killed) = Session::logged_in(&house.users, "mrose", "secret");
    killed.ask("DELE 1");
    assert_eq!(house.open().log_in("mrose", "secret"), LOCKED);
    session.0.kill().expect("to be killed");
    session.0.wait().expect("to be gone");
    let mut pop = house.log_in("mrose", "secret");
    assert_eq!(pop.ask("STAT"), "+OK 2 320");
    assert_eq!(house.read("mrose"), before);
}

/// Else anybody could lock anybody out.
#[test]
fn a_wrong_password_takes_no_lock() {
    let house = House::new();
    let mut wrong = house.open();
    assert_eq!(wrong.log_in("mrose", "wrong"), "-ERR invalid password");
    let mut halfway = house.open();
    halfway.ask("USER mrose");
    let first = house.log_in("mrose", "secret");
    assert_eq!(wrong.log_in("mrose", "wrong"), "-ERR invalid password", "locked or not");
    first.quit();
}

#[test]
fn the_file_of_the_lock_stays_the_same() {
    let house = House::new();
    house.log_in("mrose", "secret").quit();
    let inode = |house: &House| fs::metadata(house.path(".pop1081/mrose.lock")).expect("a lock").ino();
    let before = inode(&house);
    let mut pop = house.log_in("mrose", "secret");
    pop.ask("DELE 1");
    pop.quit();
    assert_eq!(inode(&house), before);
}

/// Of many who come at once, one gets in.
#[test]
fn a_race_has_one_winner() {
    let house = House::new();
    let mut clients: Vec<_> = (0..8).map(|_| house.open()).collect();
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
