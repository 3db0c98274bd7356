//! Unit tests of `src/commands/transcripts.rs`.

use super::*;

fn parse(text: &str) -> Session {
    Session::parse(text).expect("a transcript")
}

fn counts(pairs: &[(&str, u64)]) -> BTreeMap<String, u64> {
    pairs.iter().map(|(word, count)| ((*word).to_owned(), *count)).collect()
}

#[test]
fn a_session() {
    let session = parse(
        "   0.000 == session with 127.0.0.1:4 on 2026-11-21 at 09:00:00 UTC\n\
         \x20  0.000 S: +OK dewey POP3 server ready <1.2.3@dewey>\n\
         \x20  1.000 C: uesr <not shown>\n\
         \x20  1.000 S: -ERR no command has this keyword\n\
         \x20  2.000 C: user alice\n\
         \x20  2.000 S: +OK alice is a real hoopy frood\n\
         \x20  3.000 C: <IAC IP> <IAC DO TIMING-MARK>\n\
         \x20  3.000 S: <IAC WONT TIMING-MARK>\n\
         \x20  4.000 C: PASS <not shown>\n\
         \x20  4.000 S: +OK alice's maildrop has 2 messages (320 octets)\n\
         \x20  4.000 == TRANSACTION: for practice, 2 messages (320 octets)\n\
         \x20  5.000 C: RETR 1<LF without CR>\n\
         \x20  5.000 S: +OK 20 octets\n\
         \x20  5.000 S: -ERR is a word in this message\n\
         \x20  5.000    ... 40 lines ...\n\
         \x20  5.000 S:\n\
         \x20  5.000 S: ..\n\
         \x20  5.000 S: .\n\
         \x20  6.000 C: LIST 9\n\
         \x20  6.000 S: -ERR no such message, only 2 messages in maildrop\n\
         \x20  7.000 C: LIST 9\n\
         \x20  7.000 S: -ERR no such message, only 2 messages in maildrop\n\
         \x20  8.250 C: QUIT\n",
    );
    assert_eq!(session.user.as_deref(), Some("alice"));
    assert_eq!(session.seconds, 8.25);
    let commands = counts(&[("other", 1), ("USER", 1), ("PASS", 1), ("RETR", 1), ("LIST", 2), ("QUIT", 1)]);
    assert_eq!(session.commands, commands);
    let no_such_message = "no such message, only 2 messages in maildrop";
    assert_eq!(session.refused, counts(&[("no command has this keyword", 1), (no_such_message, 2)]));
}

/// The name is that of the login, not one that was refused.
#[test]
fn who_it_was() {
    for (lines, user) in [
        ("C: USER alice\nS: +OK\nC: PASS <not shown>\nS: -ERR no\n", None),
        (
            "C: USER alice\nS: +OK\nC: PASS <not shown>\nS: -ERR no\nC: USER bob\nS: +OK\nC: PASS\nS: +OK\n",
            Some("bob"),
        ),
        ("C: APOP carol <not shown>\nS: +OK\n", Some("carol")),
        ("C: USER dave\nS: +OK\nC: RPOP dave\nS: +OK\n", Some("dave")),
        ("C: USER ../dave\nS: +OK\nC: PASS\nS: +OK\n", None),
        ("C: PASS <not shown>\nS: +OK\n", None),
        ("S: +OK\nC: USER alice\n", None),
    ] {
        let text: String = lines.lines().map(|line| format!("   0.000 {line}\n")).collect();
        assert_eq!(parse(&text).user.as_deref(), user, "{lines}");
    }
}

/// A response that breaks off hides nothing behind it.
#[test]
fn a_response_without_an_end() {
    let session =
        parse("0.0 C: LIST\n0.0 S: +OK\n0.0 S: 1 120\n9.0 C: RETR 7\n9.0 S: -ERR no such message\n");
    assert_eq!(session.refused, counts(&[("no such message", 1)]));
}

#[test]
fn no_transcripts() {
    for text in [
        "",
        "\n\n",
        "hello",
        "C: USER x",
        "x C: USER x",
        "1.0 c: x",
        "-1.0 C: x",
        "inf C: x",
        "nan S: x",
        "1",
    ] {
        assert_eq!(Session::parse(text), None, "{text:?}");
    }
}

/// Whatever somebody has put into a file.
#[test]
fn nothing_steers_a_terminal_or_a_spreadsheet() {
    let session = parse("1.0 C: DELE 1\n1.0 S: -ERR \x1b[2J\"a\", b\u{7}\n1e300 C: \x1b\n0.0 S: -ERR\n");
    let mut sum = Session::default();
    sum.add(session);
    for user in ["=1+1", "+x", "@x"] {
        let sums =
            BTreeMap::from([(Some(user.to_owned()), Session { transcripts: 1, ..Session::default() })]);
        assert!(csv(&sums).contains(&format!("\n\"'{user}\",1,0,")), "{}", csv(&sums));
    }
    let sums = BTreeMap::from([(None, sum)]);
    for text in [text(&sums), csv(&sums)] {
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    }
    assert!(
        csv(&sums).contains(r#",\u{1b}[2J""a"", b\u{7}"#) || csv(&sums).contains(r#"\u{1b}[2J""a"", b\u{7}"#)
    );
}
