//! Works that do something with a whole maildrop: fetch it, list it, hold it.

use crate::Outcome;
use crate::client::{Acknowledging, Client};
use crate::index::Expected;
use crate::works::{WINDOW, milliseconds};
use std::io;
use std::net::SocketAddr;
use std::time::Instant;

/// RETR of all messages, some commands ahead, then QUIT.
pub fn retrieve(known: &[Expected], mut client: Client) -> Outcome<()> {
    let begun = Instant::now();
    retr_all(known, &mut client)?;
    quit_timed(client)?;
    println!("ms {}", milliseconds(begun));
    Ok(())
}

fn retr_all(known: &[Expected], client: &mut Client) -> Outcome<()> {
    for (window, messages) in known.chunks(WINDOW).enumerate() {
        let first = window * WINDOW + 1;
        client.send(commands("RETR", first, messages.len()).as_bytes())?;
        for expected in messages {
            client.message(expected)?;
        }
    }
    Ok(())
}

fn commands(keyword: &str, first: usize, count: usize) -> String {
    (first..first + count).map(|number| format!("{keyword} {number}\r\n")).collect()
}

/// QUIT and its reply, without the end of the connection.
fn quit_timed(mut client: Client) -> Outcome<()> {
    let begun = Instant::now();
    client.command("QUIT")?;
    println!("quit {}", milliseconds(begun));
    Ok(())
}

/// What a mail client that leaves nothing behind does, for users 1 to `users`,
/// one after the other: the median session and the median QUIT.
pub fn empty(server: SocketAddr, known: &[Expected], kind: &str, users: usize) -> Outcome<()> {
    let (mut sessions, mut quits) = (Vec::new(), Vec::new());
    for user in 1..=users {
        let begun = Instant::now();
        let mut client = Client::connect(server, Acknowledging::AtOnce)?;
        client.login(&format!("{kind}{user}"))?;
        retr_all(known, &mut client)?;
        client.send(commands("DELE", 1, known.len()).as_bytes())?;
        for _ in known {
            client.ok()?;
        }
        let quit = Instant::now();
        client.command("QUIT")?;
        quits.push(milliseconds(quit));
        sessions.push(milliseconds(begun));
    }
    println!("session {}", median(sessions));
    println!("quit {}", median(quits));
    Ok(())
}

fn median(mut took: Vec<f64>) -> f64 {
    took.sort_by(f64::total_cmp);
    took[took.len() / 2]
}

/// Login and UIDL on a maildrop that the server does not know.
pub fn first_uidl(server: SocketAddr, user: &str) -> Outcome<()> {
    let mut client = Client::connect(server, Acknowledging::Plain)?;
    let begun = Instant::now();
    client.login(user)?;
    let lines = list(&mut client, "UIDL")?;
    println!("ms {}", milliseconds(begun));
    println!("lines {lines}");
    client.quit()
}

fn list(client: &mut Client, command: &str) -> Outcome<usize> {
    let mut lines = 0;
    client.send(format!("{command}\r\n").as_bytes())?;
    client.listing(|octets| lines += memchr::memchr_iter(b'\n', octets).count())?;
    Ok(lines)
}

/// A session that has listed everything and deleted the last message, held until
/// standard input has a line; then QUIT, then held until it has another.
pub fn hold(server: SocketAddr, user: &str) -> Outcome<()> {
    let mut client = Client::connect(server, Acknowledging::Plain)?;
    client.login(user)?;
    let messages = list(&mut client, "LIST")?;
    list(&mut client, "UIDL")?;
    client.command(&format!("DELE {messages}"))?;
    wait("listed")?;
    client.quit()?;
    wait("quit")
}

fn wait(state: &str) -> Outcome<()> {
    println!("{state}");
    io::stdin().read_line(&mut String::new())?;
    Ok(())
}
