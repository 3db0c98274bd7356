//! Each fault, and the statements by which it is found out.

use super::faults::{Fault, MATRIX};
use super::server::{NAME, PASSWORD, Server};
use pop1081::grade::catalogue::Library;
use pop1081::grade::catalogue::Rfc;
use pop1081::grade::examiner::Examiner;
use pop1081::grade::refill::Refill;
use pop1081::grade::report::{Verdict, judge};
use pop1081::grade::target::Examinee;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use std::{io, thread};

/// Servers examined at once; they wait more than they work.
const AT_ONCE: usize = 16;

/// How long an answer may take: a server in the same process answers at once.
const PATIENCE: Duration = Duration::from_millis(400);

/// The same for a server that is examined alone.
const PATIENCE_ALONE: Duration = Duration::from_secs(2);

/// How long an answer of a slow server may take: longer than one takes, shorter than four do.
const PATIENCE_WITH_SLOW: Duration = Duration::from_millis(500);

/// Faults that cost what they break, and no more.
const COMMON: [Fault; 3] = [Fault::NeverCloses, Fault::QuitLeavesOpen, Fault::LockNotFreed];

/// Statements of RFC 1081 that can't be seen from outside.
const HIDDEN: &str = "pass-refused-unparsable port-110 rpop-instead-of-pass rpop-judges-the-pair \
                      rpop-ready rpop-reserved-succeeds";

/// The statements that fail or, with ~ before them, are noted, and those that were not tried.
fn examine(library: &Library, fault: Option<Fault>, rfc: Rfc, refill: bool) -> [BTreeSet<String>; 2] {
    examine_some(library, fault, rfc, refill, "", if fault.is_some() { PATIENCE } else { PATIENCE_ALONE })
}

/// Only the statements with that beginning.
fn examine_some(
    library: &Library,
    fault: Option<Fault>,
    rfc: Rfc,
    refill: bool,
    beginning: &str,
    patience: Duration,
) -> [BTreeSet<String>; 2] {
    let server = Server::start(fault, &library.maildrop);
    let examinee = Examinee { address: server.address, name: NAME.to_owned(), password: PASSWORD.to_owned() };
    let refill = refill.then_some(&server as &dyn Refill);
    let mut examiner = Examiner::new(library, &examinee, refill, patience);
    let played = examiner.examine(
        rfc,
        |dialogue| dialogue.proves.iter().any(|proof| proof.statement.starts_with(beginning)),
        &mut |_, _, _| {},
    );
    let judged = judge(library, rfc, &played);
    let named = |verdict: Verdict, mark: &str| {
        let such = judged.iter().filter(move |one| one.verdict() == verdict);
        such.map(|one| format!("{mark}{}", one.statement.id)).collect::<BTreeSet<String>>()
    };
    let found = &named(Verdict::Fail, "") | &named(Verdict::Noted, "~");
    [found, named(Verdict::NotTried, "")]
}

#[test]
fn each_fault_is_found_out_by_the_statements_that_it_breaks() {
    let library = Library::open().expect("sound data");
    let started = Instant::now();
    let rows = Mutex::new(MATRIX.iter());
    let found = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some((fault, rfc, broken)) = rows.lock().expect("no panic").next() else { return };
                    let row = (fault, rfc, broken, examine(&library, Some(*fault), *rfc, true));
                    found.lock().expect("no panic").push(row);
                }
            });
        }
    });
    let mut text = String::new();
    let mut wrong = String::new();
    let mut found = found.into_inner().expect("no panic");
    found.sort_by_key(|(fault, ..)| MATRIX.iter().position(|(other, ..)| other == *fault));
    for (fault, rfc, broken, [failed, not_tried]) in &mut found {
        let expected = set(broken);
        if expected != *failed {
            // Where many servers share a busy machine, an answer may have come too late.
            [*failed, *not_tried] = examine_some(&library, Some(**fault), **rfc, true, "", PATIENCE_ALONE);
        }
        let ids: Vec<&str> = failed.iter().map(String::as_str).collect();
        let untried = not_tried.len();
        let ended = COMMON.contains(fault) && untried > set(HIDDEN).len() + 3;
        let _ = writeln!(text, "{fault:?} (RFC {}): {} [{untried}]", rfc.number(), ids.join(" "));
        if ended {
            let _ = writeln!(wrong, "{fault:?} ends the examination: {not_tried:?} were not tried");
        }
        if expected != *failed {
            let missed: Vec<_> = expected.difference(failed).collect();
            let unrelated: Vec<_> = failed.difference(&expected).collect();
            let _ = writeln!(wrong, "{fault:?}: missed by {missed:?}, found by {unrelated:?} as well");
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    let head = "fault: statements that it fails [how many could not be tried]";
    let _ = writeln!(io::stderr(), "{head}\n{text}{} faults in {seconds:.1} s", found.len());
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_server_without_fault_passes() {
    let library = Library::open().expect("sound data");
    let hidden_1939 = "autologout-no-update autologout-ten-minutes pass-refused-unparsable port-110";
    // What earlier sessions accessed is known only after a refill, except once.
    let not_fresh = "dele-raises-highest last-highest last-newer-unseen retr-raises-highest rset-highest";
    for (rfc, refill, hidden, more) in [
        (Rfc::Rfc1081, true, HIDDEN, ""),
        (Rfc::Rfc1939, true, hidden_1939, ""),
        (Rfc::Rfc1081, false, HIDDEN, not_fresh),
        (Rfc::Rfc1939, false, hidden_1939, ""),
    ] {
        let [failed, not_tried] = examine(&library, None, rfc, refill);
        assert!(failed.is_empty(), "RFC {}: {failed:?}", rfc.number());
        assert_eq!(not_tried, set(&format!("{hidden} {more}")), "RFC {}, refill {refill}", rfc.number());
    }
}

/// A server that is slow but right is waited for, however long a dialogue takes.
#[test]
fn a_slow_server_passes() {
    let library = Library::open().expect("sound data");
    let (rfc, fault) = (Rfc::Rfc1081, Some(Fault::Slow));
    let [failed, not_tried] = examine_some(&library, fault, rfc, true, "list-", PATIENCE_WITH_SLOW);
    assert_eq!((failed, not_tried), (BTreeSet::new(), BTreeSet::new()));
}

/// Where a server serves one client at a time, only what needs two at once is left out.
#[test]
fn a_server_of_one_client_at_a_time_passes() {
    let library = Library::open().expect("sound data");
    let two = "identified-acquires pass-locks pass-refused-locked pass-unable-to-lock update-unlocks";
    let [failed, not_tried] =
        examine_some(&library, Some(Fault::OneAtATime), Rfc::Rfc1081, true, "", PATIENCE_ALONE);
    assert_eq!(failed, BTreeSet::new());
    assert_eq!(not_tried, set(&format!("{HIDDEN} {two}")));
}

fn set(words: &str) -> BTreeSet<String> {
    words.split_whitespace().map(String::from).collect()
}

/// Where the memo leaves freedom, or only discourages, nothing is held against a server.
#[test]
fn a_liberal_server_passes() {
    let library = Library::open().expect("sound data");
    let noted = "~empty-line ~last-no-argument ~list-nothing-more ~listings-stay-plain ~noop-no-argument ~quit-no-argument \
                 ~rset-no-argument ~stat-no-argument ~stat-nothing-more ~update-quit-no-argument \
                 ~user-unheard-of";
    let refused_user = "refused-user-then-quit refused-user-then-user";
    let patience = PATIENCE_ALONE;
    let [found, not_tried] = examine_some(&library, Some(Fault::Liberal), Rfc::Rfc1081, true, "", patience);
    assert_eq!(found, set(noted));
    assert_eq!(not_tried, set(&format!("{HIDDEN} {refused_user}")));
}
