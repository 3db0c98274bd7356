//! Passwords: line one of a user's file, spaces included; an empty password never logs in.
//! `--hide-users`. That no password is logged is in `hostile`.

use crate::common::fixture::TestServer;

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
fn it_may_contain_any_octet_but_lf() {
    let server = TestServer::new();
    server.write("odd", b"\x00\xff\t\x7f\r \xe4\r\n");
    let mut pop = server.open();
    pop.ask("USER odd");
    assert_eq!(pop.ask(b"PASS \x00\xff\t\x7f\r \xe4"), "+OK odd's maildrop has 0 messages (0 octets)");
}

#[test]
fn an_empty_one_never_logs_in() {
    let server = TestServer::new();
    for octets in [&b""[..], b"\n", b"\r\n", b"\nFrom a\nx\n\n", b"\r\nsecret\n"] {
        server.write("nopass", octets);
        for line in ["PASS ", "PASS"] {
            let mut pop = server.open();
            assert!(pop.ask("USER nopass").starts_with("+OK"));
            assert!(pop.ask(line).starts_with("-ERR PASS takes the password"));
            // A line that is no command leaves the name in place.
            assert_eq!(pop.ask("PASS  "), INVALID);
        }
        for password in ["\r", "secret", "From a"] {
            assert_eq!(server.open().log_in("nopass", password), INVALID, "{password:?}");
        }
    }
}

#[test]
fn it_is_the_whole_of_line_one() {
    let server = TestServer::new();
    let file = String::from_utf8(server.read("mrose")).expect("text");
    let line_two = file.lines().nth(1).expect("a separator line");
    for wrong in ["s", "secre", "secrets", "SECRET", "secret\r", "secret\0", "secret ", line_two] {
        assert_eq!(server.open().log_in("mrose", wrong), INVALID, "{wrong:?}");
    }
    assert!(server.open().log_in("mrose", "secret").starts_with("+OK"));
}

/// With `--hide-users` replies to an unknown name and to a wrong password are the same.
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
