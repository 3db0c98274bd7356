//! The command line: what is printed on standard output and what on standard error, and the exit
//! codes of sysexits(3).

use crate::common::fixture::Files;
use crate::common::program::{Ended, NOT_SET_UP, finish, program, run};
use crate::common::{is_superuser, skipped};
use crate::player::users::TestUsers;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Stdio};

const MODES: [&[&str]; 3] = [&[], &["inetd"], &["deliver"]];

fn ended<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Ended {
    run(&mut program(arguments), b"")
}

/// Standard error is one line that contains this, standard output is empty.
#[track_caller]
fn assert_fails(ended: &Ended, code: i32, says: &str) {
    assert_fails_and_prints(ended, code, says, "");
}

#[track_caller]
fn assert_fails_and_prints(ended: &Ended, code: i32, says: &str, stdout: &str) {
    assert_eq!(ended.code, Some(code), "{}", ended.stderr);
    assert_eq!(ended.stdout, stdout);
    let lines: Vec<&str> = ended.stderr.lines().collect();
    assert!(lines.len() == 1 && lines[0].starts_with("pop1081: "), "{}", ended.stderr);
    assert!(lines[0].contains(says), "{}", ended.stderr);
}

fn users() -> TestUsers {
    TestUsers::copy_of_shipped().expect("a private Users directory")
}

/// The arguments of every server here.
fn serving(users: &TestUsers) -> Vec<String> {
    let directory = users.directory().into_os_string().into_string().expect("a plain path");
    ["--listen", "127.0.0.1:0", "--users", &directory].map(str::to_owned).to_vec()
}

#[test]
fn help_goes_to_standard_output() {
    for mode in MODES {
        for option in ["--help", "-h"] {
            let ended = ended([mode, &[option]].concat());
            assert_eq!(ended.code, Some(0));
            assert_eq!(ended.stderr, "");
            assert!(ended.stdout.starts_with("Usage: pop1081 "), "{}", ended.stdout);
            for wanted in ["--users DIR", "--log FILE", "--help", "--version"] {
                assert!(ended.stdout.contains(wanted), "{mode:?}: no {wanted}");
            }
        }
    }
    let of_server = ended(["--help"]).stdout;
    for wanted in ["--listen H:P", "--max-sessions N", "--autologout SECONDS", "inetd", "deliver"] {
        assert!(of_server.contains(wanted), "no {wanted}");
    }
}

#[test]
fn the_version_goes_to_standard_output() {
    for mode in MODES {
        for option in ["--version", "-V"] {
            let ended = ended([mode, &[option]].concat());
            assert_eq!(ended.code, Some(0));
            assert_eq!(ended.stdout, concat!("pop1081 ", env!("CARGO_PKG_VERSION"), "\n"));
            assert_eq!(ended.stderr, "");
        }
    }
}

#[test]
fn a_usage_error_is_64() {
    let cases: [(&[&str], &str); 18] = [
        (&["serve"], "there is no command 'serve'"),
        (&["--nonsense"], "'nonsense'"),
        (&["-x"], "'x'"),
        (&["--listen"], "'listen'"),
        (&["--listen", "nowhere"], "--listen"),
        (&["--listen", "127.0.0.1"], "--listen"),
        (&["--listen", "127.0.0.1:99999"], "--listen"),
        (&["--users", "Users", "--users", "Users"], "'users'"),
        (&["--autologout", "0"], "--autologout"),
        (&["--autologout", "ten"], "--autologout"),
        (&["--max-sessions", "-1"], "--max-sessions"),
        (&["--max-per-host", "1.5"], "--max-per-host"),
        (&["--hostname", "two words"], "'two words'"),
        (&["-u", "Users", "word"], "'word'"),
        (&["inetd", "--listen", "127.0.0.1:0"], "'listen'"),
        (&["inetd", "word"], "'word'"),
        (&["--hostname", "a>b"], "'a>b'"),
        (&["deliver", "a", "--all"], "the names of users"),
    ];
    for (arguments, says) in cases {
        let directory = env!("CARGO_MANIFEST_DIR");
        let ended = run(program(arguments.iter().copied()).current_dir(directory), b"");
        let stdout = if arguments[0] == "inetd" { NOT_SET_UP } else { "" };
        assert_fails_and_prints(&ended, 64, says, stdout);
    }
}

#[test]
fn no_users_directory_is_66() {
    let users = users();
    let file = users.path("mrose");
    for path in ["/nowhere/Users", file.to_str().expect("a plain path")] {
        let listen = ["--listen", "127.0.0.1:0"];
        assert_fails(&ended([&["--users", path][..], &listen].concat()), 66, path);
        let ended = ended(["inetd", "--users", path]);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(66), NOT_SET_UP));
        assert!(ended.stderr.contains(path), "{}", ended.stderr);
    }
    // By default it is Users in the current directory.
    let ended = run(program(listen_anywhere()).current_dir(users.path(".rhosts")), b"");
    assert_fails(&ended, 66, "Users");
}

fn listen_anywhere() -> [&'static str; 2] {
    ["--listen", "127.0.0.1:0"]
}

#[test]
fn an_address_in_use_is_69() {
    let users = users();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let mut arguments = serving(&users);
    arguments.extend(["--listen".to_owned(), address.clone()]);
    assert_fails(&ended(arguments.iter().map(String::as_str)), 69, &address);
}

#[test]
fn an_address_of_another_server_is_69() {
    let users = users();
    let (mut first, address) = started(&serving(&users));
    let mut arguments = serving(&users);
    arguments[1].clone_from(&address);
    assert_fails(&ended(arguments.iter().map(String::as_str)), 69, &address);
    assert!(first.try_wait().expect("a process").is_none(), "the first serves on");
    first.kill().expect("to be killed");
    first.wait().expect("to be gone");
    // The port is free again at once.
    let (mut again, same) = started(&arguments);
    assert_eq!(same, address);
    again.kill().expect("to be killed");
    again.wait().expect("to be gone");
}

fn started(arguments: &[String]) -> (Child, String) {
    let mut command = program(arguments.iter().map(String::as_str));
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the program");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    let address = line.trim_end().strip_prefix("listening on ").expect("an address").to_owned();
    (child, address)
}

#[test]
fn an_address_of_another_machine_is_69() {
    let users = users();
    let mut arguments = serving(&users);
    // An address for documentation, which no machine has.
    arguments[1] = "192.0.2.1:0".to_owned();
    assert_fails(&ended(arguments.iter().map(String::as_str)), 69, "192.0.2.1:0");
}

#[test]
fn a_log_that_cannot_be_made_is_73() {
    let users = users();
    let directory = users.directory().into_os_string().into_string().expect("a plain path");
    for log in ["/nowhere/log", &directory] {
        let common = ["--users", &directory, "--log", log];
        assert_fails(&ended([&listen_anywhere()[..], &common].concat()), 73, log);
        assert_fails_and_prints(&ended([&["inetd"][..], &common].concat()), 73, log, NOT_SET_UP);
        // After another code, mail would be sent back.
        assert_fails(&ended([&["deliver"][..], &common, &["mrose"]].concat()), 75, log);
    }
    if is_superuser() {
        return skipped("no modes that hold for this user");
    }
    users.write("log", b"");
    fs::set_permissions(users.path("log"), Permissions::from_mode(0o400)).expect("a mode");
    let log = users.path("log").into_os_string().into_string().expect("a plain path");
    let arguments = ["inetd", "--users", &directory, "--log", &log];
    assert_fails_and_prints(&ended(arguments), 73, &log, NOT_SET_UP);
}

#[test]
fn standard_output_that_cannot_be_written_is_74() {
    let Ok(full) = OpenOptions::new().write(true).open("/dev/full") else { return skipped("no /dev/full") };
    let users = users();
    let server = serving(&users);
    for arguments in [vec!["--help"], vec!["-V"], server.iter().map(String::as_str).collect()] {
        let stdout = full.try_clone().expect("a descriptor");
        let mut command = program(arguments.iter().copied());
        let mut child = command.stdout(stdout).stderr(Stdio::piped()).spawn().expect("the program");
        let ended = finish(&mut child);
        assert_fails(&ended, 74, "No space left on device");
    }
}

/// The message names another port to try.
#[test]
fn a_port_for_the_superuser_only_is_77() {
    if is_superuser() {
        return skipped("no port that is forbidden to this user");
    }
    let first = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").unwrap_or_default();
    if first.trim().parse().unwrap_or(1024) <= 110 {
        return skipped("no port that is forbidden on this machine");
    }
    let users = users();
    let mut arguments = serving(&users);
    arguments[1] = "127.0.0.1:110".to_owned();
    assert_fails(&ended(arguments.iter().map(String::as_str)), 77, "try --listen 127.0.0.1:1110");
}
