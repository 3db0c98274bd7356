//! Failed logins: each reply takes longer than the one before, the last closes the connection, and
//! no other client waits.

use super::in_process::{LONG, context, greeted, is_free, users};
use crate::common::fixture::{Files, TestServer};
use crate::common::pop::Pop;
use crate::common::program::{Session, program, run};
use crate::common::wait_for;
use pop1081::limits::FAILED_LOGINS;
use pop1081::session::ServerContext;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

const CLOSED: &str = "-ERR too many failed logins, the connection is closed";

/// Commands that fail to log in, and their replies.
const FAILING: [(&str, &str); 3] = [
    ("USER mrose\r\nPASS wrong", "-ERR invalid password"),
    ("APOP mrose c4c9334bac560ecc979e58001b3e22fb", "-ERR permission denied"),
    ("USER mrose\r\nRPOP mrose", "-ERR permission denied, RPOP needs a port below 1024"),
];

#[track_caller]
fn fail(pop: &mut Pop, kind: usize) -> String {
    let (commands, _) = FAILING[kind % FAILING.len()];
    let mut reply = pop.ask(commands);
    if commands.starts_with("USER") {
        assert!(reply.starts_with("+OK"), "{reply}");
        reply = pop.line();
    }
    reply
}

#[test]
fn the_last_one_closes_the_connection() {
    let server = TestServer::new();
    for first in 0..FAILING.len() {
        let mut pop = server.open();
        for number in 1..FAILED_LOGINS as usize {
            assert_eq!(fail(&mut pop, first + number), FAILING[(first + number) % FAILING.len()].1);
        }
        assert_eq!(fail(&mut pop, first), CLOSED);
        pop.closed();
    }
    server.log_in("mrose", "secret").quit();
}

/// The password was right.
#[test]
fn a_maildrop_in_use_is_no_failed_login() {
    let server = TestServer::new();
    let first = server.log_in("mrose", "secret");
    let mut second = server.open();
    for _ in 0..2 * FAILED_LOGINS {
        assert!(second.log_in("mrose", "secret").starts_with("-ERR [IN-USE]"));
    }
    first.quit();
    assert!(second.log_in("mrose", "secret").starts_with("+OK"));
}

#[test]
fn each_reply_takes_longer() {
    let users = users();
    let delay = Duration::from_millis(40);
    let context = ServerContext { login_delay: delay, ..context(&users) };
    for kind in 0..FAILING.len() {
        let (session, mut pop) = greeted(&context, LONG);
        for number in 0..FAILED_LOGINS {
            let asked = Instant::now();
            fail(&mut pop, kind);
            let waited = asked.elapsed();
            assert!(waited >= delay * (1 << number), "number {number} was answered after {waited:?}");
        }
        pop.closed();
        session.join().expect("no panic");
    }
}

/// The time of the reply does not tell which users exist.
#[test]
fn with_hidden_users_every_name_takes_the_whole_delay() {
    let users = users();
    let delay = Duration::from_millis(40);
    let context = ServerContext { login_delay: delay, hide_users: true, ..context(&users) };
    // Files whose password can't be read must not show that they exist.
    users.write("long", "x".repeat(5000).as_bytes());
    users.write("closed", b"pw\n");
    fs::set_permissions(users.path("closed"), Permissions::from_mode(0o0)).expect("a mode");
    for name in ["mrose", "frated", ".rhosts", "hermit", "long", "closed"] {
        let (_session, mut pop) = greeted(&context, LONG);
        let asked = Instant::now();
        assert_eq!(pop.log_in(name, "wrong"), "-ERR invalid password", "{name}");
        assert!(asked.elapsed() >= delay, "{name}");
        let asked = Instant::now();
        assert_eq!(pop.ask(format!("APOP {name} {}", "0".repeat(32))), "-ERR permission denied", "{name}");
        assert!(asked.elapsed() >= 2 * delay, "{name}");
    }
}

/// While one client waits for its reply, others log in, also to the same maildrop.
#[test]
fn no_other_client_waits() {
    let users = users();
    let context = ServerContext { login_delay: LONG, ..context(&users) };
    let (_session, mut first) = greeted(&context, LONG);
    assert!(first.ask("USER mrose").starts_with("+OK"));
    first.send(b"PASS wrong\r\n");
    for (name, password) in [("mrose", "secret"), ("stef", "zaphod"), ("dotty", "morse")] {
        let (session, mut pop) = greeted(&context, LONG);
        assert!(pop.log_in(name, password).starts_with("+OK"));
        pop.quit();
        session.join().expect("no panic");
    }
}

#[test]
fn the_option_is_obeyed() {
    let users = users();
    let mut session = program(["inetd", "--login-delay", "1", "--users"]);
    let asked = Instant::now();
    let ended = run(session.arg(users.directory()), b"USER mrose\r\nPASS wrong\r\nQUIT\r\n");
    assert!(ended.stdout.contains("-ERR invalid password"), "{}", ended.stdout);
    assert!(asked.elapsed() >= Duration::from_secs(1), "{:?}", asked.elapsed());
}

/// The failure is logged at once, its reply is due in ten minutes.
#[test]
fn no_lock_is_held_during_the_delay() {
    let users = users();
    Session::logged_in(&users, "mrose", "secret").1.quit();
    let mut command = program(["inetd", "--hostname", "dewey", "--login-delay", "600", "--users"]);
    command.arg(users.directory()).arg("--log").arg(users.log());
    let (_session, mut pop) = Session::on_pipes(&mut command);
    assert!(pop.ask("USER mrose").starts_with("+OK"));
    pop.send(b"PASS wrong\r\n");
    wait_for("the failure in the log", || {
        fs::read_to_string(users.log()).ok().filter(|log| log.contains("mrose from"))
    });
    assert!(is_free(&users, "mrose"));
}
