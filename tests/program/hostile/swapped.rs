//! A user's file is replaced by something else and put back, again and again, during logins: a
//! login that succeeds has the user's own mail, and none hangs.

use crate::common::fixture::TestServer;
use crate::common::program::make_fifo;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

const OUTSIDE: &[u8] = b"outside\nFrom a\nout of reach\n\n";
const INSIDE: &[u8] = b"inside\nFrom b\nSubject: mine\n\n";
const LOGINS: usize = 400;

/// Swaps in a row, after which the user's file stays for one whole login.
const SWAPS_IN_A_ROW: usize = 64;

/// Puts one thing after the other in a file's place until it is stopped.
struct Swapper {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<usize>>,
}

impl Swapper {
    /// `tried` counts the logins that have ended.
    fn start(place: PathBuf, things: Vec<PathBuf>, tried: &Arc<AtomicUsize>) -> Swapper {
        let tried = Arc::clone(tried);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let swapping = move || {
            let (mut swaps, mut there) = (0, 0);
            while !stopped.load(Ordering::Relaxed) {
                let next = (there + 1) % things.len();
                swap(&place, &things[there], &things[next]);
                (swaps, there) = (swaps + 1, next);
                if there == 0 && swaps % SWAPS_IN_A_ROW == 0 {
                    let one_began_and_ended = tried.load(Ordering::Relaxed) + 2;
                    while tried.load(Ordering::Relaxed) < one_began_and_ended
                        && !stopped.load(Ordering::Relaxed)
                    {
                        thread::yield_now();
                    }
                }
            }
            swap(&place, &things[there], &things[0]);
            swaps
        };
        Swapper { stop, thread: Some(thread::spawn(swapping)) }
    }

    /// The first thing is in the place; how many swaps there were.
    fn stop(mut self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().expect("a thread").join().expect("no panic")
    }
}

impl Drop for Swapper {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn swap(place: &Path, old: &Path, new: &Path) {
    fs::rename(place, old).expect("to be moved away");
    fs::rename(new, place).expect("to be moved there");
}

#[test]
fn a_login_has_the_users_own_mail_or_fails() {
    let server = TestServer::new();
    server.write("../outside", OUTSIDE);
    server.write("victim", INSIDE);
    let aside = |kind: &str| server.path(&format!("../{kind}"));
    symlink(server.path("../outside"), aside("symlink")).expect("a link");
    fs::create_dir(aside("directory")).expect("a directory");
    let mut things = vec![aside("regular"), aside("symlink"), aside("directory")];
    if make_fifo(&aside("fifo")) {
        things.push(aside("fifo"));
    }
    let tried = Arc::new(AtomicUsize::new(0));
    let swapper = Swapper::start(server.path("victim"), things, &tried);
    let tries = (0..LOGINS).filter(|_| {
        let got_in = gets_in(&server);
        tried.fetch_add(1, Ordering::Relaxed);
        got_in
    });
    let got_in = tries.count();
    let swaps = swapper.stop();
    assert!(swaps > 100, "only {swaps} swaps");
    assert!(got_in > 0 && got_in < LOGINS, "{got_in} of {LOGINS} logins met the user's own file");
    assert_eq!(server.read("../outside"), OUTSIDE);
    assert_eq!(server.read("victim"), INSIDE);
    let mut pop = server.log_in_when_free("victim", "inside");
    assert_eq!(pop.ask("STAT"), "+OK 1 15");
}

/// Tries both passwords; that of the file outside must never log in.
fn gets_in(server: &TestServer) -> bool {
    let mut pop = server.open();
    let mut got_in = false;
    if pop.ask("USER victim").starts_with("+OK") {
        let outside = pop.ask("PASS outside");
        assert!(outside.starts_with("-ERR"), "{outside}");
    }
    if pop.ask("USER victim").starts_with("+OK") {
        got_in = pop.ask("PASS inside").starts_with("+OK");
    }
    if got_in {
        assert_eq!(pop.ask("STAT"), "+OK 1 15", "the user's own mail");
    }
    let goodbye = pop.quit();
    assert!(goodbye.starts_with("+OK dewey POP3 server signing off"), "{goodbye}");
    got_in
}
