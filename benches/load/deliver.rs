//! Runs a delivery agent over and over, as a mail transport system does.

use crate::Outcome;
use crate::works::milliseconds;
use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const LINE: &str = "A line of a message that is delivered again and again, 64 octets.";
const LINES: usize = 16;

/// Starts the agent `at_once` times at once, for so long; the message is on its
/// standard input. Every one must succeed.
pub fn deliveries(at_once: usize, seconds: f64, agent: &[&str]) -> Outcome<()> {
    let message =
        format!("From: bench@example.org\nSubject: delivered\n\n{}", format!("{LINE}\n").repeat(LINES));
    let begun = Instant::now();
    let until = begun + Duration::from_secs_f64(seconds);
    let delivered = thread::scope(|threads| {
        let agents: Vec<_> = (0..at_once)
            .map(|_| threads.spawn(|| until_then(until, agent, &message).map_err(|e| e.to_string())))
            .collect();
        agents
            .into_iter()
            .map(|thread| thread.join().map_err(|_| "a thread panicked")?)
            .sum::<Result<u32, _>>()
    })?;
    println!("delivered {delivered}");
    println!("rate {}", f64::from(delivered) * 1e3 / milliseconds(begun));
    Ok(())
}

fn until_then(until: Instant, agent: &[&str], message: &str) -> Outcome<u32> {
    let mut delivered = 0;
    while Instant::now() < until {
        let (program, words) = agent.split_first().ok_or("no agent")?;
        let mut child = Command::new(program).args(words).stdin(Stdio::piped()).spawn()?;
        child.stdin.take().ok_or("no standard input")?.write_all(message.as_bytes())?;
        let status = child.wait()?;
        if !status.success() {
            return Err(format!("{program}: {status}").into());
        }
        delivered += 1;
    }
    Ok(delivered)
}
