//! Signals: SIGHUP has the log opened anew, SIGTERM and SIGINT end the server.
//!
//! A thread waits for them. A session that is not in UPDATE has changed nothing and may
//! end at any moment (RFC 1081, p. 3); one in UPDATE finishes.

use super::slots::Slots;
use crate::exit::{self, Failure};
use crate::limits;
use crate::logging;
use crate::session::ServerContext;
use crate::terminal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use std::io::{self, IsTerminal};
use std::process;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

/// Has signals handled for this server from now on.
///
/// # Errors
/// Exit code 71 when the system refuses it.
pub fn handle(context: &ServerContext, slots: &Arc<Slots>) -> Result<(), Failure> {
    let (context, slots) = (context.clone(), Arc::clone(slots));
    let at_terminal = io::stderr().is_terminal();
    let handled = catch().and_then(|mut signals| {
        let thread = thread::Builder::new().stack_size(limits::SESSION_STACK);
        thread.spawn(move || {
            for signal in signals.forever() {
                match signal {
                    // Whoever closes a terminal ends what runs there.
                    SIGHUP if !at_terminal || io::stderr().is_terminal() => logging::reopen(),
                    SIGHUP => end("SIGHUP, the terminal has gone", &context, &slots),
                    SIGINT => end("SIGINT", &context, &slots),
                    _ => end("SIGTERM", &context, &slots),
                }
            }
        })
    });
    handled.map(drop).map_err(|e| (exit::SYSTEM, format!("signals: {e}")))
}

/// The same signal to end a second time ends at once. One of each does not: Ctrl-C may come
/// with the SIGTERM of a script that has started the server.
fn catch() -> io::Result<Signals> {
    for signal in [SIGTERM, SIGINT] {
        let ending = Arc::new(AtomicBool::new(false));
        flag::register_conditional_default(signal, Arc::clone(&ending))?;
        flag::register(signal, Arc::clone(&ending))?;
    }
    Signals::new([SIGHUP, SIGTERM, SIGINT])
}

fn end(why: &str, context: &ServerContext, slots: &Slots) -> ! {
    let (sessions, updating) = (slots.close(), context.updates.close());
    log::info!("{why}: the server ends; sessions open: {sessions}, of them in UPDATE: {updating}");
    let unfinished = context.updates.wait(limits::END_TIME);
    if unfinished > 0 {
        log::warn!("sessions still in UPDATE: {unfinished}; the next login finishes what is begun");
    }
    if let Some(transcripts) = &context.transcripts {
        transcripts.end_all("end, and no UPDATE: the server ends");
    }
    terminal::wait_until_written();
    process::exit(0)
}
