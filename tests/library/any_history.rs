//! Any sequence of deliveries and sessions: every reply is that of the model, which has no disk, and
//! so is what QUIT or a lost connection leaves.

use super::directory::Directory;
use crate::model::mbox::{self, without_end};
use crate::model::play::{play, site};
use crate::model::session::{Removed, follow};
use crate::model::user::{Message, User};
use arbtest::arbitrary::{self, Unstructured};
use pop1081::maildrop;
use pop1081::protocol::credentials::UserName;
use pop1081::session::ServerContext;
use std::io::Cursor;
use std::{env, fs};

/// Octets that a delivery takes, more than any here has.
const LARGEST: u64 = 1 << 20;

/// A user's maildrop on disk, and in the model.
struct History {
    directory: Directory,
    site: ServerContext,
    users: [User; 1],
}

/// What has happened in all histories: a case that never occurs proves nothing.
#[derive(Default, Debug)]
struct Events {
    sessions: u32,
    updates: u32,
    removed: usize,
    marks_met: usize,
    sidecars_lost: u32,
}

impl Events {
    fn all_happened(&self) -> bool {
        let Events { sessions, updates, removed, marks_met, sidecars_lost } = self;
        *removed > 0 && *marks_met > 0 && *sidecars_lost > 0 && (1..*sessions).contains(updates)
    }
}

impl History {
    /// With these octets in the file of mrose, whose password is "secret".
    fn new(maildrop: &[u8]) -> History {
        let directory = Directory::new();
        fs::write(directory.path("mrose"), maildrop).unwrap();
        let site = site(directory.users());
        History { directory, site, users: [User::of("mrose", "secret", maildrop)] }
    }

    fn deliver(&mut self, u: &mut Unstructured<'_>) -> arbitrary::Result<()> {
        const WORDS: [&[u8]; 13] = [
            b"From ",
            b">From ",
            b">>From a",
            b"\n",
            b"\n\n",
            b"\r\n",
            b"\r",
            b".",
            b"..",
            b"Subject: x\n",
            b"x",
            b"\0\xff",
            b"\n.\n",
        ];
        let mut text = Vec::new();
        for _ in 0..u.int_in_range(0..=12)? {
            text.extend_from_slice(u.choose(&WORDS)?);
        }
        let name = UserName::new(b"mrose").unwrap();
        let mut mail = maildrop::Mail::read(&mut &text[..], None, LARGEST).unwrap();
        maildrop::deliver(&self.site.users, &name, &mut mail).unwrap();
        let mut lines = text.split_inclusive(|octet| *octet == b'\n').peekable();
        // A separator line in front is not part of the message.
        lines.next_if(|line| line.starts_with(b"From "));
        let lines = lines.map(|line| without_end(line).to_vec()).collect();
        self.users[0].messages.push(Message::new(mbox::Message { lines }));
        Ok(())
    }

    /// A session whose commands arrive at once; it may end in the middle of its QUIT.
    fn converse(&mut self, u: &mut Unstructured<'_>, events: &mut Events) -> arbitrary::Result<()> {
        let mut commands = "USER mrose\r\nPASS secret\r\nLAST\r\n".to_owned();
        for _ in 0..u.int_in_range(0..=10)? {
            commands += &command(u, self.users[0].messages.len())?;
        }
        commands += if u.ratio(2, 3)? { "QUIT\r\n" } else { "QUIT" };
        events.marks_met += self.users[0].highest_marked().min(1);
        let removed = self.say(&commands);
        events.sessions += 1;
        events.updates += u32::from(removed.is_some());
        events.removed += removed.map_or(0, |removed| removed.messages.len());
        Ok(())
    }

    /// A session that says this; what it has removed.
    fn say(&mut self, commands: &str) -> Option<Removed> {
        let said = play(&self.site, Cursor::new(commands.to_owned().into_bytes()));
        follow(&mut self.users, commands.as_bytes(), &said)
    }

    /// Without the sidecar the marks of RETR are lost, and nothing else.
    fn lose_sidecar(&mut self) -> bool {
        for message in &mut self.users[0].messages {
            message.marked = false;
        }
        fs::remove_file(self.directory.path(".pop1081/mrose.state")).is_ok()
    }
}

/// A command line about one of this many messages, or about one that does not exist.
fn command(u: &mut Unstructured<'_>, messages: usize) -> arbitrary::Result<String> {
    let number = u.int_in_range(0..=messages + 1)?;
    let command = match u.int_in_range(0..=11)? {
        0 => "STAT".to_owned(),
        1 => "LIST".to_owned(),
        2 => format!("LIST {number}"),
        3..=4 => format!("RETR {number}"),
        5 => format!("TOP {number} {}", u.int_in_range(0..=4)?),
        6..=7 => format!("DELE {number}"),
        8 => "LAST".to_owned(),
        9 => "RSET".to_owned(),
        10 => "UIDL".to_owned(),
        _ => format!("UIDL {number}"),
    };
    Ok(command + "\r\n")
}

/// The second of two identical messages has another unique-id when the first is gone.
#[test]
fn the_first_of_identical_messages_is_removed() {
    let mut history = History::new(b"secret\nFrom a\nx\n\nFrom a\nx\n\n");
    for commands in ["UIDL\r\nDELE 1\r\nQUIT\r\n", "UIDL\r\nQUIT\r\n"] {
        history.say(&format!("USER mrose\r\nPASS secret\r\n{commands}"));
    }
    assert_eq!(history.users[0].messages.len(), 1);
}

/// `POP1081_BUDGET_MS` sets the time for it, in milliseconds.
#[test]
fn every_reply_is_what_the_model_says() {
    let budget = env::var("POP1081_BUDGET_MS").map_or(3_000, |ms| ms.parse().unwrap());
    let mut events = Events::default();
    // A busy machine may not come to everything in one budget.
    for _ in 0..20 {
        arbtest::arbtest(|u| any_history(u, &mut events)).budget_ms(budget);
        if events.all_happened() {
            return;
        }
    }
    panic!("not everything was tried: {events:?}");
}

fn any_history(u: &mut Unstructured<'_>, events: &mut Events) -> arbitrary::Result<()> {
    let mut history = History::new(b"secret\n");
    for _ in 0..u.int_in_range(1..=8)? {
        if u.ratio(1, 2)? {
            history.deliver(u)?;
        } else {
            history.converse(u, events)?;
        }
        if u.ratio(1, 20)? {
            events.sidecars_lost += u32::from(history.lose_sidecar());
        }
    }
    history.converse(u, events)
}
