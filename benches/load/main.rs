//! load: makes maildrops from a seed, and plays clients against a server.
//!
//! It starts no server but the one that replays canned octets, and compares
//! nothing: scripts/bench-peers does.

#![forbid(unsafe_code)]

mod canned;
mod client;
mod deliver;
mod index;
mod mail;
mod mailbox;
mod make;
mod works;

use client::Acknowledging;
use std::env;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const USAGE: &str = "usage:
  load make MAIL SEED                     write every maildrop into the directory MAIL
  load maildir KIND SEED DIR              write one as a Maildir
  load canned SEED                        serve prepared octets
  load count FILE                         count the line ends of a file
  load logins SERVER KIND CLIENTS SECONDS
  load session SERVER USER DELETE         delete none, last, first, tenth or all
  load idle SERVER KIND SESSIONS          hold a tenth of them, after a line on standard input all
  load first-uidl SERVER USER             login and UIDL
  load hold SERVER USER                   LIST, UIDL and DELE of the last; after a line QUIT
  load deliver AT-ONCE SECONDS AGENT...   start a delivery agent over and over
  load together SERVER MAIL KIND CLIENTS SECONDS
  load empty SERVER MAIL KIND USERS       RETR and DELE of all, one user after the other
  load verify SERVER MAIL USER
  load retrieve SERVER MAIL USER          RETR of all, QUIT
  load retr SERVER MAIL USER SECONDS plain|at-once
  load pipelined SERVER MAIL USER SECONDS
  load listing SERVER MAIL USER LIST|UIDL TIMES";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("load {}: {e}", words.join(" "));
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Outcome<()> {
    match *words {
        ["make", mail, seed] => make::all(Path::new(mail), seed.parse()?),
        ["maildir", kind, seed, dir] => {
            let kind = mail::of_user(kind).ok_or("no such kind")?;
            make::maildir(kind, seed.parse()?, Path::new(dir))
        }
        ["canned", seed] => canned::serve(seed.parse()?),
        ["count", file] => works::count(Path::new(file)),
        ["logins", server, kind, clients, seconds] => {
            works::logins(server.parse()?, kind, clients.parse()?, seconds.parse()?)
        }
        ["session", server, user, delete] => works::session(server.parse()?, user, delete),
        ["idle", server, kind, sessions] => works::idle(server.parse()?, kind, sessions.parse()?),
        ["first-uidl", server, user] => mailbox::first_uidl(server.parse()?, user),
        ["hold", server, user] => mailbox::hold(server.parse()?, user),
        ["deliver", at_once, seconds, ref agent @ ..] => {
            deliver::deliveries(at_once.parse()?, seconds.parse()?, agent)
        }
        ["together", server, mail, kind, clients, seconds] => {
            let (clients, seconds) = (clients.parse()?, seconds.parse()?);
            works::retr_together(server.parse()?, Path::new(mail), kind, clients, seconds)
        }
        ["empty", server, mail, kind, users] => {
            let known = index::of_user(Path::new(mail), kind)?;
            mailbox::empty(server.parse()?, &known, kind, users.parse()?)
        }
        [work, server, mail, user, ref rest @ ..] => in_session(work, server, mail, user, rest),
        _ => Err(USAGE.into()),
    }
}

/// A work that begins with a login and knows what the maildrop holds.
fn in_session(work: &str, server: &str, mail: &str, user: &str, rest: &[&str]) -> Outcome<()> {
    let acknowledging =
        if rest.last() == Some(&"plain") { Acknowledging::Plain } else { Acknowledging::AtOnce };
    let (known, mut client) = works::enter(Path::new(mail), server.parse()?, user, acknowledging)?;
    match (work, rest) {
        ("retrieve", []) => mailbox::retrieve(&known, client),
        ("verify", []) => works::verify(&known, &mut client),
        ("retr", [seconds, _]) => works::retr(&known, &mut client, seconds.parse()?),
        ("pipelined", [seconds]) => works::pipelined(&known, &mut client, seconds.parse()?),
        ("listing", [command, times]) => works::listing(&known, &mut client, command, times.parse()?),
        _ => Err(USAGE.into()),
    }
}
