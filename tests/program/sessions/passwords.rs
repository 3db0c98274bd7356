//! Passwords: line one of a user's file and nothing else, spaces included, an empty one never;
//! who is there may be hidden; and no log at any level shows one.

use crate::common::fixture::TestServer;
use crate::common::program::{deliver_command, inetd, run};

const INVALID: &str = "-ERR invalid password";

#[test]
fn spaces_belong_to_it() {
    let server = TestServer::new();
    for (line, password) in
        [("two  words\n", "two  words"), (" front\n", " front"), ("end \r\n", "end "), ("no end", "no end")]
    {
        server.write("spaced", line.as_bytes());
        for wrong in [password.trim(), &password.replace(' ', ""), &format!("{password} "), "two words"] {
            if wrong != password {
                assert_eq!(server.open().log_in("spaced", wrong), INVALID, "{wrong:?}");
            }
        }
        let mut pop = server.open();
        assert_eq!(pop.log_in("spaced", password), "+OK spaced's maildrop has 0 messages (0 octets)");
        pop.quit();
    }
}

#[test]
fn any_octet_but_lf_may_be_in_it() {
    let server = TestServer::new();
    server.write("odd", b"\x00\xff\t\x7f\r \xe4\r\n");
    let mut pop = server.open();
    pop.ask("USER odd");
    assert_eq!(pop.ask(b"PASS \x00\xff\t\x7f\r \xe4"), "+OK odd's maildrop has 0 messages (0 octets)");
}

#[test]
fn an_empty_one_lets_nobody_in() {
    let server = TestServer::new();
    for octets in [&b""[..], b"\n", b"\r\n", b"\nFrom a\nx\n\n", b"\r\nsecret\n"] {
        server.write("nopass", octets);
        for line in ["PASS ", "PASS"] {
            let mut pop = server.open();
            assert!(pop.ask("USER nopass").starts_with("+OK"));
            assert!(pop.ask(line).starts_with("-ERR PASS takes the password"));
            // A line that is no command leaves the name as it is.
            assert_eq!(pop.ask("PASS  "), INVALID);
        }
        for password in ["\r", "secret", "From a"] {
            assert_eq!(server.open().log_in("nopass", password), INVALID, "{password:?}");
        }
    }
}

#[test]
fn it_is_line_one_whole_and_no_other() {
    let server = TestServer::new();
    for wrong in ["s", "secre", "secrets", "SECRET", "secret\r", "secret\0", "From ford@betelgeuse", "\n"] {
        let wrong = wrong.trim_end_matches('\n');
        assert_eq!(server.open().log_in("mrose", &format!("{wrong}x")), INVALID, "{wrong:?}");
    }
    assert!(server.open().log_in("mrose", "secret").starts_with("+OK"));
}

/// With `--hide-users` a name that nobody has is told apart from one with another password by
/// nothing that is said.
#[test]
fn hidden_users() {
    let server = TestServer::with(&["--hide-users"]);
    let say = |name: &str| {
        let mut pop = server.open();
        let welcome = pop.ask(format!("USER {name}")).replace(name, "NAME");
        let user_again = pop.ask("USER other");
        let denied = pop.ask("PASS wrong");
        let apop = pop.ask(format!("APOP {name} {}", "0".repeat(32)));
        let mut second = server.open();
        second.ask(format!("USER {name}"));
        let rpop = second.ask("RPOP root");
        [welcome, user_again, denied, apop, rpop, pop.quit()]
    };
    let unknown = say("frated");
    assert_eq!(unknown[0], "+OK NAME is a real hoopy frood");
    assert_eq!(unknown[2], INVALID);
    assert_eq!(unknown, say("mrose"));
    assert_eq!(unknown, say(".rhosts"));
    assert!(server.open().log_in("mrose", "secret").starts_with("+OK"));
}

/// Wherever a client or a maildrop has one, and however the client slips: the log has none.
#[test]
fn none_is_in_the_log_at_any_level() {
    let server = TestServer::new();
    server.write("zarniwoop", b"Xyzzy-on-line-one\nno mailbox\n");
    server.write("trillian", b"Xyzzy-on-line-one\n");
    server.write("long", format!("Xyzzy-{}\n", "y".repeat(3000)).as_bytes());
    let commands = "\
        PASS Xyzzy-too-early\r\nUSER trillian\r\nPASS Xyzzy-wrong\r\nUSER zarniwoop\r\nPASS Xyzzy-on-line-one\r\n\
        USER long\r\nPASS Xyzzy\r\nUSER trillian\r\nPASS\tXyzzy-tab\r\nPASS  Xyzzy-space\r\nPASSXyzzy-joined\r\n\
        USER trillian\r\nUSER trillian Xyzzy-with-name\r\nPAS Xyzzy-typo\r\nAPOP trillian\r\n\
        PASS Xyzzy-on-line-one\r\nPASS Xyzzy-again\r\nSTAT Xyzzy\r\nQUIT\r\n";
    let log = server.users.log().with_extension("trace");
    let mut session = inetd(&server.users);
    let ended = run(session.env("RUST_LOG", "trace").arg("--log").arg(&log), commands.as_bytes());
    assert_eq!(ended.code, Some(0));
    assert!(ended.stdout.contains("+OK trillian's maildrop has"), "{}", ended.stdout);
    assert!(!ended.stdout.contains("Xyzzy"), "{}", ended.stdout);
    let mut delivery = deliver_command(&server.users);
    delivery.env("RUST_LOG", "trace").arg("--log").arg(&log).arg("trillian");
    assert_eq!(run(&mut delivery, b"hello\n").code, Some(0));
    let log = std::fs::read_to_string(log).expect("a log");
    assert!(log.contains("trillian") && log.contains("logged in") && log.contains("delivered"), "{log}");
    assert!(!log.contains("Xyzzy"), "{log}");
}
