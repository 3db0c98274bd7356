//! The AUTHORIZATION state (RFC 1081, pp. 3 to 5): the client logs in.
//!
//! `users` checks whether it tells the truth, and `maildrop` opens the maildrop.

use super::common::{BadCommandBudget, ServerContext, capabilities, log_end, next_command, refused};
use super::transaction::Transaction;
use crate::limits;
use crate::maildrop::{self, Maildrop, Refusal};
use crate::protocol::apop;
use crate::protocol::command::Command;
use crate::protocol::credentials::{Password, UserName};
use crate::protocol::reply::{self, Reply};
use crate::users::{Identified, rhosts::RESERVED_PORTS};
use crate::wire::{LoginDeadline, Peer, Wire};
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::thread;
use std::time::Instant;

/// A client that has not logged in.
pub struct Authorization<'s> {
    context: &'s ServerContext,
    wire: Box<Wire>,
    bad_commands: BadCommandBudget,
    login: Option<LoginDeadline>,
    failed_logins: u32,
    timestamp: String,
    /// The name of a good USER, to which PASS or RPOP may follow.
    user: Option<PendingUser>,
}

/// A name that USER has accepted. With `--hide-users` it need not be one.
struct PendingUser(Option<UserName>);

/// How a client proves its identity.
enum Proof<'c> {
    Password(&'c Password),
    Digest(&'c [u8]),
    RemoteUser(IpAddr, &'c [u8]),
}

/// Why a login was refused.
enum LoginError {
    WrongPassword,
    /// What the password is compared with can't be read.
    Unreadable(io::Error),
    /// The password is right, but the maildrop can't be had.
    Refused(Refusal),
}

/// What a command of this state leads to.
enum Next {
    Stay,
    Opened(Box<Maildrop>),
    Goodbye,
}

impl<'s> Authorization<'s> {
    /// A client that has just connected.
    pub fn new(context: &'s ServerContext, wire: Wire) -> Self {
        Authorization {
            context,
            wire: Box::new(wire),
            bad_commands: BadCommandBudget::new(limits::BAD_COMMANDS_BEFORE_LOGIN),
            login: match context.login_time {
                None => Some(LoginDeadline::within(limits::LOGIN_TIME, Some(&context.crowded))),
                Some(time) => (!time.is_zero()).then(|| LoginDeadline::within(time, None)),
            },
            failed_logins: 0,
            timestamp: apop::timestamp(&context.host),
            user: None,
        }
    }

    /// Greets the client and answers commands until it has a maildrop or is gone.
    pub fn run(mut self) -> Option<Transaction<'s>> {
        match self.converse() {
            Ok(Some(maildrop)) => Some(Transaction::new(self.context, self.wire, maildrop)),
            Ok(None) => None,
            Err(e) => {
                self.log_end(Err(e));
                None
            }
        }
    }

    fn converse(&mut self) -> io::Result<Option<Box<Maildrop>>> {
        log::info!("{}: connected", self.wire.peer);
        self.wire.transcript.note(format_args!("AUTHORIZATION"));
        self.wire.reply(&reply::ready(&self.context.host, &self.timestamp))?;
        while let Some(command) = self.next_command()? {
            match self.answer(command)? {
                Next::Stay => {}
                Next::Opened(maildrop) => return Ok(Some(maildrop)),
                Next::Goodbye => return Ok(None),
            }
        }
        self.log_end(Ok(()));
        Ok(None)
    }

    fn next_command(&mut self) -> io::Result<Option<Command>> {
        let due = if self.user.is_none() { "USER, APOP, CAPA or QUIT" } else { "PASS, RPOP, CAPA or QUIT" };
        next_command(&mut self.wire, &mut self.bad_commands, due, self.login.as_ref())
    }

    fn log_end(&mut self, end: io::Result<()>) {
        let peer = self.wire.peer.clone();
        log_end(&mut self.wire, &peer, end);
    }

    /// The summary of p. 12, for this state.
    fn answer(&mut self, command: Command) -> io::Result<Next> {
        match command {
            Command::User(name) => self.user(&name),
            Command::Pass(password) => self.pass(&password),
            Command::Rpop(remote_user) => self.rpop(&remote_user),
            Command::Apop { name, digest } => self.apop(&name, &digest),
            Command::Capa => capabilities(&mut self.wire).map(|()| Next::Stay),
            Command::Quit => self.quit(),
            Command::Stat
            | Command::List(_)
            | Command::Retr(_)
            | Command::Dele(_)
            | Command::Noop
            | Command::Last
            | Command::Rset
            | Command::Top { .. }
            | Command::Uidl(_) => self.bad(&reply::only_after_login(command.keyword())),
        }
    }

    fn stay(&mut self, reply: &Reply) -> io::Result<Next> {
        self.wire.reply(reply).map(|()| Next::Stay)
    }

    fn bad(&mut self, reply: &Reply) -> io::Result<Next> {
        self.bad_commands.answer(&mut self.wire, reply).map(|()| Next::Stay)
    }

    /// The user of this name, or a reply that it can't be told now. No other name is ever
    /// logged: it may be a password that was typed in the wrong place.
    fn known(&self, octets: &[u8]) -> Result<Option<UserName>, Reply> {
        let Some(name) = UserName::new(octets) else { return Ok(None) };
        match self.context.users.knows(&name) {
            Ok(known) => Ok(known.then_some(name)),
            Err(e) => {
                log::error!("{}: the Users directory can't be used: {e}", self.wire.peer);
                if self.context.hide_users { Ok(None) } else { Err(refused(name.as_str(), &e.into())) }
            }
        }
    }

    fn user(&mut self, octets: &[u8]) -> io::Result<Next> {
        if self.user.is_some() {
            return self.bad(&Reply::err("USER was accepted already, now PASS or QUIT is due"));
        }
        let name = match self.known(octets) {
            Ok(name) => name,
            Err(reply) => return self.stay(&reply),
        };
        if name.is_none() && !self.context.hide_users {
            log::info!("{}: no such user", self.wire.peer);
            return self.bad(&reply::no_such_user(octets));
        }
        self.user = Some(PendingUser(name));
        self.stay(&reply::welcome(String::from_utf8_lossy(octets)))
    }

    fn pass(&mut self, password: &Password) -> io::Result<Next> {
        match self.user.take() {
            None => self.bad(&Reply::err("PASS is only valid after a successful USER")),
            Some(PendingUser(name)) => self.admit(name, &Proof::Password(password)),
        }
    }

    fn rpop(&mut self, remote_user: &[u8]) -> io::Result<Next> {
        let Some(PendingUser(name)) = self.user.take() else {
            return self.bad(&Reply::err("RPOP is only valid after a successful USER"));
        };
        match self.wire.peer {
            Peer::Tcp(client) if client.port() < RESERVED_PORTS => {
                self.admit(name, &Proof::RemoteUser(client.ip(), remote_user))
            }
            Peer::Tcp(_) | Peer::Reported { .. } | Peer::Local => {
                log::info!("{}: RPOP refused, the port is not reserved", self.wire.peer);
                let reply = reply::only_from_reserved_port(RESERVED_PORTS);
                self.wire.transcript.note(format_args!("still AUTHORIZATION: the port is not reserved"));
                self.failed(Instant::now(), &reply)
            }
        }
    }

    fn apop(&mut self, name: &[u8], digest: &[u8]) -> io::Result<Next> {
        if self.user.is_some() {
            return self
                .bad(&Reply::err("APOP is not valid after a successful USER, now PASS or QUIT is due"));
        }
        match self.known(name) {
            Ok(name) => self.admit(name, &Proof::Digest(digest)),
            Err(reply) => self.stay(&reply),
        }
    }

    fn quit(&mut self) -> io::Result<Next> {
        log::info!("{}: QUIT before the login", self.wire.peer);
        self.wire.reply(&reply::signing_off(&self.context.host))?;
        self.wire.transcript.note(format_args!("end: QUIT before the login, no UPDATE"));
        self.wire.flush().map(|()| Next::Goodbye)
    }

    /// Opens this user's maildrop if the proof is right.
    fn admit(&mut self, name: Option<UserName>, proof: &Proof<'_>) -> io::Result<Next> {
        let begun = Instant::now();
        let error = match name.as_ref().map(|name| self.open(name, proof)) {
            Some(Ok(maildrop)) => {
                self.wire.transcript.tell(|to| to.logged_in_as(maildrop.name.as_str()));
                self.wire.reply(&reply::locked_and_ready(&maildrop.name, maildrop.remaining()))?;
                return Ok(Next::Opened(maildrop));
            }
            Some(Err(error)) => error,
            None => LoginError::WrongPassword,
        };
        let name = name.map_or_else(|| "nobody".to_owned(), |name| name.to_string());
        log::warn!("{name} from {}: login refused, {error}", self.wire.peer);
        self.wire.transcript.note(format_args!("still AUTHORIZATION: {error}"));
        match (error, proof) {
            (LoginError::Refused(refusal), _) => self.stay(&refused(&name, &refusal)),
            (LoginError::Unreadable(e), _) if !self.context.hide_users => {
                self.stay(&refused(&name, &e.into()))
            }
            (_, Proof::Password(_)) => self.failed(begun, &reply::invalid_password()),
            (_, Proof::Digest(_) | Proof::RemoteUser(..)) => self.failed(begun, &reply::permission_denied()),
        }
    }

    /// Answers a failed login, later each time. The reply to an unknown user comes as
    /// late as that to a wrong password. No lock and no descriptor is held meanwhile.
    fn failed(&mut self, begun: Instant, reply: &Reply) -> io::Result<Next> {
        self.wire.flush()?;
        let answer_at = begun + self.context.login_delay * (1 << self.failed_logins);
        thread::sleep(answer_at.saturating_duration_since(Instant::now()));
        self.failed_logins += 1;
        if self.failed_logins < limits::FAILED_LOGINS {
            return self.stay(reply);
        }
        log::warn!("{}: closed after {} failed logins", self.wire.peer, self.failed_logins);
        self.wire.reply(&reply::too_many("failed logins"))?;
        self.wire.transcript.note(format_args!("end: too many failed logins"));
        self.wire.flush().map(|()| Next::Goodbye)
    }

    fn open(&self, name: &UserName, proof: &Proof<'_>) -> Result<Box<Maildrop>, LoginError> {
        for _ in 0..limits::REOPENINGS {
            let Some(identified) = self.identify(name, proof)? else {
                // Perhaps line one is only half written.
                match maildrop::finish_password_change(&self.context.users, name) {
                    Ok(true) => continue,
                    Ok(false) => return Err(LoginError::WrongPassword),
                    Err(e) => {
                        log::error!("{name}: a change of the password can't be finished: {e}");
                        return Err(LoginError::WrongPassword);
                    }
                }
            };
            match Maildrop::open(identified) {
                Err(Refusal::Replaced) => {}
                other => return other.map(Box::new).map_err(LoginError::Refused),
            }
        }
        Err(LoginError::Refused(Refusal::Replaced))
    }

    #[inline(never)] // Else its accounts lie on the stack of every session.
    fn identify(&self, name: &UserName, proof: &Proof<'_>) -> Result<Option<Identified>, LoginError> {
        let account = match self.context.users.find(name) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(LoginError::Unreadable)?,
        };
        match proof {
            Proof::Password(password) => Ok(account.check_password(password)),
            Proof::Digest(digest) => Ok(account.check_digest(digest, &self.timestamp)),
            Proof::RemoteUser(client, remote_user) => {
                let checked = self.context.users.check_remote(account, *client, remote_user);
                checked.map_err(LoginError::Unreadable)
            }
        }
    }
}

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoginError::WrongPassword => f.write_str("authentication failed"),
            LoginError::Unreadable(e) => write!(f, "the password can't be read: {e}"),
            LoginError::Refused(refusal) => refusal.fmt(f),
        }
    }
}
