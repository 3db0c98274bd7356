//! A line that is no command is answered with what is due now, or with the octet that it has too
//! much, so that a person at a terminal can go on alone.

use crate::common::fixture::TestServer;
use crate::common::pop::Pop;
use crate::common::talk::talk;

/// Every keyword, with arguments that it takes.
const COMMANDS: [&str; 15] = [
    "USER stef",
    "PASS guess",
    "RPOP mrose",
    "APOP mrose 0",
    "STAT",
    "LIST",
    "RETR 1",
    "DELE 2",
    "NOOP",
    "LAST",
    "RSET",
    "TOP 1 0",
    "UIDL",
    "CAPA",
    "QUIT",
];

#[test]
fn an_unknown_keyword_is_told_what_is_due() {
    let server = TestServer::new();
    let mut pop = server.open();
    talk(
        &mut pop,
        "C: help
         S: -ERR no command has this keyword; valid now: USER, APOP, CAPA or QUIT
         C: ?
         S: -ERR no command has this keyword; valid now: USER, APOP, CAPA or QUIT
         C: uesr mrose
         S: -ERR no command has this keyword; valid now: USER, APOP, CAPA or QUIT
         C: retr1
         S: -ERR no command has this keyword; valid now: USER, APOP, CAPA or QUIT
         C: USER mrose
         S: +OK mrose is a real hoopy frood
         C: secret
         S: -ERR no command has this keyword; valid now: PASS, RPOP, CAPA or QUIT
         C: PASS secret
         S: +OK mrose's maildrop has 2 messages (320 octets)
         C: help
         S: -ERR no command has this keyword; valid now: STAT, LIST, RETR, DELE, NOOP, LAST, RSET, TOP, UIDL, CAPA or QUIT",
    );
}

/// What is named as due is valid, and no other command is.
#[test]
fn exactly_what_is_valid_is_due() {
    for reached in [&[][..], &["USER mrose"], &["USER mrose", "PASS secret"]] {
        for command in COMMANDS {
            let server = TestServer::new();
            let mut pop = server.open();
            for before in reached {
                assert!(pop.ask(before).starts_with("+OK"), "{before}");
            }
            let due = due(&mut pop);
            let keyword = command.split(' ').next().expect("a keyword").to_owned();
            let reply = pop.ask(command);
            let refused =
                reply.contains("valid") && reply != "-ERR invalid password" || reply.contains("already");
            assert_eq!(due.contains(&keyword), !refused, "{command} after {reached:?}: {reply}");
        }
    }
}

/// The keywords that an unknown one is answered with.
fn due(pop: &mut Pop) -> Vec<String> {
    let reply = pop.ask("HELP");
    let list = reply.split_once("; valid now: ").unwrap_or_else(|| panic!("{reply}")).1;
    list.replace(" or ", ", ").split(", ").map(str::to_owned).collect()
}

#[test]
fn an_empty_line_is_told_what_is_due() {
    let server = TestServer::new();
    let mut pop = server.open();
    assert_eq!(pop.ask(""), "-ERR the line is empty; valid now: USER, APOP, CAPA or QUIT");
    assert_eq!(pop.ask(" USER mrose"), "-ERR a keyword comes first, yours has a space before it");
}

#[test]
fn a_control_octet_is_named_as_in_the_transcript() {
    let server = TestServer::new();
    let mut pop = server.open();
    talk(
        &mut pop,
        "C: \\x1b[Astat
         S: -ERR a keyword has letters only, not <ESC>: an arrow key?
         C: user\\tmrose
         S: -ERR a keyword has letters only, not <TAB>: a space is meant
         C: \\x04user mrose
         S: -ERR a keyword has letters only, not <EOT>: Ctrl-D?
         C: ste\\x08at
         S: -ERR a keyword has letters only, not <BS>: the Backspace key?
         C: ste\\x7fat
         S: -ERR a keyword has letters only, not <DEL>: the Backspace key?
         C: stat\\x00
         S: -ERR a keyword has letters only, not <NUL>",
    );
}

/// Such a line may be a password, and replies stand in transcripts.
#[test]
fn no_visible_octet_is_told() {
    let server = TestServer::new();
    let mut pop = server.open();
    talk(
        &mut pop,
        "C: USER mrose
         S: +OK mrose is a real hoopy frood
         C: s3cr\\xe9t
         S: -ERR no command has this keyword; valid now: PASS, RPOP, CAPA or QUIT",
    );
}

#[test]
fn rpop_from_a_high_port_names_its_rule() {
    let server = TestServer::new();
    let mut pop = server.open();
    talk(
        &mut pop,
        "C: USER mrose
         S: +OK mrose is a real hoopy frood
         C: RPOP mrose
         S: -ERR permission denied, RPOP needs a port below 1024",
    );
}
