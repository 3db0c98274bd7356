//! Servers that the examiner starts: this project's own, and some that crash, hang, flood, leak,
//! forget or leave things behind. A fault costs the statement that shows it, and the examination
//! goes on.

use crate::faults::{Fault, STARTED};
use crate::player;
use crate::player::users::TestUsers;
use crate::server::{Kind, Server};
use crate::state::Shared;
use pop1081::grade::catalogue::{Library, Rfc};
use std::collections::BTreeSet;
use std::io::Write;
use std::net::UdpSocket;
use std::path::Path;
use std::process::Output;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use std::{env, fs, io, thread};

/// The mail is filled in at the first start only.
const RIGHT: &str = "[ -d Users ] || { umask 077; mkdir Users; { echo $POP_PASSWORD; cat $POP_MBOX; } > \
                     Users/$POP_USER; }; exec $PROGRAM -u Users -l 127.0.0.1:$POP_PORT --login-delay 0";

/// Statements that show whether the examination goes on, and those of a server that is started.
const SOME: [&str; 5] = [
    "--chapter=A server that is started",
    "--chapter=STAT",
    "--only=retr-sends",
    "--only=finished-update",
    "--only=example-next-connection",
];

/// On a busy machine an answer may come too late: then it is examined again with more patience.
const PATIENCE: [&str; 2] = ["--patience=3", "--patience=20"];

/// Faults with which the examiner waits in vain, or starts the server again and again.
const SLOW: [Fault; 4] =
    [Fault::RetrHangs, Fault::StopsAccepting, Fault::FloodsOutput, Fault::EndsWithSession];

/// Servers examined at once; they wait more than they work.
const AT_ONCE: usize = 7;

fn grade(options: &[&str]) -> Output {
    player::server::grade()
        .args(options)
        .env("PROGRAM", env!("CARGO_BIN_EXE_pop1081"))
        .env("THIS_TEST", env::current_exe().expect("a path"))
        .output()
        .expect("the program")
}

fn start_and_grade(command: &str, options: &[&str]) -> (Option<i32>, String) {
    let said = grade(&[&["--start", command], options].concat());
    let text = String::from_utf8_lossy(&said.stdout).into_owned() + &String::from_utf8_lossy(&said.stderr);
    assert!(!text.contains("the other 0 chapters"), "a row of nothing: {text}");
    (said.status.code(), text)
}

/// The command that starts a server with that fault.
fn faulty(fault: Fault) -> String {
    format!("TEST_FAULT={fault:?} exec $THIS_TEST --ignored --exact started::a_server")
}

#[test]
#[ignore = "the examiner starts it"]
fn a_server() {
    let Some(port) = env::var("POP_PORT").ok().and_then(|port| port.parse().ok()) else { return };
    let name = env::var("TEST_FAULT").expect("a fault");
    let fault = STARTED.iter().map(|(fault, _)| *fault).find(|fault| format!("{fault:?}") == name);
    let mbox = fs::read(env::var_os("POP_MBOX").expect("a path")).expect("an mbox");
    let count = if mbox.is_empty() { 0 } else { Library::open().expect("sound data").maildrop.len() };
    let shared = match fault {
        Some(Fault::RemovesInMemory) => {
            let shared = Shared::in_memory(fault, Library::open().expect("sound data").maildrop);
            shared.fill(count);
            shared
        }
        _ => Shared::kept(fault, Path::new("state"), count),
    };
    let kind = if fault == Some(Fault::RetrHangs) { Kind::Iterative } else { Kind::Threads };
    let _server = Server::of(port, kind, shared);
    match fault {
        Some(Fault::FloodsOutput) => while io::stdout().write_all(&[b'x'; 65_536]).is_ok() {},
        Some(Fault::FillsDirectory) => {
            for number in 0.. {
                let _ = fs::write(format!("file{number}"), vec![b'x'; 1 << 20]);
            }
        }
        _ => {}
    }
    loop {
        thread::park();
    }
}

/// Until the server listens nobody else does: no other examiner, and no program that asks for any port.
#[test]
fn the_port_stays_free_until_the_server_has_it() {
    let (code, text) = start_and_grade("exec $THIS_TEST --ignored --exact started::a_port", &[]);
    assert_eq!(code, Some(69), "{text}");
    assert!(text.contains("ended with exit code 0 before it listened"), "{text}");
}

#[test]
#[ignore = "the examiner starts it"]
fn a_port() {
    let Some(port) = env::var("POP_PORT").ok().and_then(|port| port.parse::<u16>().ok()) else { return };
    assert!(UdpSocket::bind(("127.0.0.1", port)).is_err(), "another examiner may take {port}");
    let given = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let first = given.split_whitespace().next().and_then(|first| first.parse::<u16>().ok());
    // Where more numbers are given out than by default, there may be no other.
    assert!(first.is_none_or(|first| first < 32_768 || port < first), "{port} is given to anybody");
}

/// The examiner starts the server, and anew whenever a dialogue needs another maildrop.
#[test]
fn a_server_that_is_started() {
    let (code, text) = start_and_grade(RIGHT, &["--patience", "20"]);
    assert_eq!(code, Some(0), "{text}");
    let passed = Library::open().expect("sound data").statements(Rfc::Rfc1081).count() - 7;
    assert!(text.contains(&format!("  {:<42}  {passed:>6}  {:>6}", "all", 0)), "{text}");
    // More chapters than a screen has lines: those that passed are one of them.
    let (_, summary) = text.rsplit_once("\n\n").expect("a summary");
    assert!(summary.lines().count() <= 22 && summary.contains("\n  the other "), "{summary}");
    let (code, text) = start_and_grade("echo no mail >&2; exit 3", &[]);
    assert_eq!(code, Some(69));
    assert!(
        text.contains("ended with exit code 3 before it listened; its output ends in: no mail"),
        "{text}"
    );
}

/// Where each start fills the maildrop it cannot be seen whether the server keeps it.
#[test]
fn a_command_that_always_fills_the_maildrop() {
    let command = "cp $POP_MBOX mail; ".to_owned() + &RIGHT.replace("[ -d Users ] ||", "rm -rf Users;");
    let (code, text) = start_and_grade(&command, &["--chapter=A server that is started"]);
    assert_eq!(code, Some(0), "{text}");
    for part in ["not tried durable-removal", "pass      durable-maildrop", "noted     maildrop-outlives"] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

/// Each fault costs what shows it, and no more; two of them end the server at any moment.
#[test]
fn each_fault_of_a_started_server_is_found() {
    each_is_found(|fault| !SLOW.contains(fault));
}

#[test]
#[ignore = "make interop runs it"]
fn each_fault_that_takes_long_is_found() {
    each_is_found(|fault| SLOW.contains(fault));
}

#[track_caller]
fn each_is_found(chosen: fn(&Fault) -> bool) {
    let rows = Mutex::new(STARTED.iter().filter(|(fault, _)| chosen(fault)));
    let wrong = Mutex::new(String::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(row) = rows.lock().expect("no panic").next() else { return };
                    let [little, more] = PATIENCE;
                    let found = self::wrong(row, little).and_then(|_| self::wrong(row, more));
                    wrong.lock().expect("no panic").push_str(&found.unwrap_or_default());
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no panic");
    assert!(wrong.is_empty(), "{wrong}");
}

fn wrong((fault, broken): &(Fault, &str), patience: &str) -> Option<String> {
    let (_, text) = start_and_grade(&faulty(*fault), &[&SOME[..], &[patience]].concat());
    let named = |word: &str, mark: &str| -> BTreeSet<String> {
        let lines = text.lines().filter_map(|line| line.trim_start().strip_prefix(word));
        lines.filter_map(|line| line.split_whitespace().next()).map(|id| format!("{mark}{id}")).collect()
    };
    let found = &named("FAIL ", "") | &named("noted ", "~");
    let expected: BTreeSet<String> = broken.split_whitespace().map(String::from).collect();
    let passed = named("pass ", "").len();
    let ends = [Fault::FloodsOutput, Fault::FillsDirectory].contains(fault);
    let right = if ends { found.is_empty() || text.contains("MB") } else { found == expected && passed > 8 };
    (!right).then(|| format!("{fault:?}: found {found:?}, {passed} passed\n{text}"))
}

/// A crash is named, with the command after which it came and the end of the output.
#[test]
fn a_server_that_crashes() {
    let (code, text) = start_and_grade(&faulty(Fault::RetrCrashes), &["--only=stat-*", "--only=retr-sends"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("the connection closed; the server was ended by signal 6"), "{text}");
    assert!(text.contains("1 of 8 statements failed") && text.contains("pass      stat-size-next"), "{text}");
}

/// What a server leaves ends with it, even if it has left the process group.
#[test]
fn no_child_is_left() {
    // A time of its own, where these tests run twice on a machine.
    let seconds = 100_000 + std::process::id();
    let command = format!("sleep {seconds} & setsid sleep {seconds} & {RIGHT}");
    let (code, text) = start_and_grade(&command, &["--only=quit-ok"]);
    assert_eq!(code, Some(0), "{text}");
    // Elsewhere nobody can look. Who was killed is gone as soon as the machine comes to it.
    let line = format!("sleep\0{seconds}\0");
    let is_there = || {
        let mut processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        processes.any(|process| {
            fs::read(process.path().join("cmdline")).is_ok_and(|found| found == line.as_bytes())
        })
    };
    let until = Instant::now() + Duration::from_secs(10);
    while is_there() && Instant::now() < until {
        thread::sleep(Duration::from_millis(10));
    }
    assert!(!is_there(), "a child is left");
}

/// Ctrl-C ends the examiner at once, and what it has started removes what it leaves.
#[test]
fn no_directory_is_left() {
    let users = TestUsers::copy_of_shipped().expect("a Users directory");
    let place = users.directory().with_file_name("killed");
    fs::create_dir(&place).expect("a directory");
    let mut examiner = player::server::grade()
        .args(["--start", "touch started; exec sleep 100"])
        .env("TMPDIR", &place)
        .spawn()
        .expect("the program");
    let directory = place.join(format!("pop1081-grade-{}", examiner.id()));
    let until = Instant::now() + Duration::from_secs(30);
    let wait = |goes_on: &dyn Fn() -> bool| {
        while goes_on() && Instant::now() < until {
            thread::sleep(Duration::from_millis(5));
        }
    };
    wait(&|| !directory.join("work/started").exists());
    examiner.kill().and_then(|()| examiner.wait()).expect("its end");
    assert!(directory.exists() || Instant::now() < until, "nothing was started");
    wait(&|| directory.exists());
    assert!(!directory.exists(), "a directory is left");
}

/// When the time is over the rest is untried, and there is a report.
#[test]
fn the_time_is_over() {
    let (code, text) = start_and_grade(&faulty(Fault::RetrHangs), &["--time=1", "--patience=2"]);
    assert!(code == Some(1) || code == Some(2), "{text}");
    assert!(text.contains("the time was over: 1 s (--time)"), "{text}");
}

/// A table of many, in which none disturbs another. Of two it depends on the machine how far they come.
const EACH: [&str; 8] = [
    "name,points,of,passed,failed,noted,untried,seconds,remark",
    "anna,12,12,8,0,0,0,",
    "bert,9,12,7,1,0,0,",
    "carl,0,0,0,0,0,0,",
    "dora,9,12,7,1,0,0,",
    "emil,",
    "fred,",
    "gina,12,12,8,0,0,0,",
];

#[test]
fn each_submission() {
    let users = TestUsers::copy_of_shipped().expect("a Users directory");
    let place = users.directory().with_file_name("each");
    let [crashes, hangs, floods, fills] =
        [Fault::RetrCrashes, Fault::RetrHangs, Fault::FloodsOutput, Fault::FillsDirectory].map(faulty);
    let file = format!(
        "# name, command\nanna {RIGHT}\nbert {crashes}\ncarl exit 3\ndora {hangs}\nemil {floods}\n\
         fred {fills}\ngina {RIGHT}\n"
    );
    fs::create_dir(&place).expect("a directory");
    fs::write(place.join("file"), file).expect("a file");
    let right = |table: &String| {
        let rows: Vec<&str> = table.lines().collect();
        rows.len() == EACH.len() && rows.iter().zip(EACH).all(|(row, start)| row.starts_with(start))
    };
    let [little, more] = PATIENCE;
    let first = Some(table(&place, little)).filter(right);
    let table = first.unwrap_or_else(|| table(&place, more));
    assert!(right(&table) && table.contains("ended with exit code 3"), "{table}");
    let report = fs::read_to_string(place.join("reports/bert.txt")).expect("a report");
    assert!(report.contains("was ended by signal 6"), "{report}");
}

fn table(place: &Path, patience: &str) -> String {
    let file = place.join("file").display().to_string();
    let reports = format!("--reports={}", place.join("reports").display());
    let options = ["--jobs=4", "--time=120", "--only=stat-*", "--only=retr-sends", patience];
    let said = grade(&[&["--each", &file, &reports], &options[..]].concat());
    assert_eq!(said.status.code(), Some(0), "{}", String::from_utf8_lossy(&said.stderr));
    String::from_utf8_lossy(&said.stdout).into_owned()
}
