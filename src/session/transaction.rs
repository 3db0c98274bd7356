//! The TRANSACTION state (RFC 1081, pp. 5 to 12): the client works with its
//! maildrop. Nothing of what it does here is permanent.

use super::common::{BadCommandBudget, ServerContext, capabilities, log_end, next_command};
use super::update::Update;
use crate::limits;
use crate::maildrop::{Found, Maildrop, NoSuchMessage, PendingUpdate};
use crate::protocol::command::Command;
use crate::protocol::message::{Chunk, LineLimit, Totals};
use crate::protocol::reply::{self, ListingLine, Reply};
use crate::wire::Wire;
use std::io;
use std::ops::ControlFlow;

/// A client with its maildrop.
pub struct Transaction<'s> {
    context: &'s ServerContext,
    /// Before the wire, so that without QUIT the lock is free when the connection
    /// closes.
    maildrop: Box<Maildrop>,
    wire: Box<Wire>,
    bad_commands: BadCommandBudget,
    /// Who it is and from where, for the log.
    who: String,
    retrieved: Totals,
}

/// The commands of this state, as a client is told.
const DUE: &str = "STAT, LIST, RETR, DELE, NOOP, LAST, RSET, TOP, UIDL, CAPA or QUIT";

/// What a command of this state leads to.
enum Next {
    Stay,
    Update,
}

impl<'s> Transaction<'s> {
    pub(super) fn new(context: &'s ServerContext, wire: Box<Wire>, maildrop: Box<Maildrop>) -> Self {
        let who = format!("{} from {}", maildrop.name, wire.peer);
        let bad_commands = BadCommandBudget::new(limits::BAD_COMMANDS);
        Transaction { context, wire, bad_commands, maildrop, who, retrieved: Totals::default() }
    }

    /// Answers commands until QUIT, which leads to UPDATE, or until the client
    /// is gone, which changes nothing.
    pub fn run(mut self) -> Option<Update<'s>> {
        log::info!("{}: logged in, {}", self.who, self.maildrop.remaining());
        self.wire.transcript.note(format_args!(
            "TRANSACTION: {}, {}, highest number accessed {}",
            self.maildrop.access,
            self.maildrop.remaining(),
            self.maildrop.highest_accessed()
        ));
        let ended = self.converse();
        if let Ok(true) = ended {
            let Transaction { context, wire, maildrop, who, retrieved, .. } = self;
            return Some(Update { context, wire, pending: PendingUpdate::of(*maildrop), who, retrieved });
        }
        log_end(&mut self.wire, &self.who, ended.map(drop));
        None
    }

    /// Answers commands; whether QUIT was the last one.
    fn converse(&mut self) -> io::Result<bool> {
        while let Some(command) = next_command(&mut self.wire, &mut self.bad_commands, DUE, None)? {
            match self.answer(command)? {
                Next::Stay => {}
                Next::Update => return Ok(true),
            }
        }
        Ok(false)
    }

    /// The summary of p. 12, for this state.
    fn answer(&mut self, command: Command) -> io::Result<Next> {
        let answered = match command {
            Command::Quit => return Ok(Next::Update),
            Command::Stat => self.wire.reply(&reply::drop_listing(self.maildrop.remaining())),
            Command::List(None) => self.list(),
            Command::List(Some(number)) => self.with(number, Self::list_one),
            Command::Retr(number) => self.with(number, Self::retr),
            Command::Dele(number) => self.with(number, Self::dele),
            Command::Noop => self.wire.reply(&Reply::done()),
            Command::Last => self.wire.reply(&reply::highest_accessed(self.maildrop.highest_accessed())),
            Command::Rset => self.rset(),
            Command::Top { message, lines } => self.with(message, |this, message| this.top(message, lines)),
            Command::Uidl(None) => self.uidl(),
            Command::Uidl(Some(number)) => self.with(number, Self::uidl_one),
            Command::Capa => capabilities(&mut self.wire),
            Command::User(_) | Command::Pass(_) | Command::Rpop(_) | Command::Apop { .. } => {
                let reply = reply::only_before_login(command.keyword());
                self.bad_commands.answer(&mut self.wire, &reply)
            }
        };
        answered.map(|()| Next::Stay)
    }

    /// Does something with a message, if the number names one.
    fn with(&mut self, number: u64, act: impl FnOnce(&mut Self, Found) -> io::Result<()>) -> io::Result<()> {
        match self.maildrop.find(number) {
            Ok(Ok(message)) => act(self, message),
            Ok(Err(NoSuchMessage::OutOfRange)) => {
                self.wire.reply(&reply::no_such_message(self.maildrop.messages()))
            }
            Ok(Err(NoSuchMessage::Deleted(number))) => self.wire.reply(&reply::already_deleted(number)),
            Err(e) => disk_fault(&mut self.wire, &self.who, &e),
        }
    }

    fn list(&mut self) -> io::Result<()> {
        let drop = self.maildrop.remaining();
        let listing = match self.maildrop.load() {
            Ok(listing) => listing,
            Err(e) => return disk_fault(&mut self.wire, &self.who, &e),
        };
        self.wire.reply(&reply::scan_listing_follows(drop))?;
        let mut line = ListingLine::default();
        for (number, message) in listing.numbered() {
            self.wire.line(line.scan_listing(number, message.span.octets))?;
        }
        self.wire.end_of_response()
    }

    fn list_one(&mut self, message: Found) -> io::Result<()> {
        self.wire.reply(&reply::scan_listing(message.number, message.octets()))
    }

    fn retr(&mut self, message: Found) -> io::Result<()> {
        let (number, announced) = (message.number, message.octets());
        let reply = reply::message_follows(announced);
        let Some(sent) = self.send(message, &reply, LineLimit::whole())? else { return Ok(()) };
        if sent != announced {
            self.maildrop.drop_sidecar();
            let why = format!("message {number} has {sent} octets and not {announced}");
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        self.maildrop.retrieved(&message);
        self.retrieved.messages += 1;
        self.retrieved.octets += sent;
        Ok(())
    }

    fn top(&mut self, message: Found, lines: u64) -> io::Result<()> {
        self.send(message, &Reply::done(), LineLimit::top(lines)).map(drop)
    }

    /// Sends a message or the top of it; returns the octets sent. A message of
    /// which not even the start can be read is no answer at all but an error
    /// (`None`); one that ends too early ends the connection.
    fn send(&mut self, message: Found, reply: &Reply, mut limit: LineLimit) -> io::Result<Option<u64>> {
        let (mut announced, mut sent) = (false, 0);
        let wire = &mut self.wire;
        let mut take = |chunk: Chunk<'_>| {
            if !announced {
                wire.reply(reply)?;
                announced = true;
            }
            let (chunk, more) = limit.of(chunk);
            sent += wire.chunk(chunk)?;
            Ok(if more { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        };
        let read = self.maildrop.read(&message, &mut take);
        match read {
            Err(e) if !announced => {
                self.maildrop.drop_sidecar();
                disk_fault(&mut self.wire, &self.who, &e).map(|()| None)
            }
            Err(e) => Err(e),
            Ok(()) => {
                if !announced {
                    self.wire.reply(reply)?;
                }
                self.wire.end_of_response().map(|()| Some(sent))
            }
        }
    }

    fn dele(&mut self, message: Found) -> io::Result<()> {
        self.maildrop.delete(&message);
        self.wire.reply(&reply::deleted(message.number))
    }

    fn rset(&mut self) -> io::Result<()> {
        self.maildrop.reset();
        self.wire.reply(&reply::maildrop_has(self.maildrop.remaining()))
    }

    fn uidl(&mut self) -> io::Result<()> {
        let listing = match self.maildrop.numbered() {
            Ok(listing) => listing,
            Err(e) => return disk_fault(&mut self.wire, &self.who, &e),
        };
        self.wire.reply(&Reply::done())?;
        let mut line = ListingLine::default();
        for (number, message) in listing.numbered() {
            let (digits, length) = message.unique_id().digits();
            self.wire.line(line.unique_id_listing(number, &digits[..length]))?;
        }
        self.wire.end_of_response()
    }

    fn uidl_one(&mut self, message: Found) -> io::Result<()> {
        match self.maildrop.unique_id(&message) {
            Ok(id) => self.wire.reply(&reply::unique_id(message.number, id)),
            Err(e) => disk_fault(&mut self.wire, &self.who, &e),
        }
    }
}

/// A fault on disk is the server's, and the client may go on.
fn disk_fault(wire: &mut Wire, who: &str, e: &io::Error) -> io::Result<()> {
    let changed = matches!(e.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof);
    let why = if changed { "another program has changed it" } else { &e.to_string() };
    log::error!("{who}: the maildrop can't be read: {why}");
    wire.reply(&Reply::err(format_args!("the maildrop can't be read: {why}")))
}
