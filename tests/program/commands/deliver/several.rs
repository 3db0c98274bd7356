//! One message for several users: each gets it, or it is told who does not.

use super::{lines, users};
use crate::common::fixture::Files;
use crate::common::model::messages as modelled;
use crate::common::program::{deliver, program, run};
use std::fs;

const MESSAGE: &[u8] = b"Subject: exam\n\nFrom now on, silence.\n";

#[test]
fn each_gets_it_once() {
    let users = users();
    let names = ["mrose", "hermit", "dotty", "mrose"];
    let before = names.map(|name| modelled(&users.read(name)).len());
    let ended = deliver(&users, &[&["-f", "ann@x"], &names[..]].concat(), MESSAGE);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""), "{}", ended.stderr);
    for (name, before) in names.iter().zip(before) {
        let now = modelled(&users.read(name));
        assert_eq!(now.len(), before + 1, "{name}");
        assert_eq!(now.last(), Some(&lines(MESSAGE)), "{name}");
    }
    assert_eq!(modelled(&users.read("stef")).len(), 4);
}

/// Also those whose maildrops end in different ways, which what is appended must mend.
#[test]
fn all() {
    let users = users();
    for (name, octets) in
        [("a", &b"pw"[..]), ("b", b"pw\nFrom a\nx"), ("c", b"pw\nFrom a\nx\n\n"), ("d", b"pw\n")]
    {
        users.write(name, octets);
    }
    let ended = deliver(&users, &["--all"], MESSAGE);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for name in ["a", "b", "c", "d", "mrose", "stef", "dotty", "hermit"] {
        assert_eq!(modelled(&users.read(name)).last(), Some(&lines(MESSAGE)), "{name}");
    }
}

/// 75 if it may work later for one of them, else 67.
#[test]
fn who_does_not_get_it() {
    let users = users();
    let said = |names: &[&str], code, expected: &[&str]| {
        let before = modelled(&users.read("mrose")).len();
        let ended = deliver(&users, names, MESSAGE);
        assert_eq!(ended.code, Some(code), "{}", ended.stderr);
        for line in expected {
            assert!(ended.stderr.contains(&format!("pop1081: {line}")), "{}", ended.stderr);
        }
        assert_eq!(modelled(&users.read("mrose")).len(), before + 1);
    };
    let unknown = "there is no user 'frated'\n";
    said(&["frated", "mrose"], 67, &[unknown, "1 of 2 users not delivered to\n"]);
    users.write("garbled", b"pw\ntext\n");
    let garbled = "garbled: not delivered: line 2 is neither";
    said(&["frated", "garbled", "mrose"], 75, &[unknown, garbled, "2 of 3 users not delivered to\n"]);
    said(&["--all"], 75, &[garbled, "1 of 5 users not delivered to\n"]);
    assert_eq!(users.read("garbled"), b"pw\ntext\n");
}

/// Then nobody gets anything, whoever comes first.
#[test]
fn a_message_that_is_too_long() {
    let users = users();
    let before = users.read("mrose");
    for names in [&["frated", "mrose", "stef"][..], &["--all"]] {
        let ended = deliver(&users, &[&["--max-message", "5"], names].concat(), MESSAGE);
        assert_eq!(ended.code, Some(65), "{}", ended.stderr);
        assert!(ended.stderr.contains("the message has more than 5 octets"), "{}", ended.stderr);
        assert_eq!(users.read("mrose"), before);
    }
}

#[test]
fn nobody_is_there() {
    let users = users();
    let empty = users.path("empty");
    fs::create_dir(&empty).expect("a directory");
    let ended = run(&mut program(["deliver", "--all", "-u", empty.to_str().expect("a plain path")]), MESSAGE);
    assert_eq!(ended.code, Some(67));
    assert_eq!(ended.stderr, "pop1081: there are no users; pop1081 user add makes one\n");
}
