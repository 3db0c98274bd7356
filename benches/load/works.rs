//! The works: what a client does with a server, measured.
//!
//! Each prints `name value` lines: rates per second, times in milliseconds.

use crate::Outcome;
use crate::client::{Acknowledging, Client};
use crate::index::{self, Expected};
use std::collections::HashSet;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// Commands that a pipelining client sends ahead at most.
pub const WINDOW: usize = 256;

/// Login, STAT, QUIT, over and over, by so many clients at once, each a user of its own.
pub fn logins(server: SocketAddr, kind: &str, clients: u64, seconds: f64) -> Outcome<()> {
    let begun = Instant::now();
    let until = begun + Duration::from_secs_f64(seconds);
    let threads: Vec<_> = (1..=clients)
        .map(|client| format!("{kind}{client}"))
        .map(|user| thread::spawn(move || one_client(server, &user, until).map_err(|e| e.to_string())))
        .collect();
    let mut sessions = 0;
    for thread in threads {
        sessions += thread.join().map_err(|_| "a client panicked")??;
    }
    println!("sessions {sessions}");
    println!("rate {}", f64::from(sessions) / begun.elapsed().as_secs_f64());
    Ok(())
}

fn one_client(server: SocketAddr, user: &str, until: Instant) -> Outcome<u32> {
    let mut sessions = 0;
    while Instant::now() < until {
        let mut client = Client::connect(server, Acknowledging::Plain)?;
        client.login(user)?;
        client.command("STAT")?;
        client.quit()?;
        sessions += 1;
    }
    Ok(sessions)
}

/// RETR of every message in turn, the next when the last has come whole.
pub fn retr(known: &[Expected], client: &mut Client, seconds: f64) -> Outcome<()> {
    let begun = Instant::now();
    let until = begun + Duration::from_secs_f64(seconds);
    let (mut messages, mut octets) = (0_u64, 0_u64);
    for (number, expected) in known.iter().enumerate().cycle() {
        client.send(format!("RETR {}\r\n", number + 1).as_bytes())?;
        client.message(expected)?;
        messages += 1;
        octets += expected.octets;
        if Instant::now() > until {
            break;
        }
    }
    report(messages, octets, begun);
    Ok(())
}

/// The same by users 1 to `clients` at once; all messages per second.
pub fn retr_together(server: SocketAddr, mail: &Path, kind: &str, clients: u64, seconds: f64) -> Outcome<()> {
    let known = index::of_user(mail, kind)?;
    let users = (1..=clients).map(|client| format!("{kind}{client}"));
    let clients: Vec<_> = users.map(|user| logged_in(server, &user)).collect::<Outcome<_>>()?;
    let begun = Instant::now();
    let until = begun + Duration::from_secs_f64(seconds);
    let messages = thread::scope(|threads| {
        let fetch = |client| threads.spawn(|| retr_until(client, &known, until).map_err(|e| e.to_string()));
        let fetching: Vec<_> = clients.into_iter().map(fetch).collect();
        fetching
            .into_iter()
            .map(|thread| thread.join().map_err(|_| "a client panicked")?)
            .sum::<Result<u64, _>>()
    })?;
    println!("rate {}", messages as f64 / begun.elapsed().as_secs_f64());
    Ok(())
}

fn logged_in(server: SocketAddr, user: &str) -> Outcome<Client> {
    let mut client = Client::connect(server, Acknowledging::AtOnce)?;
    client.login(user)?;
    Ok(client)
}

fn retr_until(mut client: Client, known: &[Expected], until: Instant) -> Outcome<u64> {
    let mut messages = 0;
    while Instant::now() < until {
        let number = messages as usize % known.len();
        client.send(format!("RETR {}\r\n", number + 1).as_bytes())?;
        client.message(&known[number])?;
        messages += 1;
    }
    Ok(messages)
}

/// RETR of every message in turn, up to [`WINDOW`] commands ahead.
pub fn pipelined(known: &[Expected], client: &mut Client, seconds: f64) -> Outcome<()> {
    let commands: Vec<_> = (1..=known.len()).map(|number| format!("RETR {number}\r\n")).collect();
    let begun = Instant::now();
    let until = begun + Duration::from_secs_f64(seconds);
    let (mut messages, mut octets) = (0_u64, 0_u64);
    while Instant::now() < until {
        let mut sent = 0;
        for (number, expected) in known.iter().enumerate() {
            if sent - number <= WINDOW / 2 {
                let until = (number + WINDOW).min(known.len());
                client.send(commands[sent..until].concat().as_bytes())?;
                sent = until;
            }
            client.message(expected)?;
            octets += expected.octets;
        }
        messages += known.len() as u64;
    }
    report(messages, octets, begun);
    Ok(())
}

fn report(messages: u64, octets: u64, begun: Instant) {
    let seconds = begun.elapsed().as_secs_f64();
    println!("messages {messages}");
    println!("rate {}", messages as f64 / seconds);
    println!("megabytes {}", octets as f64 / seconds / 1e6);
}

/// LIST or UIDL, so many times; the median.
pub fn listing(known: &[Expected], client: &mut Client, command: &str, times: usize) -> Outcome<()> {
    let mut took = Vec::new();
    for _ in 0..times {
        let (begun, mut lines) = (Instant::now(), 0);
        client.send(format!("{command}\r\n").as_bytes())?;
        client.listing(|octets| lines += memchr::memchr_iter(b'\n', octets).count())?;
        took.push(milliseconds(begun));
        if lines != known.len() {
            return Err(format!("{command} has {lines} lines, not {}", known.len()).into());
        }
    }
    took.sort_by(f64::total_cmp);
    println!("ms {}", took[took.len() / 2]);
    Ok(())
}

/// Which messages a session deletes.
pub fn chosen(which: &str, messages: usize) -> Outcome<Vec<usize>> {
    Ok(match which {
        "none" => Vec::new(),
        "last" => vec![messages],
        "first" => vec![1],
        "tenth" => (1..=messages).step_by(10).collect(),
        "all" => (1..=messages).collect(),
        _ => return Err(format!("{which}: none, last, first, tenth or all").into()),
    })
}

/// One session: the time until STAT is answered, the time of QUIT. Deletes on the way.
pub fn session(server: SocketAddr, user: &str, delete: &str) -> Outcome<()> {
    let mut client = Client::connect(server, Acknowledging::Plain)?;
    let begun = Instant::now();
    client.login(user)?;
    let stat = client.command("STAT")?;
    println!("login {}", milliseconds(begun));
    let messages = stat.split(' ').nth(1).and_then(|n| n.parse().ok()).ok_or("STAT without a number")?;
    println!("messages {messages}");
    for numbers in chosen(delete, messages)?.chunks(WINDOW) {
        let commands: String = numbers.iter().map(|number| format!("DELE {number}\r\n")).collect();
        client.send(commands.as_bytes())?;
        for _ in numbers {
            client.ok()?;
        }
    }
    let begun = Instant::now();
    client.command("QUIT")?;
    println!("quit {}", milliseconds(begun));
    Ok(())
}

/// Every message, octet for octet, and that LIST and UIDL fit.
pub fn verify(known: &[Expected], client: &mut Client) -> Outcome<()> {
    let (mut listed, mut ids) = (Vec::new(), Vec::new());
    client.send(b"LIST\r\n")?;
    client.listing(|octets| listed.extend_from_slice(octets))?;
    let expected: String = (1..).zip(known).map(|(n, e)| format!("{n} {}\r\n", e.octets)).collect();
    if listed != expected.as_bytes() {
        return Err("LIST gives other sizes".into());
    }
    client.send(b"UIDL\r\n")?;
    client.listing(|octets| ids.extend_from_slice(octets))?;
    let ids = String::from_utf8(ids)?;
    let different: HashSet<_> = ids.lines().filter_map(|line| line.split(' ').nth(1)).collect();
    if different.len() != known.len() {
        return Err("UIDL gives some ids twice".into());
    }
    for (number, expected) in (1..).zip(known) {
        client.send(format!("RETR {number}\r\n").as_bytes())?;
        client.message_digested(expected).map_err(|e| format!("message {number}: {e}"))?;
    }
    println!("verified {}", known.len());
    Ok(())
}

/// Holds a tenth of so many sessions, all logged in, until standard input has a
/// line; then all of them, until it ends.
pub fn idle(server: SocketAddr, kind: &str, sessions: u64) -> Outcome<()> {
    let mut held = Vec::new();
    for number in 1..=sessions {
        let mut client = Client::connect(server, Acknowledging::Plain)?;
        client.login(&format!("{kind}{number}"))?;
        client.command("STAT")?;
        held.push(client);
        if number == sessions / 10 || number == sessions {
            println!("held {number}");
            io::stdin().read_line(&mut String::new())?;
        }
    }
    Ok(())
}

/// A plain count of the line ends of a file: what reading it once costs.
pub fn count(file: &Path) -> Outcome<()> {
    let begun = Instant::now();
    let mut file = std::fs::File::open(file)?;
    let (mut buffer, mut lines) = (vec![0; 256 * 1024], 0);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        lines += memchr::memchr_iter(b'\n', &buffer[..read]).count();
    }
    println!("ms {}", milliseconds(begun));
    println!("lines {lines}");
    Ok(())
}

pub fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// A session of this user, and what must be found there.
pub fn enter(
    mail: &Path,
    server: SocketAddr,
    user: &str,
    acknowledging: Acknowledging,
) -> Outcome<(Vec<Expected>, Client)> {
    let known = index::of_user(mail, user)?;
    let mut client = Client::connect(server, acknowledging)?;
    client.login(user)?;
    client.command("STAT")?;
    Ok((known, client))
}
