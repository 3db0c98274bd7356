//! `pop1081 transcripts`: what a class has done, summed up.

use crate::common::fixture::{Files, TestServer};
use crate::common::pop::Pop;
use crate::common::program::{Ended, program, run};
use crate::common::wait_for;
use crate::player::users::TestUsers;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// A directory for transcripts, gone when the users are dropped.
fn directory(users: &TestUsers) -> PathBuf {
    let directory = users.directory().with_file_name("report");
    fs::create_dir(&directory).expect("a directory");
    directory
}

fn transcripts(directory: &Path, options: &[&str]) -> Ended {
    let directory = directory.to_str().expect("a plain path");
    run(&mut program([&["transcripts", directory][..], options].concat()), b"")
}

/// How many transcripts there and below have their end. A file may get another name meanwhile.
fn ends(directory: &Path) -> usize {
    let entries = fs::read_dir(directory).expect("a directory").flatten();
    let ends = entries.map(|entry| match entry.path() {
        path if path.is_dir() => ends(&path),
        path => usize::from(fs::read_to_string(path).is_ok_and(|text| text.contains(" == end"))),
    });
    ends.sum()
}

/// Without the times, which differ.
fn untimed(text: &str) -> String {
    let lines = text.lines().map(|line| match line.split_once(" in 0:") {
        Some((before, after)) => format!("{before} in 0:..{}\n", &after["00:00".len()..]),
        None => format!("{line}\n"),
    });
    lines.collect()
}

/// A row of the table without the third field, the seconds.
fn untimed_row(row: &str) -> String {
    let mut fields: Vec<&str> = row.splitn(4, ',').collect();
    fields.remove(2);
    fields.join(",")
}

fn say(mut pop: Pop, lines: &[&str]) {
    for line in lines {
        if line.starts_with("RETR") {
            pop.response(line);
        } else {
            pop.ask(line);
        }
    }
    pop.quit();
}

#[test]
fn a_class() {
    let users = TestUsers::copy_of_shipped().expect("a private Users directory");
    let report = directory(&users);
    fs::create_dir(report.join("bob")).expect("a directory");
    let path = report.to_str().expect("a plain path");
    let server = TestServer::with(&["--practice=mrose", "--transcript", path]);
    say(server.open(), &["USER alice", "PASS x", "RETR 1", "DELE 1", "RETR 1", "RETR 9", "DELE 9"]);
    say(server.open(), &["USER alice", "PASS x", "STAT", "FETCH 1"]);
    say(server.open(), &["STAT", "USER bob", "PASS x", "NOOP"]);
    say(server.open(), &["USER ../carol"]);
    let expected = "\
(no login): 1 session in 0:.., 2 commands, 1 refused
    USER 1, QUIT 1
    1 x -ERR sorry, ../carol doesn't get his mail here
alice: 2 sessions in 0:.., 13 commands, 4 refused
    USER 2, PASS 2, QUIT 2, STAT 1, RETR 3, DELE 2, other 1
    2 x -ERR no such message, only 2 messages in maildrop
    1 x -ERR message 1 already deleted
";
    wait_for("the transcripts", || (ends(&report) == 4).then_some(()));
    let ended = transcripts(&report, &[]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert!(untimed(&ended.stdout).starts_with(expected), "{}", ended.stdout);
    assert!(
        untimed(&ended.stdout).contains("\nbob: 1 session in 0:.., 5 commands, 1 refused\n"),
        "{}",
        ended.stdout
    );

    let ended = transcripts(&report, &["--csv"]);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    let head = "user,sessions,seconds,commands,refused,\
                USER,PASS,QUIT,STAT,LIST,RETR,DELE,NOOP,LAST,RSET,TOP,RPOP,APOP,UIDL,CAPA,other,mistakes";
    assert_eq!((ended.code, lines.len(), lines[0]), (Some(0), 4, head));
    assert!(untimed_row(lines[1]).starts_with(",1,2,1,1,0,1,"), "{}", lines[1]);
    let mistakes = "\"2 x no such message, only 2 messages in maildrop; 1 x message 1 already deleted";
    assert!(
        untimed_row(lines[2]).starts_with("alice,2,13,4,2,2,2,1,0,3,2,0,0,0,0,0,0,0,0,1,\"2 x no such"),
        "{}",
        lines[2]
    );
    assert!(lines[2].contains(mistakes), "{}", lines[2]);
}

/// What is no transcript is told and left out, and no link is followed.
#[test]
fn anything_may_be_there() {
    let users = TestUsers::copy_of_shipped().expect("a private Users directory");
    let report = directory(&users);
    let ended = transcripts(&report, &[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(66), ""));
    fs::write(
        report.join("a.txt"),
        b"   1.000 C: QUIT\n\xff\0   2.0 S: +OK\n   3.000 C: NOOP\n1e300 C: STAT\nNaN S: +OK",
    )
    .expect("a file");
    fs::write(report.join("b.txt"), "an essay\n").expect("a file");
    fs::write(report.join("c.pdf"), "   1.000 C: QUIT\n").expect("a file");
    symlink(users.path("mrose"), report.join("d.txt")).expect("a link");
    fs::create_dir_all(report.join("e.txt/f.txt")).expect("a directory");
    let ended = transcripts(&report, &[]);
    assert_eq!(ended.stdout, "(no login): 1 session in 0:00:03, 2 commands, 0 refused\n    QUIT 1, NOOP 1\n");
    assert_eq!(ended.code, Some(0));
    for said in
        ["b.txt: left out: it is no transcript", "d.txt: left out: it is not a regular", "f.txt: left out: "]
    {
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
    assert_eq!(ended.stderr.lines().count(), 3, "{}", ended.stderr);
    for (arguments, code) in [(&["/nowhere"][..], 66), (&[], 64), (&["a", "b"], 64)] {
        assert_eq!(run(&mut program(["transcripts"].iter().chain(arguments).copied()), b"").code, Some(code));
    }
}

/// As a class hands in what the servers of their own have written: all as mrose.
#[test]
fn a_directory_is_that_of_one_person() {
    let users = TestUsers::copy_of_shipped().expect("a private Users directory");
    let report = directory(&users);
    for (person, file) in [("Ann \x1b[7mLee", "1.txt"), ("Ann \x1b[7mLee", "2.txt"), ("bob", "1.txt")] {
        fs::create_dir_all(report.join(person)).expect("a directory");
        let text = "0.5 C: USER mrose\n0.6 S: +OK\n0.7 C: PASS\n1.0 S: +OK\n";
        fs::write(report.join(person).join(file), text).expect("a file");
    }
    let expected = "\
Ann \\u{1b}[7mLee: 2 sessions in 0:00:02, 4 commands, 0 refused
    USER 2, PASS 2
bob: 1 session in 0:00:01, 2 commands, 0 refused
    USER 1, PASS 1
";
    assert_eq!(transcripts(&report, &[]).stdout, expected);
}
