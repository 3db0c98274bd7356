//! Each fault in each kind of server, and the statements by which it is found out.

use super::faults::{Fault, MATRIX};
use super::server::{Kind, NAME, PASSWORD, Server};
use pop1081::grade::catalogue::{Library, Rfc};
use pop1081::grade::client::Failure;
use pop1081::grade::dialogue::Dialogue;
use pop1081::grade::examiner::{Examiner, Outcome};
use pop1081::grade::refill::Refill;
use pop1081::grade::target::{Examinee, Unused};
use pop1081::grade::verdicts::{Verdict, judge};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use std::{io, thread};

/// Servers examined at once; they wait more than they work.
const AT_ONCE: usize = 16;

/// How long an answer may take. A server in the same process answers at once, but on a busy machine
/// this may be too late: then it is examined again with more patience.
const PATIENCE: [Duration; 3] = [Duration::from_millis(400), Duration::from_secs(2), Duration::from_secs(15)];

/// How long an answer of a slow server may take: longer than one takes, shorter than four do.
const ANSWERS: f64 = 3.5;

/// Of how many dialogues that have nothing to do with a fault one is played all the same.
const SAMPLE: usize = 6;

/// Faults that cost what they break, and no more.
const COMMON: [Fault; 3] = [Fault::NeverCloses, Fault::QuitLeavesOpen, Fault::LockNotFreed];

/// Statements of RFC 1081 that can't be seen from outside.
const HIDDEN: &str = "pass-refused-unparsable port-110 rpop-instead-of-pass rpop-judges-the-pair \
                      rpop-ready rpop-reserved-succeeds";

/// Statements that need two clients at once.
const TWO: &str = "identified-acquires pass-locks pass-refused-locked pass-unable-to-lock update-unlocks";

/// Shown by one client too, but a dialogue of two may find the fault first.
const WITH_TWO: &str = "pass-refusal-unlocks";

/// More statements untried than can be excused by what is not seen, and by one fault.
const MANY: usize = 24;

const KINDS: [Kind; 3] = [Kind::Threads, Kind::Iterative, Kind::Processes];

/// A server to be examined.
#[derive(Clone, Copy, Debug)]
struct Case {
    kind: Kind,
    fault: Option<Fault>,
    rfc: Rfc,
    refill: bool,
    patience: Duration,
}

/// A right server of threads.
const RIGHT: Case =
    Case { kind: Kind::Threads, fault: None, rfc: Rfc::Rfc1081, refill: true, patience: PATIENCE[0] };

/// Examines with more and more patience, until the outcome is right or there is no more.
fn patiently<T>(mut examine: impl FnMut(Duration) -> T, right: impl Fn(&T) -> bool) -> T {
    let [little, more, most] = PATIENCE;
    let outcome = Some(examine(little)).filter(&right);
    outcome.or_else(|| Some(examine(more)).filter(&right)).unwrap_or_else(|| examine(most))
}

/// Examines with the patience that it takes; the outcome must be these statements.
#[track_caller]
fn assert_outcome(library: &Library, case: Case, found: &str, untried: &str) {
    let expected = (set(found), set(untried));
    let outcome = patiently(
        |patience| {
            let (found, untried, _) = examine(library, Case { patience, ..case }, |_| true);
            (found, untried)
        },
        |outcome| *outcome == expected,
    );
    assert_eq!(outcome, expected, "{case:?}");
}

/// The statements that fail or, with ~ before them, are noted; those that were not tried; and what
/// failed.
fn examine(
    library: &Library,
    case: Case,
    wanted: impl Fn(&Dialogue) -> bool,
) -> (BTreeSet<String>, BTreeSet<String>, Vec<(String, Failure)>) {
    let server = Server::on(0, case.kind, case.fault, &library.maildrop);
    let (address, unused) = (server.address, Unused::default());
    let examinee = Examinee { address, unused, name: NAME.to_owned(), password: PASSWORD.to_owned() };
    let refill = case.refill.then_some(&server as &dyn Refill);
    let mut examiner = Examiner::new(library, &examinee, refill, case.patience);
    let played = examiner.examine(case.rfc, wanted, &mut |_, _, _| {});
    let judged = judge(library, case.rfc, &played);
    let named = |verdict: Verdict, mark: &str| {
        let such = judged.iter().filter(move |one| one.verdict() == verdict);
        such.map(|one| format!("{mark}{}", one.statement.id)).collect::<BTreeSet<String>>()
    };
    let found = &named(Verdict::Fail, "") | &named(Verdict::Noted, "~");
    let failures = played.iter().filter_map(|(dialogue, outcome)| match outcome {
        Outcome::Failed(failed) => Some((dialogue.id.clone(), failed.failure.clone())),
        _ => None,
    });
    (found, named(Verdict::NotTried, ""), failures.collect())
}

/// A row of the matrix in one kind of server.
struct Row {
    case: Case,
    /// The statements that it breaks and that this kind of server can show.
    expected: BTreeSet<String>,
    found: BTreeSet<String>,
    untried: usize,
    ended: bool,
    seconds: f64,
    failures: Vec<(String, Failure)>,
}

impl Row {
    fn of(&(fault, rfc, broken): &(Fault, Rfc, &str), kind: Kind) -> Row {
        let mut expected = &set(broken) - &unseen(kind);
        if (fault, kind) == (Fault::LoginIsShared, Kind::Iterative) {
            // Only a second client sees it.
            expected.clear();
        }
        let case = Case { kind, fault: Some(fault), rfc, ..RIGHT };
        Row {
            case,
            expected,
            found: BTreeSet::new(),
            untried: 0,
            ended: false,
            seconds: 0.0,
            failures: Vec::new(),
        }
    }

    fn examine(mut self, library: &Library, wanted: impl Fn(&Dialogue) -> bool) -> Row {
        let (started, unseen) = (Instant::now(), unseen(self.case.kind));
        let (found, untried, failures) = patiently(
            |patience| examine(library, Case { patience, ..self.case }, &wanted),
            |(found, ..)| found - &unseen == self.expected,
        );
        (self.found, self.failures) = (&found - &unseen, failures);
        (self.untried, self.seconds) = (untried.len(), started.elapsed().as_secs_f64());
        let common = self.case.fault.is_some_and(|fault| COMMON.contains(&fault));
        self.ended = common && untried.len() > MANY;
        self
    }

    fn name(&self) -> String {
        let Case { kind, fault, rfc, .. } = self.case;
        format!("{kind:?}, {:?} (RFC {})", fault.expect("a fault"), rfc.number())
    }

    /// What is wrong with the verdicts; nothing where nothing is.
    fn wrong(&self) -> String {
        let mut wrong = String::new();
        if self.ended {
            let _ = writeln!(wrong, "{} ends the examination: {} not tried", self.name(), self.untried);
        }
        if self.expected != self.found {
            let missed: Vec<_> = self.expected.difference(&self.found).collect();
            let unrelated: Vec<_> = self.found.difference(&self.expected).collect();
            let _ = writeln!(wrong, "{}: missed by {missed:?}, found by {unrelated:?} too", self.name());
            for (dialogue, Failure { sent, expected, came, .. }) in &self.failures {
                let _ = writeln!(wrong, "    {dialogue}: {sent}, not {expected} but {came}");
            }
        }
        wrong
    }
}

/// Statements on which that kind of server gets no verdict that is always the same.
fn unseen(kind: Kind) -> BTreeSet<String> {
    if kind == Kind::Iterative { set(&format!("{TWO} {WITH_TWO}")) } else { BTreeSet::new() }
}

/// Plays what `wanted` says for each row, and compares the verdicts with the matrix.
#[track_caller]
fn compare(
    rows: Vec<(usize, Row)>,
    wanted: impl Fn(&Library, usize, &BTreeSet<String>, &Dialogue) -> bool + Sync,
) {
    let library = Library::open().expect("sound data");
    let started = Instant::now();
    let (rows, done) = (Mutex::new(rows.into_iter()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some((at, row)) = rows.lock().expect("no panic").next() else { return };
                    let expected = row.expected.clone();
                    let row = row.examine(&library, |dialogue| wanted(&library, at, &expected, dialogue));
                    done.lock().expect("no panic").push((at, row));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("no panic");
    done.sort_by_key(|(at, row)| (*at, row.name()));
    let mut text = String::from("fault: statements that it fails [how many could not be tried]\n");
    for (_, row) in &done {
        let ids: Vec<&str> = row.found.iter().map(String::as_str).collect();
        let _ = writeln!(text, "{}: {} [{}] {:.1} s", row.name(), ids.join(" "), row.untried, row.seconds);
    }
    let seconds = started.elapsed().as_secs_f64();
    let _ = writeln!(io::stderr(), "{text}{} faulty servers in {seconds:.1} s", done.len());
    let wrong: String = done.iter().map(|(_, row)| row.wrong()).collect();
    assert!(wrong.is_empty(), "{wrong}");
}

/// Each fault in one kind of server, with what it breaks and a sample of the rest.
#[test]
fn each_fault_is_found_out_by_the_statements_that_it_breaks() {
    let row = |(at, fault): (usize, &(Fault, Rfc, &str))| {
        // A process for each client takes longest.
        let kind = [Kind::Threads, Kind::Iterative, Kind::Threads, Kind::Iterative, Kind::Processes][at % 5];
        let row = Row::of(fault, kind);
        let shown = !row.expected.is_empty() || fault.2.is_empty();
        (at, if shown { row } else { Row::of(fault, Kind::Threads) })
    };
    compare(MATRIX.iter().enumerate().map(row).collect(), |library, at, expected, dialogue| {
        let marked = |id: &str| expected.contains(id) || expected.contains(&format!("~{id}"));
        let place = library.dialogues.iter().position(|other| other.id == dialogue.id);
        dialogue.proves.iter().any(|proof| marked(&proof.statement))
            || place.is_some_and(|place| place % SAMPLE == at % SAMPLE)
    });
}

/// Each fault in each kind of server, with everything: minutes.
#[test]
#[ignore = "make interop runs it"]
fn the_whole_matrix() {
    let rows = MATRIX.iter().enumerate();
    let rows = rows.flat_map(|(at, fault)| KINDS.map(|kind| (at, Row::of(fault, kind))));
    compare(rows.collect(), |_, _, _, _| true);
}

#[test]
fn a_server_without_fault_passes() {
    let library = Library::open().expect("sound data");
    let hidden_1939 = "autologout-no-update autologout-ten-minutes pass-refused-unparsable port-110";
    // What earlier sessions accessed is known only after a refill, except once.
    let not_fresh = "dele-raises-highest last-highest last-newer-unseen retr-raises-highest rset-highest";
    let cases = [
        (Kind::Threads, Rfc::Rfc1081, true, HIDDEN, ""),
        (Kind::Threads, Rfc::Rfc1939, true, hidden_1939, ""),
        (Kind::Threads, Rfc::Rfc1081, false, HIDDEN, not_fresh),
        (Kind::Threads, Rfc::Rfc1939, false, hidden_1939, ""),
        (Kind::Iterative, Rfc::Rfc1081, true, HIDDEN, TWO),
        (Kind::Processes, Rfc::Rfc1081, true, HIDDEN, ""),
    ];
    thread::scope(|scope| {
        for (kind, rfc, refill, hidden, more) in cases {
            let library = &library;
            scope.spawn(move || {
                let untried = format!("{hidden} {more}");
                assert_outcome(library, Case { kind, rfc, refill, ..RIGHT }, "", &untried);
            });
        }
    });
}

/// A server that is slow but right is waited for, however long a dialogue takes.
#[test]
fn a_slow_server_passes() {
    let library = Library::open().expect("sound data");
    let beginning =
        |dialogue: &Dialogue, id: &str| dialogue.proves.iter().any(|proof| proof.statement.starts_with(id));
    let some = |dialogue: &Dialogue| beginning(dialogue, "list-n") || beginning(dialogue, "list-one");
    let (failed, untried, _) = patiently(
        |patience| {
            let fault = Some(Fault::Slow(patience.div_f64(ANSWERS)));
            examine(&library, Case { fault, patience, ..RIGHT }, some)
        },
        |(failed, untried, _)| failed.is_empty() && untried.is_empty(),
    );
    assert_eq!((failed, untried), (BTreeSet::new(), BTreeSet::new()));
}

/// Where the memo leaves freedom, or only discourages, nothing is held against a server.
#[test]
fn a_liberal_server_passes() {
    let library = Library::open().expect("sound data");
    let noted = "~empty-line ~last-no-argument ~list-nothing-more ~listings-stay-plain ~noop-no-argument \
                 ~quit-no-argument ~rset-no-argument ~stat-no-argument ~stat-nothing-more \
                 ~update-quit-no-argument ~user-unheard-of";
    let refused_user = "refused-user-then-quit refused-user-then-user";
    let case = Case { fault: Some(Fault::Liberal), ..RIGHT };
    assert_outcome(&library, case, noted, &format!("{HIDDEN} {refused_user}"));
}

fn set(words: &str) -> BTreeSet<String> {
    words.split_whitespace().map(String::from).collect()
}
