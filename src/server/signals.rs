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
use signal_hook::low_level::pipe;
use std::io::{self, IsTerminal, Read};
use std::os::unix::net::UnixStream;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Has signals handled for this server from now on.
///
/// # Errors
/// Exit code 71 when the system refuses it.
pub fn handle(context: &ServerContext, slots: &Arc<Slots>) -> Result<(), Failure> {
    let (context, slots) = (context.clone(), Arc::clone(slots));
    let at_terminal = io::stderr().is_terminal();
    let handled = Signals::catch().and_then(|mut signals| {
        let thread = thread::Builder::new().stack_size(limits::SESSION_STACK);
        thread.spawn(move || {
            loop {
                match signals.next() {
                    // Whoever closes a terminal ends what runs there.
                    Ok(SIGHUP) if !at_terminal || io::stderr().is_terminal() => logging::reopen(),
                    Ok(SIGHUP) => end("SIGHUP, the terminal has gone", &context, &slots),
                    Ok(SIGINT) => end("SIGINT", &context, &slots),
                    Ok(_) => end("SIGTERM", &context, &slots),
                    Err(e) => return log::error!("signals are not handled any more: {e}"),
                }
            }
        })
    });
    handled.map(drop).map_err(|e| (exit::SYSTEM, format!("signals: {e}")))
}

/// The signals that are handled, each with whether it has come.
struct Signals {
    come: [(i32, Arc<AtomicBool>); 3],
    /// There is something to be read once one has come.
    wakes: UnixStream,
}

impl Signals {
    /// The same signal to end a second time ends at once. One of each does not: Ctrl-C may
    /// come with the SIGTERM of a script that has started the server.
    fn catch() -> io::Result<Self> {
        for signal in [SIGTERM, SIGINT] {
            let ending = Arc::new(AtomicBool::new(false));
            flag::register_conditional_default(signal, Arc::clone(&ending))?;
            flag::register(signal, Arc::clone(&ending))?;
        }
        let (wakes, wake) = UnixStream::pair()?;
        let come = [SIGHUP, SIGTERM, SIGINT].map(|signal| (signal, Arc::default()));
        for (signal, come) in &come {
            flag::register(*signal, Arc::clone(come))?;
            pipe::register(*signal, wake.try_clone()?)?;
        }
        Ok(Signals { come, wakes })
    }

    /// Waits for the next one.
    fn next(&mut self) -> io::Result<i32> {
        loop {
            if let Some((signal, _)) = self.come.iter().find(|(_, come)| come.swap(false, Ordering::SeqCst)) {
                return Ok(*signal);
            }
            match self.wakes.read(&mut [0; 64]) {
                Err(e) if e.kind() != io::ErrorKind::Interrupted => return Err(e),
                _ => {}
            }
        }
    }
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
