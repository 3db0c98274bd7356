//! A user of the model: a password, messages, and what sessions know of each.

use super::mbox;
use std::collections::HashSet;

#[derive(Clone, Debug)]
pub struct User {
    pub name: &'static str,
    pub password: &'static str,
    pub messages: Vec<Message>,
}

#[derive(Clone, Debug)]
pub struct Message {
    pub content: mbox::Message,
    /// A RETR of an earlier session that ended with QUIT referenced it.
    pub marked: bool,
    pub unique_id: Option<String>,
    pub retrieved: bool,
    pub deleted: bool,
}

impl Message {
    pub fn new(content: mbox::Message) -> Message {
        Message { content, marked: false, unique_id: None, retrieved: false, deleted: false }
    }
}

impl User {
    /// The user of this name whose file holds these octets.
    pub fn of(name: &'static str, password: &'static str, file: &[u8]) -> User {
        User { name, password, messages: mbox::messages(file).into_iter().map(Message::new).collect() }
    }

    /// Messages and octets that are not deleted.
    pub fn drop_listing(&self) -> (usize, u64) {
        let left = self.messages.iter().filter(|message| !message.deleted);
        left.fold((0, 0), |(count, octets), message| (count + 1, octets + message.content.octets()))
    }

    /// The same in words.
    pub fn counts(&self) -> String {
        let (messages, octets) = self.drop_listing();
        let s = |one| if one { "" } else { "s" };
        format!("{messages} message{} ({octets} octet{})", s(messages == 1), s(octets == 1))
    }

    /// What LAST replies at the start of a session.
    pub fn highest_marked(&self) -> usize {
        self.messages.iter().rposition(|message| message.marked).map_or(0, |index| index + 1)
    }

    /// The place of the message of this number, or the reply that it is not there.
    pub fn find(&self, number: u64) -> Result<usize, String> {
        let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        match index.and_then(|index| Some((index, self.messages.get(index)?))) {
            Some((_, message)) if message.deleted => Err(format!("-ERR message {number} already deleted")),
            Some((index, _)) => Ok(index),
            None => {
                let all = self.messages.len();
                let s = if all == 1 { "" } else { "s" };
                Err(format!("-ERR no such message, only {all} message{s} in maildrop"))
            }
        }
    }

    /// Takes a unique-id listing: a known message must have the same unique-id as before, a new
    /// one must differ from all others.
    pub fn learn(&mut self, index: usize, listing: &str) {
        let (number, id) = listing.split_once(' ').expect("number and unique-id");
        assert_eq!(number, (index + 1).to_string());
        let known = self.messages[index].unique_id.replace(id.to_owned());
        assert!(known.is_none_or(|known| known == id), "the unique-id of message {number} has changed");
        let ids: Vec<_> = self.messages.iter().filter_map(|message| message.unique_id.as_ref()).collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "two messages have one unique-id");
    }

    /// RSET, and what the next session finds: no message is deleted or retrieved.
    pub fn forget(&mut self) {
        for message in &mut self.messages {
            (message.deleted, message.retrieved) = (false, false);
        }
    }

    /// UPDATE: what is deleted goes, what was retrieved is marked. The places of what went.
    pub fn update(&mut self) -> Vec<usize> {
        let deleted = self.messages.iter().enumerate().filter(|(_, message)| message.deleted);
        let removed: Vec<usize> = deleted.map(|(index, _)| index).collect();
        self.messages.retain(|message| !message.deleted);
        self.messages.iter_mut().for_each(|message| message.marked |= message.retrieved);
        if !removed.is_empty() {
            self.number_copies_again();
        }
        removed
    }

    /// Where one of several identical messages is removed, those behind it get another unique-id.
    fn number_copies_again(&mut self) {
        for message in &mut self.messages {
            message.unique_id.take_if(|id| id.contains('-'));
        }
    }
}
