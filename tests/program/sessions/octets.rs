//! Every octet: for odd maildrops, STAT, LIST, RETR and TOP report and send exactly what the model
//! works out, and UPDATE leaves every other octet as it was.

use crate::common::fixture::TestServer;
use crate::common::model::{assert_serves, messages};
use crate::player::mbox::without;

const HEAD: &str = "From a@example.org Tue Nov  1 09:05:00 1988\n";

fn odd_maildrops() -> Vec<(&'static str, Vec<u8>)> {
    let text = |body: &str| format!("pw\n{HEAD}{body}").into_bytes();
    let octets = |body: &[u8]| [b"pw\n", HEAD.as_bytes(), body].concat();
    vec![
        ("no mail", b"pw\n".to_vec()),
        ("a password without end", b"pw".to_vec()),
        ("blank lines only", b"pw\n\n\r\n\n".to_vec()),
        ("blank lines before the first separator", [b"pw\n\n\r\n\n", HEAD.as_bytes(), b"x\n\n"].concat()),
        ("LF", text("Subject: x\n\nbody\n\n")),
        ("CRLF", text("Subject: x\n\nbody\n\n").iter().flat_map(crlf).collect()),
        ("CRLF and LF mixed", text("Subject: x\r\n\nbody\r\nmore\n\r\n\nend\r\n\r\nFrom b\ny\n\n")),
        ("no line end at the end", text("Subject: x\n\nno end")),
        ("no empty line at the end", text("Subject: x\n\nend\n")),
        ("only a CR at the end", text("Subject: x\n\nend\r")),
        ("a line of a CR at the end", text("Subject: x\n\nend\n\r")),
        ("an empty line of CRLF at the end", text("Subject: x\n\nend\n\r\n")),
        ("empty lines at the end", text("Subject: x\n\nend\n\n\n\n")),
        ("lone CRs", text("a\rb\r\rc\r\r\n\r\r\n\rend\n\nFrom b\n\r\n\r\n\r\r\n")),
        ("NUL and every other octet", octets(&(0..=255).cycle().take(3000).collect::<Vec<u8>>())),
        ("8-bit text", octets(b"Subject: Bl\xe5b\xe6r\n\nr\xf8mme \xfe\xff\xfe\n\n")),
        ("quoted separators", text("\n>From a\n>>From b\n>>>From c\n> From d\n>From\n>from e\n>>\n>\n\n")),
        ("From that is no separator", text("\nFrom within\nx\nFrom a\n From b\n\nFrom: c\n\nFromage\n\n")),
        ("dots", text(".\n..\n.x\n...\n.\r\n\n.\n\n")),
        ("dots only", text(".\n.\n.\n")),
        ("a dot without end", text("x\n\n.")),
        ("an empty message", text("\n")),
        ("an empty message at the end", text("")),
        ("nothing but separators", text(&format!("\n{HEAD}\n{HEAD}\n\n{HEAD}"))),
        ("a separator line without end", text("x\n\nFrom b")),
        ("a bare separator without end", text("x\n\nFrom ")),
        ("headers only", text("Subject: x\nTo: y\n\n")),
        ("headers only, without the empty line", text("Subject: x\nTo: y\n")),
        ("a body only", text("\nbody\n\n")),
        ("a message of empty lines", text("\n\n\n\n\n\nFrom b\n\n\n\nFrom c\n")),
        ("CRLF separators", text("x\r\n\r\nFrom b\r\ny\r\n\r\nFrom c\r\n\r\n\r\nFrom d\r\n")),
        ("a password line of CRLF", [b"pw\r\n", HEAD.as_bytes(), b"x\r\n"].concat()),
        ("UTF-8 and its mark", text("\u{feff}Subject: \u{1f4ec}\n\n\u{2028}\n\n")),
    ]
}

fn crlf(octet: &u8) -> Vec<u8> {
    if *octet == b'\n' { b"\r\n".to_vec() } else { vec![*octet] }
}

/// Lines and messages larger than any buffer.
fn long_maildrops() -> Vec<(&'static str, Vec<u8>)> {
    let text = |body: String| format!("pw\n{HEAD}{body}").into_bytes();
    let quotes = ">".repeat(200_000);
    vec![
        ("a line of 300,000 octets", text(format!("Subject: x\n\n{}\nend\n\n", "x".repeat(300_000)))),
        ("one without end", text(format!("\n{}", "y".repeat(262_144)))),
        ("one of dots", text(format!("\n{}\n\n", ".".repeat(300_000)))),
        ("one of CRs", text(format!("\n{}\n\n", "\r".repeat(300_000)))),
        ("200,000 > and a separator", text(format!("\n{quotes}From b\n{quotes}From c"))),
        ("200,000 > and no separator", text(format!("\n{quotes}Fromage\n{quotes}\n{quotes}"))),
        ("a separator line of 300,000 octets", text(format!("x\n\nFrom {}\ny\n\n", "b".repeat(300_000)))),
        ("300,000 blank lines", format!("pw\n{}{HEAD}x\n\n", "\n".repeat(300_000)).into_bytes()),
        ("70,000 empty lines in a message", text(format!("{}From b\n", "\n".repeat(70_000)))),
        ("5,000 messages", text(format!("x\n\n{}", format!("{HEAD}.y\n>From z\n\n").repeat(4999)))),
    ]
}

/// Serves each maildrop to a user of one server.
fn assert_all_served(maildrops: Vec<(&str, Vec<u8>)>) {
    let server = TestServer::new();
    for (what, maildrop) in maildrops {
        println!("a maildrop with {what}");
        server.write("odd", &maildrop);
        let mut pop = server.log_in_when_free("odd", "pw");
        assert_serves(&mut pop, &maildrop);
        pop.hang_up();
    }
}

#[test]
fn odd_maildrops_are_served_octet_for_octet() {
    assert_all_served(odd_maildrops());
}

#[test]
fn long_lines_and_messages_are_served_octet_for_octet() {
    let (many, long): (Vec<_>, Vec<_>) =
        long_maildrops().into_iter().partition(|(what, _)| what.starts_with("5,000"));
    assert_all_served(long);
    let server = TestServer::new();
    let maildrop = &many[0].1;
    server.write("odd", maildrop);
    let mut pop = server.log_in("odd", "pw");
    let messages = messages(maildrop);
    assert_eq!(messages.len(), 5000);
    assert_eq!(pop.lines("LIST").len(), 5000);
    for number in [1, 2, 2500, 5000] {
        assert_eq!(pop.response(&format!("RETR {number}")), messages[number - 1].retr());
    }
}

/// Shifts a line across the end of the buffers for reading and bursting.
#[test]
fn separators_and_quotes_at_the_edges_of_buffers() {
    let server = TestServer::new();
    for edge in [64 * 1024, 256 * 1024] {
        for before in (edge - 40..edge + 12).step_by(3) {
            let filling = "x".repeat(before - HEAD.len());
            let maildrop =
                format!("pw\n{HEAD}\n{filling}\n>>From a\r\n\r\nFrom b\n\n>From c\n.\n").into_bytes();
            server.write("edge", &maildrop);
            let mut pop = server.log_in_when_free("edge", "pw");
            let messages = messages(&maildrop);
            assert_eq!(messages.len(), 2);
            for (number, message) in (1..).zip(&messages) {
                assert_eq!(pop.ask(format!("LIST {number}")), format!("+OK {number} {}", message.octets()));
                assert!(pop.response(&format!("RETR {number}")) == message.retr(), "{before} octets before");
            }
            pop.hang_up();
        }
    }
}

/// Deletes each message of each odd maildrop: the file loses its octets and no others.
#[test]
fn what_is_not_deleted_stays_octet_for_octet() {
    let server = TestServer::new();
    for (what, maildrop) in odd_maildrops() {
        for deleted in 1..=messages(&maildrop).len() {
            server.write("odd", &maildrop);
            let mut pop = server.log_in("odd", "pw");
            pop.ask(format!("DELE {deleted}"));
            let goodbye = pop.quit();
            assert!(goodbye.starts_with("+OK"), "{what}: {goodbye}");
            let file = server.read("odd");
            assert!(file == without(&maildrop, &[deleted - 1]), "{what}, message {deleted} deleted");
            assert_serves(&mut server.log_in("odd", "pw"), &file);
            server.log_in_when_free("odd", "pw").quit();
        }
    }
}
