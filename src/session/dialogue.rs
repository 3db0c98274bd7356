//! What the states have in common: how they listen, and what they say alike.

use crate::command::{Command, Mistake};
use crate::limits;
use crate::reply::Reply;
use crate::wire::{Line, Wire};
use std::fmt::Display;
use std::io;

/// Waits for the next command and answers lines that are none; `None` at the
/// end of the connection.
pub fn next_command(wire: &mut Wire) -> io::Result<Option<Command>> {
    loop {
        let mistake = match wire.read_line()? {
            None => return Ok(None),
            Some(Line::TooLong) => {
                Reply::err(format_args!("a command line has at most {} octets", limits::COMMAND_LINE))
            }
            Some(Line::Whole(line)) => match Command::parse(line) {
                Ok(command) => return Ok(Some(command)),
                Err(Mistake(sentence)) => Reply::err(sentence),
            },
        };
        wire.reply(&mistake)?;
    }
}

/// Says why a connection has ended that no QUIT has ended.
pub fn log_end(who: &dyn Display, end: io::Result<()>) {
    use io::ErrorKind::{TimedOut, WouldBlock};
    match end {
        Ok(()) => log::info!("{who}: closed the connection without QUIT"),
        Err(e) if matches!(e.kind(), TimedOut | WouldBlock) => log::info!("{who}: silent for too long"),
        Err(e) => log::info!("{who}: the connection broke: {e}"),
    }
}

/// CAPA (RFC 2449, p. 3), the same in both states.
pub fn capabilities(wire: &mut Wire) -> io::Result<()> {
    wire.reply(&Reply::ok("what this server can do"))?;
    for capability in ["TOP", "USER", "UIDL", "PIPELINING", "RESP-CODES", "EXPIRE NEVER"] {
        wire.line(capability.as_bytes())?;
    }
    wire.line(concat!("IMPLEMENTATION pop1081-", env!("CARGO_PKG_VERSION")).as_bytes())?;
    wire.end_of_response()
}
