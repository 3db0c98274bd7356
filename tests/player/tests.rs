//! The player's own tests: that it reads files as they are meant, and above all that it can
//! fail. A canned server stands in for one that misbehaves.

use crate::player::compare::{Pattern, Strict, Strictness};
use crate::player::dialogue::{Act, Column, Dialogue, Lines, Listing};
use crate::player::escape::{self, Line};
use crate::player::{DEADLINE, chapter, mbox, parse};
use pop1081::grade::catalogue::parse_statements;
use pop1081::grade::client::{Failure, Stop};
use pop1081::grade::fixture::{Message, stuffed};
use pop1081::grade::placeholders::{Facts, fill};
use pop1081::grade::player::{Environment, Player};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Short, for the tests that wait in vain.
const SOON: Duration = Duration::from_millis(100);

#[test]
fn escapes() {
    let line = |octets: &[u8], ended| Ok(Line { octets: octets.to_vec(), ended });
    assert_eq!(escape::unescape("plain text"), line(b"plain text", true));
    assert_eq!(escape::unescape(r"\x00\xfF\r\n\t\\"), line(b"\x00\xff\r\n\t\\", true));
    assert_eq!(escape::unescape("no end\\"), line(b"no end", false));
    for bad in [r"\q", r"\x1", r"\xg0"] {
        assert!(escape::unescape(bad).is_err(), "{bad}");
    }
    assert_eq!(escape::show(b"a\\\r\n\x00\xff"), r"a\\\r\n\x00\xff");
}

#[test]
fn lines_of_a_dialogue() {
    let dialogue = parsed("C2: STAT\nS2: +OK 2 320\nC: NOOP\\n\\\n  ...\n# no\nC:  <close connection>\n");
    let acts: Vec<&Act> = dialogue.steps.iter().map(|step| &step.act).collect();
    assert!(matches!(acts[0], Act::Send { id: 2, octets } if octets == b"STAT\r\n"));
    assert!(matches!(acts[1], Act::Reply { id: 2, expected } if *expected == Pattern::literal(b"+OK 2 320")));
    assert!(matches!(acts[2], Act::Send { id: 1, octets } if octets == b"NOOP\n"));
    assert!(matches!(acts[3], Act::Close { id: 1 }));
    assert_eq!((acts.len(), dialogue.steps[3].line), (4, 8));
}

#[test]
fn files_of_a_dialogue() {
    let text = format!("Users/a:\n| x\n|\n| \\x41\\\n{HEAD}Users/b:\nS: +OK\n");
    let dialogues = parse::dialogues(&text).expect("a good file");
    let files: Vec<_> = dialogues[0]
        .steps
        .iter()
        .filter_map(|step| match &step.act {
            Act::Write { path, octets } => Some((path.as_str(), octets.as_slice())),
            _ => None,
        })
        .collect();
    assert_eq!(files, [("a", &b"x\n\nA"[..]), ("b", &b""[..])]);
}

#[test]
fn what_is_no_dialogue_file() {
    let faults = [
        ("STAT\n", "1: nobody"),
        ("C: STAT\nX: +OK\n", "2: \"X\" is neither"),
        ("== id\n", "1: a dialogue starts"),
        ("== id: title\np. four: x\n", "2: \"four\""),
        ("| text\n", "1: no file"),
        ("C: <stand up>\n", "1: a client can't"),
        ("S: <stand up>\n", "1: a server can't"),
        ("Cx: STAT\n", "1: \"x\" is no number"),
        ("C: \\q\n", "1: \\q"),
        ("S: +OK\\\n", "1: every line"),
        ("== id: title\nC: STAT\nS: +OK\n", "1: id names no statement"),
        ("== id: title\np. 4: x\nC: STAT\n", "1: id expects nothing"),
    ];
    for (text, message) in faults {
        let error = parse::dialogues(text).err().unwrap_or_default();
        assert!(error.starts_with(message), "{text:?}: {error}");
    }
    assert!(parse_statements("id | 4 | rule").is_err() && parse_statements("id | x | - | 1 | rule").is_err());
    let table = parse_statements("# none\n\n== heading\nid | 4 | - | 2 | a rule | with a bar\n  later: x");
    let table = table.expect("a good table");
    assert_eq!((table[0].page_1081, table[0].page_1939, table[0].points), (Some(4), None, Some(2)));
    assert_eq!((table[0].chapter.as_str(), table[0].rule.as_str()), ("heading", "a rule | with a bar"));
}

#[test]
fn exact_comparison() {
    let agrees = |pieces: &[&str], came: &str| pattern(pieces).fits(came.as_bytes());
    assert!(agrees(&["+OK 2 320"], "+OK 2 320"));
    assert!(!agrees(&["+OK 2 320"], "+OK 2 320 "));
    assert!(agrees(&["-ERR ", ""], "-ERR x") && !agrees(&["-ERR ", ""], "-ERR "));
    assert!(agrees(&["<", "@dewey>"], "<1.2@dewey>") && !agrees(&["<", "@dewey>"], "<@dewey>"));
    assert!(agrees(&["a", "b", "c"], "axbbxc") && !agrees(&["a", "b", "c"], "axc"));
}

#[test]
fn comparison_by_what_the_memo_calls_significant() {
    let agrees = |pieces: &[&str], came: &str| pattern(pieces).agrees(came.as_bytes(), Strict::default());
    assert!(agrees(&["+OK mrose's maildrop has 2 messages"], "+OK Logged in."));
    assert!(!agrees(&["+OK mrose is a real hoopy frood"], "-ERR who?"));
    assert!(agrees(&["-ERR ", ""], "-ERR"));
    assert!(agrees(&["-ERR ", ""], "-ERR: no such message") && agrees(&["+OK hello"], "+OK\thello"));
    assert!(
        !agrees(&["-ERR ", ""], "-ERROR") && !agrees(&["+OK hello"], "+OKAY") && !agrees(&["+OK"], " +OK")
    );
    assert!(agrees(&["+OK 2 320"], "+OK 2 320 more") && !agrees(&["+OK 2 320"], "+OK 2 321"));
    assert!(agrees(&["1 120"], "1 120 more") && !agrees(&["1 120"], "1 12"));
    assert!(agrees(&["Subject: x"], "Subject: x") && !agrees(&["Subject: x"], "Subject: y"));
    assert!(agrees(&["."], ".") && !agrees(&[""], "x") && agrees(&[""], ""));
    assert!(agrees(&["+OK 2 ", ""], "+ok  2 3") && !agrees(&["+OK 2 ", ""], "+OK 3 3"));
}

#[test]
fn what_a_dialogue_may_be_strict_about() {
    let agrees = |came: &str, strict| pattern(&["+OK 2 ", ""]).agrees(came.as_bytes(), strict);
    let none = Strict::default();
    assert!(agrees("+OK 2 320", Strict::ALL));
    assert!(!agrees("+ok 2 320", Strict { letters: true, ..none }));
    assert!(!agrees("+OK 2  320", Strict { spaces: true, ..none }));
    assert!(!agrees("+OK 2 ", Strict { spaces: true, ..none }));
    assert!(!agrees("+OK 2 320 octets", Strict { rest: true, ..none }));
    assert!(agrees("+OK 2 320 octets", Strict { letters: true, spaces: true, ..none }));
    let long = format!("+OK 2 {}", "x".repeat(512));
    assert!(agrees(&long, none) && !agrees(&long, Strict { length: true, ..none }));
}

#[test]
fn what_was_expected_in_words() {
    let wanted = |pieces: &[&str], strict| pattern(pieces).wanted(strict);
    let none = Strict::default();
    assert_eq!(wanted(&["+OK 12 ", ""], none), "+OK 12");
    let rest = Strict { rest: true, ..none };
    assert_eq!(wanted(&["+OK 12 ", ""], rest), "+OK 12 and a number, and nothing more");
    assert_eq!(wanted(&["-ERR ", ""], Strict { letters: true, ..none }), "-ERR in capital letters");
    let spaces = Strict { spaces: true, ..none };
    assert_eq!(wanted(&["+OK 12 ", ""], spaces), "+OK 12 and a number, one space apart");
}

#[test]
fn placeholders() {
    let message = |line: &str| Message { lines: vec![line.into()], unended: false };
    let mut facts = Facts {
        name: "mrose".to_owned(),
        password: "tanstaaf".to_owned(),
        messages: vec![message("a"), message("bb"), message("ccc")],
        exact: true,
        ends_uncounted: false,
        timestamp: Some(b"<1896.697170952@dbc.mtview.ca.us>".to_vec()),
        unique_ids: BTreeMap::from([(2, b"id".to_vec())]),
    };
    assert_eq!(fill(b"{~octets 2}", &facts).as_deref(), Ok(&b"4"[..]));
    facts.exact = false;
    assert_eq!(fill(b"{~octets 2}", &facts).as_deref(), Ok(&b"*"[..]));
    let filled = |text: &str| fill(text.as_bytes(), &facts).map(|octets| escape::show(&octets));
    let all = "{name} {messages} {octets} {octets 2} {messages without 1, 2} {octets without 1, 2}";
    assert_eq!(filled(all).as_deref(), Ok("mrose 3 12 4 1 5"));
    assert_eq!(filled("{one too many}|{unique-id 2}|{password}").as_deref(), Ok("4|id|tanstaaf"));
    assert_eq!(filled("{digest}").as_deref(), Ok("c4c9334bac560ecc979e58001b3e22fb"));
    for none in ["{octets 4}", "{octets 0}", "{unique-id 1}", "{x}", "{name"] {
        assert!(filled(none).is_err(), "{none}");
    }
}

#[test]
fn lines_of_messages_and_listings() {
    let acts = |body: &str| -> Vec<Act> { parsed(body).steps.into_iter().map(|step| step.act).collect() };
    let sends = acts("S: <the POP3 server sends message 1>\nS: <the POP3 server sends some message, 2>\n");
    assert!(matches!(sends[0], Act::Lines { lines: Lines::Message(1), .. }));
    assert!(matches!(sends[1], Act::Lines { lines: Lines::Some(2), .. }));
    let sends = acts("S2: <the POP3 server sends the top of message 10 and 5 lines>\n");
    assert!(matches!(sends[0], Act::Lines { id: 2, lines: Lines::Top(10, 5) }));
    let lists = acts("S: <the POP3 server lists anew every message but 2, 3 with its size>\n");
    let but = Listing { anew: true, but: vec![2, 3], with: Column::Size };
    assert!(matches!(&lists[0], Act::Listing { listing, .. } if *listing == but));
}

#[test]
fn a_remark_at_the_end_of_a_greeting() {
    let greeting = pattern(&["+OK dewey POP3 server ready (Comments to: x)"]);
    let agrees = |came: &str| greeting.greets(came.as_bytes());
    assert!(
        agrees("+OK dewey POP3 server ready <1.2@dewey>") && agrees("+OK dewey POP3 server ready (none)")
    );
    assert!(!agrees("+OK huey POP3 server ready <1.2@huey>") && !agrees("+OK dewey POP3 server ready now"));
    assert!(!agrees("+OK dewey POP3 server ready"));
}

#[test]
fn messages_of_a_maildrop() {
    let maildrop = b"pw\n\nFrom a\nx\n\ny\n>From z\n>>From\n\nFrom b\r\n.\r\n\r\nFrom c\n\n\nFrom d\nend";
    let wire = |message: &mbox::Message| -> Vec<u8> {
        message.lines.iter().map(|line| stuffed(line)).collect::<Vec<_>>().join(&b"|"[..])
    };
    let messages: Vec<Vec<u8>> = mbox::messages(maildrop).iter().map(wire).collect();
    assert_eq!(messages, [&b"x||y|From z|>>From"[..], b"..", b"", b"end"]);
    assert!(mbox::messages(b"pw").is_empty());
}

#[test]
fn a_good_server_passes() {
    let outcome =
        played(b"+OK hello <1@dewey>\r\n+OK\r\n1 120\r\n.\r\n", "C: LIST\nS: +OK\nS: 1 120\nS: .\n");
    assert!(outcome.is_ok(), "{outcome:?}");
}

#[test]
fn a_wrong_answer_fails() {
    let failure = failure_of(b"+OK hello\r\n+OK 2 321\r\n", "C: STAT\nS: +OK 2 320\n");
    assert_eq!((failure.sent.as_str(), failure.expected.as_str()), ("STAT", "+OK 2 320"));
    assert_eq!((failure.came.as_str(), failure.hang), ("+OK 2 321", false));
}

#[test]
fn a_missing_carriage_return_fails() {
    assert!(failure_of(b"+OK hello\r\n+OK\n", "C: NOOP\nS: +OK\n").came.contains("without CR"));
}

#[test]
fn more_than_was_asked_for_fails() {
    assert!(failure_of(b"+OK hello\r\n+OK\r\n+OK\r\n", "C: NOOP\nS: +OK\n").came.contains("more than"));
    assert!(
        failure_of(b"+OK hello\r\n+OK\r\n\r\n", "C: QUIT\nS: +OK\nS: <close connection>\n")
            .came
            .contains("more")
    );
}

#[test]
fn an_early_end_fails() {
    let failure = failure_of(b"+OK hello\r\n+O", "C: NOOP\nS: +OK\n");
    assert!(failure.came.contains("closed") && failure.came.contains("+O") && !failure.hang, "{failure:?}");
}

#[test]
fn a_hang_fails_and_is_called_one() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let failure = expect_wrong(play(address, SOON, &parsed("C: <open connection>\nS: +OK\n")));
    assert!(failure.hang && failure.came.contains("nothing in time"), "{failure:?}");
}

#[test]
fn a_connection_left_open_after_quit_is_a_hang() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let failure = expect_wrong(play(address, SOON, &parsed("C: <open connection>\nS: <close connection>\n")));
    assert!(failure.hang && failure.expected == "the connection closed", "{failure:?}");
}

#[test]
fn a_report_names_the_place() {
    let dialogue = parsed("S: +OK\n");
    let failure = Failure { sent: "A".into(), expected: "B".into(), came: "C".into(), hang: false };
    let report = chapter::report("file.txt:7", &dialogue, &failure, "C:    A\n", "");
    for part in ["file.txt:7", "id: title", "p. 4 rule", "A\n", "B\n", "C\n"] {
        assert!(report.contains(part), "{part:?} is not in\n{report}");
    }
}

const HEAD: &str = "== id: title\np. 4: rule\n";

fn parsed(body: &str) -> Dialogue {
    let mut dialogues = parse::dialogues(&format!("{HEAD}{body}S: +OK\n")).expect("a good dialogue");
    let mut dialogue = dialogues.remove(0);
    dialogue.steps.pop();
    dialogue
}

fn pattern(pieces: &[&str]) -> Pattern {
    Pattern(pieces.iter().map(|piece| piece.as_bytes().to_vec()).collect())
}

/// Plays the lines after a greeting against a server that says the octets, whatever it hears.
fn played(octets: &'static [u8], body: &str) -> Result<(), Stop> {
    let (address, server) = canned(octets);
    let outcome = play(address, DEADLINE, &parsed(&format!("C: <open connection>\nS: +OK *\n{body}")));
    server.join().expect("the canned server");
    outcome
}

fn failure_of(octets: &'static [u8], body: &str) -> Failure {
    expect_wrong(played(octets, body))
}

fn expect_wrong(outcome: Result<(), Stop>) -> Failure {
    match outcome {
        Err(Stop::Failed(failure)) => failure,
        other => panic!("not found out: {other:?}"),
    }
}

fn play(address: SocketAddr, deadline: Duration, dialogue: &Dialogue) -> Result<(), Stop> {
    let mut player = Player::new(address, &Nowhere, Strictness::Exact, deadline);
    player.play(dialogue).map_err(|(_, stop)| stop)?;
    player.close_all()
}

/// Nobody's maildrop.
struct Nowhere;

impl Environment for Nowhere {
    fn pair(&self) -> (&str, &str) {
        ("nobody", "nothing")
    }

    fn messages(&self, _user: &str) -> Vec<Message> {
        Vec::new()
    }

    fn write(&self, _path: &str, _octets: &[u8]) -> Result<(), String> {
        Err("nowhere".to_owned())
    }
}

/// Says its octets at once, hears one command, and closes.
fn canned(octets: &'static [u8]) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("a client");
        client.write_all(octets).expect("to be heard");
        let _ = client.read(&mut [0; 512]);
    });
    (address, server)
}
