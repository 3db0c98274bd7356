//! This project's own server and program: it keeps every statement, and says in the memo's own
//! words what the dialogues have it say.

use crate::faults::Fault;
use crate::player;
use crate::player::server::{NoServer, Server};
use crate::player::users::{TestUsers, write_in_place};
use crate::server::Server as FaultyServer;
use pop1081::grade::catalogue::Library;
use pop1081::grade::catalogue::Rfc;
use pop1081::grade::fixture::{Message, mbox};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::Output;
use std::thread;

const NAME: &str = "mrose";
const PASSWORD: &str = "tanstaaf";

/// The statements of that chapter are left out unless the examiner has started the server.
const STARTED: &str = "A server that is started";

fn start(users: &TestUsers) -> Server {
    match Server::start(users, &[]) {
        Ok(server) => server,
        Err(NoServer::AddressRefused(why) | NoServer::Failed(why)) => panic!("no server: {why}"),
    }
}

fn fill(users: &TestUsers, messages: &[Message]) {
    let file = [PASSWORD.as_bytes(), b"\n", &mbox(messages)].concat();
    write_in_place(&users.directory().join(NAME), &file).expect("to fill the maildrop");
}

/// The program examines the program, as a student would let it.
#[test]
fn it_passes_its_own_examination() {
    thread::scope(|scope| {
        // By the first memo it is noted that the third wrong password closes the connection.
        for (rfc, noted, not_tried) in [(Rfc::Rfc1081, 1, 6), (Rfc::Rfc1939, 0, 4)] {
            scope.spawn(move || passes(rfc, noted, not_tried));
        }
    });
}

fn passes(rfc: Rfc, noted: usize, not_tried: usize) {
    let library = Library::open().expect("sound data");
    let users = TestUsers::copy_of_shipped().expect("a Users directory");
    fill(&users, &library.maildrop);
    let server = start(&users);
    let place = users.directory();
    let place = place.display();
    let reset = format!(
        "rm -f {place}/.pop1081/$POP_USER.state; {{ echo {PASSWORD}; cat $POP_MBOX; }} > {place}/$POP_USER"
    );
    let number = rfc.number().to_string();
    let said = grade(&server, &users, &["--rfc", &number, "--reset", &reset, "--points"]);
    let text = String::from_utf8_lossy(&said.stdout);
    assert_eq!(said.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&said.stderr));
    let passed = library.statements(rfc).filter(|one| one.chapter != STARTED).count() - noted - not_tried;
    let all = format!("  {:<42}  {passed:>6}  {:>6}  {noted:>5}  {not_tried:>9}", "all", 0);
    assert!(text.contains(&all), "{all} is not in\n{text}");
    let next = grade(&server, &users, &["--rfc", &number, "--reset", &reset, "--next"]);
    let next = String::from_utf8_lossy(&next.stdout).into_owned();
    assert!(next.contains(&format!("no statement failed; {not_tried} of")), "{next}");
    assert!(text.contains(" points, ") && !text.contains(PASSWORD), "{text}");
}

fn grade(server: &Server, users: &TestUsers, options: &[&str]) -> Output {
    grade_at(server.address, users, options)
}

fn grade_at(address: SocketAddr, users: &TestUsers, options: &[&str]) -> Output {
    let password = users.directory().with_file_name("password");
    write_in_place(&password, format!("{PASSWORD}\r\nanother line\n").as_bytes()).expect("a password file");
    player::server::grade()
        .args(["--user", NAME, "--password-file"])
        .arg(&password)
        .args(options)
        .arg(address.to_string())
        .output()
        .expect("the program")
}

/// Without --reset it comes as far as one filling of the maildrop goes, and says so.
#[test]
fn one_filling_goes_far() {
    let library = Library::open().expect("sound data");
    let users = TestUsers::copy_of_shipped().expect("a Users directory");
    fill(&users, &library.maildrop);
    let server = start(&users);
    let said = grade(&server, &users, &[]);
    let text = String::from_utf8_lossy(&said.stdout);
    assert_eq!(said.status.code(), Some(0), "{text}");
    assert!(text.contains("give --reset"), "{text}");
    // All mail is gone now, and the examiner does not take that for faults.
    let said = grade(&server, &users, &["--only", "retr-sends", "--only", "list-all"]);
    let text = String::from_utf8_lossy(&said.stderr);
    assert_eq!((said.status.code(), said.stdout.len()), (Some(65), 0), "{text}");
    assert!(text.lines().count() == 1 && text.contains("has 0 messages, not the 12"), "{text}");
}

/// What an earlier examination has accessed is no fault of the server.
#[test]
fn exercises_follow_each_other() {
    let library = Library::open().expect("sound data");
    let users = TestUsers::copy_of_shipped().expect("a Users directory");
    fill(&users, &library.maildrop);
    let server = start(&users);
    assert_eq!(grade(&server, &users, &["--only", "retr-sends"]).status.code(), Some(0));
    let said = grade(&server, &users, &["--only", "pass-finds-last", "--only", "last-zero"]);
    let text = String::from_utf8_lossy(&said.stdout);
    assert_eq!(said.status.code(), Some(2), "{text}");
    assert!(!text.contains("FAIL") && text.contains("an earlier session has accessed messages"), "{text}");
}

/// What a student types: a list, some statements, a chapter, a stage, the next thing to mend.
#[test]
fn a_part_of_the_statements() {
    let listed = grade_alone(&["--list", "--only", "retr-*"]);
    assert!(listed.contains("\nRETR\n  retr-argument (p. 7) [1] stage 3: ") && !listed.contains("stat-"));
    for (options, some, none) in [
        (&["--only", "retr-n*"][..], "retr-no-such", "retr-sends"),
        (&["--chapter", "stat"], "stat-count-first", "list-one"),
        (&["--stage", "2", "--only", "list-*"], "list-one", "list-size-next"),
    ] {
        let (code, text) = examine(Fault::RetrZero, options);
        assert!(code == Some(0) || text.contains("FAIL"), "{text}");
        assert!(text.contains(some) && !text.contains(none), "{options:?}: {text}");
    }
    let (code, text) = examine(Fault::RetrZero, &["--chapter", "RETR", "--failed"]);
    assert!(
        code == Some(1) && text.contains("FAIL      retr-no-such") && !text.contains("pass   "),
        "{text}"
    );
    let (code, text) = examine(Fault::RetrZero, &["--next"]);
    assert!(code == Some(1) && text.contains("\nstage 3 of 13: RETR\n  FAIL      retr-no-such"), "{text}");
    assert_eq!(text.matches("FAIL").count(), 1, "{text}");
}

fn grade_alone(options: &[&str]) -> String {
    let said = player::server::grade().args(options).output();
    let said = said.expect("the program");
    assert_eq!(said.status.code(), Some(0), "{}", String::from_utf8_lossy(&said.stderr));
    String::from_utf8_lossy(&said.stdout).into_owned()
}

/// The program examines the server with that fault.
fn examine(fault: Fault, options: &[&str]) -> (Option<i32>, String) {
    let library = Library::open().expect("sound data");
    let users = TestUsers::copy_of_shipped().expect("a Users directory");
    let server = FaultyServer::start(Some(fault), &library.maildrop);
    let said = grade_at(server.address, &users, options);
    (said.status.code(), String::from_utf8_lossy(&said.stdout).into_owned())
}

#[test]
fn one_statement_and_json() {
    let library = Library::open().expect("sound data");
    let users = TestUsers::copy_of_shipped().expect("a Users directory");
    // One line is longer than it should be.
    let mut messages = library.maildrop.clone();
    messages[0].lines.push(b"more".to_vec());
    fill(&users, &messages);
    let server = start(&users);
    let json = users.directory().with_file_name("json");
    let path = json.display().to_string();
    let xml = format!("{path}.xml");
    let said = grade(
        &server,
        &users,
        &["--only=list-size-next", "--only=quit-ok", "--only=port-110", "--json", &path, "--junit", &xml],
    );
    let text = String::from_utf8_lossy(&said.stdout);
    assert_eq!(said.status.code(), Some(1), "{text}");
    for part in [
        "FAIL      list-size-next (p. 6)",
        "sent:     LIST",
        "pass      quit-ok",
        "perhaps:",
        "yourself: with the maildrop filled anew, type\n                      telnet 127.0.0.1 ",
        "\n                      USER mrose\n                      PASS {password}\n                      LIST\n",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let xml = std::fs::read_to_string(xml).expect("a file");
    for part in [
        "tests=\"3\" failures=\"1\" skipped=\"1\"",
        "<testcase classname=\"LIST\" name=\"list-size-next\"><failure message=\"After the number",
        "<testcase classname=\"QUIT before a login\" name=\"quit-ok\"></testcase>",
        "S:    +OK dewey POP3 server ready &lt;",
    ] {
        assert!(xml.contains(part), "{part} is not in\n{xml}");
    }
    let json = std::fs::read_to_string(json).expect("a file");
    let manual = std::fs::read_to_string("docs/grade.md").expect("docs/grade.md");
    assert_eq!(members_of(&json), members_in(&manual), "docs/grade.md and the JSON do not agree");
    for part in [
        r#""rfc": 1081"#,
        r#""failed": {"statements": 1, "points": 3}"#,
        r#""sent": "LIST""#,
        r#"Z", "milliseconds": "#,
    ] {
        assert!(json.contains(part), "{part} is not in\n{json}");
    }
}

/// The names of the members of a JSON text.
fn members_of(json: &str) -> BTreeSet<String> {
    let before_values: Vec<&str> = json.split("\": ").collect();
    let names = before_values[..before_values.len() - 1].iter();
    names.map(|before| before.rsplit('"').next().expect("a name").to_owned()).collect()
}

/// The members that the manual has: what is quoted in the first column of its table, and what sums hold.
fn members_in(manual: &str) -> BTreeSet<String> {
    let (_, table) = manual.split_once("| member | value |").expect("the table");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cells: Vec<&str> = rows.filter_map(|row| row.split('|').nth(1)).collect();
    cells.iter().flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(String::from).collect()
}
