//! The files of transcripts: new, private, named after the session; and that a session goes on if
//! its transcript cannot be written.

use super::{Lab, names, texts};
use crate::common::fixture::TestServer;
use crate::common::program::{NOT_SET_UP, program, run};
use crate::common::{is_superuser, skipped};
use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::SystemTime;

#[test]
fn a_name_of_date_number_and_user() {
    let lab = Lab::new();
    lab.server.log_in("mrose", "secret").quit();
    lab.server.open().quit();
    lab.ended(2);
    let names = names(&lab.directory());
    let shape = |name: &str| name.replace(|c: char| c.is_ascii_digit(), "9");
    assert_eq!(shape(&names[0]), "9999-99-99T99.99.99-9999-mrose.txt");
    assert_eq!(shape(&names[1]), "9999-99-99T99.99.99-9999.txt");
    assert!(names[0].contains("-0001-") && names[1].contains("-0002."), "{names:?}");
    for name in names {
        let mode = fs::metadata(lab.directory().join(name)).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn two_servers_in_one_directory() {
    let lab = Lab::new();
    let other = TestServer::with(&["--transcript", lab.directory().to_str().expect("a plain path")]);
    for _ in 0..10 {
        lab.server.log_in_when_free("mrose", "secret").quit();
        other.log_in_when_free("mrose", "secret").quit();
    }
    let texts = lab.ended(20);
    let greetings: HashSet<&str> = texts
        .iter()
        .filter_map(|text| text.lines().find(|line| line.contains("ready <")))
        .map(|l| &l[9..])
        .collect();
    assert_eq!(greetings.len(), 20);
}

/// A user who may write to the directory cannot redirect a transcript.
#[test]
fn no_link_is_followed_and_no_file_replaced() {
    let lab = Lab::new();
    let victim = lab.place.directory().join("victim");
    fs::write(&victim, "mine").expect("a file");
    for stamp in stamps() {
        symlink(&victim, lab.directory().join(format!("{stamp}-0001.txt"))).expect("a link");
        symlink(&victim, lab.directory().join(format!("{stamp}-0002-mrose.txt"))).expect("a link");
    }
    lab.server.log_in("mrose", "secret").quit();
    crate::common::wait_for("the transcript", || {
        names(&lab.directory()).into_iter().find(|name| name.ends_with("-0003-mrose.txt"))
    });
    assert_eq!(fs::read(&victim).expect("a file"), b"mine");
}

/// The seconds of the next ten minutes as the program writes them, with the day from date(1).
fn stamps() -> Vec<String> {
    const DAY: u64 = 24 * 60 * 60;
    let first = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock").as_secs();
    let last = first + 10 * 60;
    let days = (first / DAY..=last / DAY).map(|day| (day, date(day * DAY)));
    let of_day = |(day, date): (u64, String)| {
        let seconds = first.max(day * DAY)..last.min((day + 1) * DAY);
        seconds.map(move |second| {
            let (minutes, second) = (second % DAY / 60, second % 60);
            format!("{date}T{:02}.{:02}.{second:02}", minutes / 60, minutes % 60)
        })
    };
    days.flat_map(of_day).collect()
}

fn date(seconds: u64) -> String {
    let mut date = std::process::Command::new("date");
    let said = date.args(["-u", "-d", &format!("@{seconds}"), "+%Y-%m-%d"]).output().expect("date(1)");
    String::from_utf8(said.stdout).expect("ASCII").trim().to_owned()
}

#[test]
fn a_directory_that_does_not_exist() {
    let server = TestServer::new();
    let users = server.users.directory();
    let users = users.to_str().expect("a plain path");
    for (directory, why) in [("nowhere", "No such file"), ("mrose", "ot a directory")] {
        let directory = server.path(directory);
        let directory = directory.to_str().expect("a plain path");
        for (mode, heard) in [(&["--listen", "127.0.0.1:0"][..], ""), (&["inetd"], NOT_SET_UP)] {
            let arguments = [mode, &["--users", users, "--transcript", directory]].concat();
            let ended = run(&mut program(arguments), b"");
            assert_eq!((ended.code, ended.stdout.as_str()), (Some(73), heard), "{}", ended.stderr);
            assert!(ended.stderr.contains(directory) && ended.stderr.contains(why), "{}", ended.stderr);
        }
    }
}

/// It is logged once, and sessions go on.
#[test]
fn a_directory_that_is_removed() {
    let lab = Lab::new();
    fs::remove_dir(lab.directory()).expect("an empty directory");
    for _ in 0..3 {
        lab.server.log_in_when_free("mrose", "secret").quit();
    }
    assert_eq!(lab.server.log().matches("transcript can't be written").count(), 1, "{}", lab.server.log());
}

#[test]
fn it_can_be_read_during_the_session() {
    let lab = Lab::new();
    let mut pop = lab.server.log_in("mrose", "secret");
    pop.ask("STAT");
    crate::common::wait_for("the reply in the transcript", || {
        texts(&lab.directory()).concat().contains("S: +OK 2 320\n").then_some(())
    });
    pop.quit();
}

/// Thirty students with one maildrop: each has a transcript of their own.
#[test]
fn a_transcript_bears_the_name_of_who_practises() {
    let lab = Lab::with(&["--practice=mrose"]);
    lab.server.log_in("alice", "x").quit();
    let text = lab.only();
    assert!(names(&lab.directory())[0].ends_with("-0001-alice.txt"));
    for line in [
        "C: USER alice\n",
        "S: +OK alice's maildrop has 2 messages (320 octets)\n",
        "== TRANSACTION: for practice with mrose's maildrop, 2 messages (320 octets), highest",
    ] {
        assert!(text.contains(line), "{text}");
    }
}

/// For whoever may enter that, and for nobody else.
#[test]
fn a_user_may_have_a_directory_there() {
    let lab = Lab::new();
    let own = lab.directory().join("mrose");
    fs::create_dir(&own).expect("a directory");
    symlink(&own, lab.directory().join("stef")).expect("a link");
    lab.server.log_in("mrose", "secret").quit();
    lab.server.log_in("stef", "zaphod").quit();
    crate::common::wait_for("the transcripts", || {
        let name = names(&own).into_iter().find(|name| name.ends_with("-0001-mrose.txt"))?;
        let ended = fs::read_to_string(own.join(&name)).expect("a file").contains(" == end");
        let mode = fs::metadata(own.join(&name)).expect("a file").permissions().mode();
        ended.then(|| assert_eq!(mode & 0o777, 0o644))
    });
    assert_eq!(names(&own).len(), 1);
    let others = names(&lab.directory());
    assert!(others.iter().any(|name| name.ends_with("-0002-stef.txt")), "{others:?}");
    assert!(!others.iter().any(|name| name.ends_with("-0001.txt")), "{others:?}");
}

#[test]
fn a_directory_in_which_no_file_can_be_made_is_refused() {
    let users = TestServer::new();
    let directory = users.path("");
    let directory = directory.to_str().expect("a plain path");
    let locked = users.path(".locked");
    fs::create_dir(&locked).expect("a directory");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o500)).expect("to be its owner");
    let locked = locked.to_str().expect("a plain path");
    for (transcripts, applies) in [(locked, !is_superuser()), ("/dev/null", true), ("/nowhere", true)] {
        if !applies {
            skipped("the superuser may write to any directory");
            continue;
        }
        let ended = run(&mut program(["-u", directory, "-l", "127.0.0.1:0", "-t", transcripts]), b"");
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(73), ""), "{}", ended.stderr);
        let said = format!("pop1081: transcripts can't be written to {transcripts}: ");
        assert!(ended.stderr.starts_with(&said) && ended.stderr.contains("; make it a"), "{}", ended.stderr);
    }
}
