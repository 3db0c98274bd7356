//! What a person sees: pages that no server can write markup into, servers side by side, and the
//! report on a terminal.

use super::faults::Fault;
use super::server::{NAME, PASSWORD, Server};
use crate::player;
use crate::player::users::TestUsers;
use pop1081::grade::catalogue::Library;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;

/// Markup, control characters and octets that are no text.
const HOSTILE: &[u8] = b"</pre><script>alert(1)</script>\x1b[2J\x07\x00\xe9\"'&<img src=x onerror=alert(1)>";

/// A directory with a password file, removed with the value.
struct Place {
    users: TestUsers,
}

impl Place {
    fn new() -> Place {
        let users = TestUsers::copy_of_shipped().expect("a Users directory");
        let place = Place { users };
        fs::write(place.file("pw"), PASSWORD).expect("a password file");
        place
    }

    fn file(&self, name: &str) -> PathBuf {
        self.users.directory().with_file_name(name)
    }

    /// `pop1081 grade` of the server there, with a line for the shell of more options.
    fn command(&self, server: SocketAddr, more: &[&str]) -> Command {
        let mut command = player::server::grade();
        command.args(["--user", NAME, "--password-file"]).arg(self.file("pw")).args(more);
        command.arg(server.to_string());
        command.current_dir(self.file("pw").parent().expect("a directory"));
        command
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).expect("a file of text")
    }
}

fn said(command: &mut Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("the program");
    let text = |octets: Vec<u8>| String::from_utf8_lossy(&octets).into_owned();
    (status.code(), text(stdout), text(stderr))
}

fn faulty(fault: Option<Fault>) -> Server {
    Server::start(fault, &Library::open().expect("sound data").maildrop)
}

/// It says yes to everything, and the same to everybody.
fn hostile_server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            thread::spawn(move || treat(client));
        }
    });
    address
}

fn treat(client: TcpStream) -> Option<()> {
    let mut answers = client.try_clone().ok()?;
    answers.write_all(&[b"+OK ", HOSTILE, b"\r\n"].concat()).ok()?;
    for line in BufReader::new(client).lines() {
        let answer = match line.ok()?.get(..4) {
            Some("STAT") => [b"+OK 12 ", HOSTILE, b"\r\n"].concat(),
            Some("RETR") => [b"+OK\r\n", &[HOSTILE, b"\r\n"].concat().repeat(300)[..], b".\r\n"].concat(),
            Some("QUIT") => return None,
            _ => [b"+OK ", &HOSTILE.repeat(100)[..], b"\r\n"].concat(),
        };
        answers.write_all(&answer).ok()?;
    }
    None
}

#[track_caller]
fn is_harmless(page: &str) {
    let markup = page.split_once("<body>").expect("a body").1;
    for part in ["<script", "<img", "onerror=alert(1)>", "\u{1b}", "\u{7}", "\0"] {
        assert!(!markup.contains(part), "{part:?} is in\n{page}");
    }
    // Only elements of the page's own, closed where they were opened.
    let known =
        "h1 h2 h3 p b i a code pre ul li span dl dt dd div details summary table thead tbody tr th td";
    let mut open = Vec::new();
    for tag in markup.split('<').skip(1) {
        let name = tag.trim_start_matches('/').split(['>', ' ']).next().expect("a name");
        match tag.starts_with('/') {
            true if ["body", "html"].contains(&name) => assert_eq!(open, [""; 0], "before </{name}>"),
            true => assert_eq!(open.pop(), Some(name), "at <{tag}"),
            false => open.push(name),
        }
        assert!(known.split(' ').chain(["body", "html"]).any(|known| known == name), "<{tag}");
    }
    assert!(page.contains("http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'"));
}

#[test]
fn a_hostile_server_writes_text_and_no_markup() {
    let (place, server) = (Place::new(), hostile_server());
    let options = ["--only=stat-*", "--only=retr-*", "--only=list-one", "--patience=3", "--html=page.html"];
    let (code, text, errors) = said(place.command(server, &options).args(["--json", "hostile.json"]));
    assert_eq!(code, Some(1), "{text}{errors}");
    let page = place.read("page.html");
    is_harmless(&page);
    for part in [
        "<h2 id=\"c0\">STAT</h2>",
        "<span class=\"verdict\">FAIL</span><code>stat-size-next</code> <span class=\"soft\">p. 5, 3 points</span>",
        "<dt>came</dt><dd><code>+OK 12 &lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;<i>ESC</i>[2J<i>BEL</i>\
         <i>NUL</i>\\xe9&quot;&#39;&amp;&lt;img src=x",
        "Type it yourself, with the maildrop filled anew:</p>\n<pre>telnet 127.0.0.1 ",
        "(127.0.0.1",
    ] {
        assert!(page.contains(part) || part.starts_with('('), "{part} is not in\n{page}");
    }
    assert!(page.len() < 300_000, "{} octets", page.len());
    let matrix = ["grade", "--matrix", "matrix.html", "hostile.json", "hostile.json"];
    assert_eq!(said(&mut at(&place, &matrix)).0, Some(0));
    is_harmless(&place.read("matrix.html"));
}

/// The program, run in that directory.
fn at(place: &Place, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pop1081"));
    command.args(arguments).current_dir(place.file("pw").parent().expect("a directory"));
    command
}

#[test]
fn servers_side_by_side() {
    let place = Place::new();
    let only = ["--only=retr-no-such", "--only=stat-*"];
    for (name, fault) in [("right", None), ("<zero>", Some(Fault::RetrZero))] {
        let file = format!("--json={name}.json");
        let server = faulty(fault);
        let (code, text, _) = said(place.command(server.address, &only).arg(file));
        assert_eq!(code, Some(i32::from(fault.is_some())), "{text}");
    }
    let server = faulty(None);
    let later = ["--rfc=1939", "--only=uidl-one", "--json=today.json"];
    assert_eq!(said(&mut place.command(server.address, &later)).0, Some(0));
    let matrix = ["grade", "--matrix=all.html", "right.json", "<zero>.json", "today.json"];
    assert_eq!(said(&mut at(&place, &matrix)), (Some(0), String::new(), String::new()));
    let page = place.read("all.html");
    is_harmless(&page);
    for part in [
        "<h2>RFC 1081</h2>",
        "<th scope=\"col\"><span class=\"name\">right</span></th><th scope=\"col\"><span class=\"name\">&lt;zero&gt;",
        "</span></th><td class=\"pass\">pass</td><td class=\"fail\"><a href=\"#r1081-1-retr-no-such\">FAIL</a></td></tr>",
        "<div class=\"tried fail\" id=\"r1081-1-retr-no-such\"><b>&lt;zero&gt;</b>",
        "<dt>sent</dt><dd><code>RETR 0</code></dd><dt>expected</dt><dd><code>-ERR</code></dd>",
        "<h2>RFC 1939</h2>",
        "<code>uidl-one</code>",
    ] {
        assert!(page.contains(part), "{part} is not in\n{page}");
    }
}

/// What is no report is named, with the place, and no page comes of it.
#[test]
fn files_that_are_no_reports() {
    let place = Place::new();
    let server = faulty(None);
    said(&mut place.command(server.address, &["--only=stat-count-first", "--json=good.json"]));
    let good = place.read("good.json");
    for (bad, place_of_it) in [
        ("", "bad.json: line 1, column 1: a value expected"),
        ("{}", "bad.json: no report of pop1081 grade --json"),
        ("<!doctype html>", "bad.json: line 1, column 1"),
        (&good[..good.len() / 2], "bad.json: line 1, column "),
        (&good.replace("\"format\": 1", "\"format\": 2"), "format 2, not 1"),
        (&good.replace("\"verdict\": \"pass\"", "\"verdict\": \"good\""), "statements[0]: no verdict 'good'"),
        (&good.replace("\"page\": ", "\"pages\": "), "statements[0]: 'page' is not there or no number"),
        (&good.replace("\"chapter\": \"", "\"chapter\": 1, \"x\": \""), "'chapter' is not there or no text"),
        (
            &good.replace("\"dialogues\": [", "\"dialogues\": null, \"x\": ["),
            "'dialogues' is not there or no array",
        ),
    ] {
        fs::write(place.file("bad.json"), bad).expect("a file");
        let (code, _, errors) =
            said(&mut at(&place, &["grade", "--matrix=no.html", "good.json", "bad.json"]));
        assert_eq!((code, errors.lines().count()), (Some(65), 1), "{bad}: {errors}");
        assert!(errors.contains(place_of_it), "{place_of_it} is not in {errors}");
    }
    fs::write(place.file("bad.json"), b"{\xff}").expect("a file");
    for (file, code, sentence) in [("bad.json", 65, "not UTF-8"), ("none.json", 66, "No such file")] {
        let (came, _, errors) = said(&mut at(&place, &["grade", "--matrix=no.html", file]));
        assert!(came == Some(code) && errors.contains(sentence), "{errors}");
    }
    let (code, _, errors) = said(&mut at(&place, &["grade", "--matrix=no.html"]));
    assert!(code == Some(64) && errors.contains("--matrix takes JSON reports"), "{errors}");
    assert!(!place.file("no.html").exists());
    let (code, _, errors) = said(&mut at(&place, &["grade", "--matrix=none/no.html", "good.json"]));
    assert!(code == Some(73) && errors.contains("none/no.html"), "{errors}");
}

/// The last screen of a report, and every line before it, on 24 lines of 80 columns.
#[test]
fn a_summary_fits_a_screen() {
    thread::scope(|scope| {
        for options in [&["--points"][..], &["--rfc=1939", "--points"], &[]] {
            scope.spawn(|| fits_a_screen(options));
        }
    });
}

fn fits_a_screen(options: &[&str]) {
    let (place, server) = (Place::new(), faulty(Some(Fault::Unstuffed)));
    let mut command = place.command(server.address, options);
    let (code, text, errors) = said(command.env("COLUMNS", "80"));
    assert_eq!(code, Some(1), "{text}{errors}");
    let typed = |line: &str| line.contains("printf");
    let long: Vec<&str> = text.lines().filter(|line| line.chars().count() > 80 && !typed(line)).collect();
    assert_eq!(long, [""; 0]);
    let (_, summary) = text.rsplit_once("\n\n").expect("a summary");
    // One more for the sentence on standard error, one for the prompt after it.
    assert!(summary.lines().count() + errors.lines().count() < 24, "{summary}{errors}");
    assert!(errors.chars().count() <= 80 && errors.contains("statements failed; begin with "), "{errors}");
}

/// The report as a terminal gets it, where script(1) is there to make one.
fn on_a_terminal(command: &mut Command, term: &str, no_color: &str) -> Option<String> {
    let words: Vec<String> = [command.get_program()]
        .into_iter()
        .chain(command.get_args())
        .map(|word| format!("'{}'", word.to_str().expect("plain words")))
        .collect();
    let mut script = Command::new("script");
    script.args(["-qec", &words.join(" "), "/dev/null"]).env("TERM", term).env("NO_COLOR", no_color);
    script.current_dir(command.get_current_dir().unwrap_or(Path::new("."))).env_remove("COLUMNS");
    match script.stdin(std::process::Stdio::null()).output() {
        Ok(said) => Some(String::from_utf8_lossy(&said.stdout).into_owned()),
        Err(_) => {
            eprintln!("skipped: no script");
            None
        }
    }
}

#[test]
fn colours_and_progress_on_a_terminal() {
    let (place, server) = (Place::new(), faulty(Some(Fault::RetrZero)));
    let options = ["--only=retr-no-such", "--only=stat-count-first"];
    let shown = |term, no_color| on_a_terminal(&mut place.command(server.address, &options), term, no_color);
    let Some(text) = shown("xterm", "") else { return };
    for part in [
        "  \u{1b}[1;31mFAIL\u{1b}[0m      retr-no-such (p. 8): RETR of",
        "  \u{1b}[32mpass\u{1b}[0m      stat-count-first",
        "\u{1b}[1mRETR\u{1b}[0m",
        "\r\u{1b}[K1 of ",
        "\r\u{1b}[K2 of ",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text:?}");
    }
    // What was shown last is cleared before the report.
    let report = text.split_once("by RFC 1081").expect("a report").0;
    assert!(
        report.rsplit_once('\r').expect("a progress line").1.starts_with("\u{1b}[K127.0.0.1:"),
        "{report:?}"
    );
    assert!(!text.split_once("by RFC 1081").expect("a report").1.contains(" of 3: "));
    let plain = shown("xterm", "1").expect("a terminal");
    assert!(!plain.contains("\u{1b}[1;31m") && plain.contains("\r\u{1b}[K1 of "), "{plain:?}");
    let dumb = shown("dumb", "").expect("a terminal");
    assert!(!dumb.contains('\u{1b}') && dumb.contains("FAIL      retr-no-such"), "{dumb:?}");
    // Neither is in a file.
    let (_, text, errors) = said(place.command(server.address, &options).env("TERM", "xterm"));
    assert!(!text.contains('\u{1b}') && !errors.contains('\u{1b}'), "{text}{errors}");
}
