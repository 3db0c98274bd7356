//! What a transcript shows and what it hides.

use super::{Lab, untimed};

#[test]
fn a_session_from_greeting_to_goodbye() {
    let lab = Lab::new();
    let mut pop = lab.server.log_in("mrose", "secret");
    pop.ask("RETR 3");
    pop.response("LIST");
    pop.ask("DELE 2");
    let timestamp = pop.timestamp.clone();
    pop.quit();
    let expected = format!(
        "== AUTHORIZATION\n\
        S: +OK dewey POP3 server ready {timestamp}\n\
        C: USER mrose\n\
        S: +OK mrose is a real hoopy frood\n\
        C: PASS <not shown>\n\
        S: +OK mrose's maildrop has 2 messages (320 octets)\n\
        == TRANSACTION: maildrop locked, 2 messages (320 octets), highest number accessed 0\n\
        C: RETR 3\n\
        S: -ERR no such message, only 2 messages in maildrop\n\
        C: LIST\n\
        S: +OK 2 messages (320 octets)\n\
        S: 1 120\n\
        S: 2 200\n\
        S: .\n\
        C: DELE 2\n\
        S: +OK message 2 deleted\n\
        C: QUIT\n\
        == UPDATE: 1 message removed, 1 message left, lock released\n\
        S: +OK dewey POP3 server signing off (1 message left)\n\
        == end: QUIT\n"
    );
    assert_eq!(lab.only(), expected);
}

#[test]
fn seconds_since_the_greeting_never_go_back() {
    let lab = Lab::new();
    lab.server.log_in("mrose", "secret").quit();
    let text = &lab.ended(1)[0];
    let times: Vec<f64> = text.lines().map(|line| line[..8].trim().parse().expect("seconds")).collect();
    assert!(times.is_sorted() && times[0] >= 0.0 && times[times.len() - 1] < 100.0, "{text}");
}

#[test]
fn a_long_message_is_elided() {
    let lab = Lab::new();
    let body: String = (1..=100).map(|n| format!("line {n}\n")).collect();
    let long = "x".repeat(3000);
    lab.server.write("long", format!("pw\nFrom a\nSubject: long\n\n{body}\n.dot\n{long}\n\n").as_bytes());
    let mut pop = lab.server.log_in("long", "pw");
    pop.response("RETR 1");
    pop.hang_up();
    let text = lab.only();
    let first = "S: +OK 3919 octets\nS: Subject: long\nS:\nS: line 1\n";
    let last = "S: line 100\nS:\nS: ..dot\nS: xxx";
    assert!(
        text.contains(first) && text.contains("\n   ... 93 lines ...\n") && text.contains(last),
        "{text}"
    );
    assert!(text.contains("x<2800 more octets>\nS: .\n"), "{text}");
    assert_eq!(text.matches("S: line ").count(), 7, "{text}");
}

#[test]
fn unprintable_octets() {
    let lab = Lab::new();
    lab.server.write("odd", b"pw\nFrom a\n\n\x1b[2J\xe9 \0a\rb\n\n");
    let mut pop = lab.server.log_in("odd", "pw");
    pop.response("TOP 1 9");
    pop.send(b"NOOP\n");
    assert_eq!(pop.line(), "+OK");
    assert!(pop.ask(b"LI\x08IST\xe9").starts_with("-ERR"));
    assert!(pop.ask("X".repeat(2000)).starts_with("-ERR"));
    pop.send(b"STA");
    pop.hang_up();
    let text = lab.only();
    for line in [
        "S: <ESC>[2J<0xE9> <NUL>a<CR>b",
        "C: NOOP<LF without CR>",
        "C: LI<BS>IST<0xE9>",
        "C: <a line of more than 1024 octets>",
        "C: STA<end of connection>",
        "== end, and no UPDATE: closed the connection without QUIT",
    ] {
        assert!(text.contains(&format!("\n{line}\n")), "{line} in\n{text}");
    }
}

/// However a password is typed, if it can be told from a command.
#[test]
fn no_password_and_no_digest() {
    let lab = Lab::new();
    lab.server.write("trillian", b"Xyzzy\n");
    let refused = [
        "PASS Xyzzy-too-early",
        "LOGIN trillian Xyzzy",
        "pass\tXyzzy",
        "PASSXyzzy",
        "  PASS Xyzzy",
        "APOP trillian Xyzzy",
        "APOP Xyzzy",
        "APOP trillian Xyzzy more",
        "USER trillian Xyzzy",
        "USER trillian",
        "Xyzzy",
        "PAS Xyzzy",
    ];
    let mut pop = lab.server.open();
    for line in refused {
        pop.ask(line);
    }
    assert!(pop.ask("PASS Xyzzy").starts_with("+OK"));
    pop.ask("PASS Xyzzy-again");
    pop.send(b"PASS Xyzzy");
    pop.hang_up();
    let text = lab.only();
    assert!(!text.contains("Xyzzy"), "{text}");
    assert!(text.contains("C: APOP trillian <not shown>\n") && text.contains("C: USER trillian\n"), "{text}");
    assert!(text.ends_with(
        "C: PASS <not shown><end of connection>\n== end, and no UPDATE: closed the connection without QUIT\n"
    ));
}

#[test]
fn other_ends_of_a_session() {
    let (lab, impatient) = (Lab::new(), Lab::with(&["--autologout", "1"]));
    lab.server.open().quit();
    let holder = lab.server.log_in("mrose", "secret");
    let mut second = lab.server.open();
    assert!(second.log_in("mrose", "secret").starts_with("-ERR [IN-USE]"));
    second.ask("USER mrose");
    second.ask("RPOP mrose");
    second.quit();
    holder.quit();
    impatient.server.open().closed();
    let texts = [lab.ended(3), impatient.ended(1)].concat();
    let all: String = texts.iter().map(|text| untimed(text)).collect();
    for line in [
        "== end: QUIT before the login, no UPDATE",
        "== still AUTHORIZATION: the maildrop is in use",
        "== still AUTHORIZATION: the port is not reserved",
        "== end, and no UPDATE: silent for too long",
    ] {
        assert!(all.contains(&format!("{line}\n")), "{line} in\n{all}");
    }
}
