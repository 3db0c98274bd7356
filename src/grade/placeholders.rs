//! Placeholders in dialogues: `{octets 3}` instead of digits, so that a
//! dialogue can be read, and played on any maildrop.
//!
//! | placeholder | stands for |
//! |---|---|
//! | `{name}` `{password}` | the user that the server under test knows |
//! | `{short name}` `{short password}` | the same without the last letter |
//! | `{password in other letters}` | the same with small letters for capitals and capitals for small letters |
//! | `{messages}` `{octets}` | number and size of all messages at the start of the dialogue |
//! | `{messages without 1, 2}` `{octets without 1, 2}` | the same without these |
//! | `{octets 3}` | the size of message 3 |
//! | `{one too many}` | a number one higher than that of the last message |
//! | `{digest}` | what APOP needs after this greeting |
//! | `{~octets 3}` | the same where replies are compared octet by octet, elsewhere any number |
//! | `{unique-id 2}` | the unique-id that was listed for message 2 |

use super::fixture::Message;
use super::parse::numbers;
use md5::{Digest, Md5};
use std::collections::BTreeMap;

/// What placeholders stand for.
#[derive(Default)]
pub struct Facts {
    pub name: String,
    pub password: String,
    pub messages: Vec<Message>,
    /// Replies are compared octet by octet.
    pub exact: bool,
    /// The missing end of a last line is not counted.
    pub ends_uncounted: bool,
    /// That of the greeting, with its angle brackets.
    pub timestamp: Option<Vec<u8>>,
    /// By message number.
    pub unique_ids: BTreeMap<usize, Vec<u8>>,
}

/// The text with what the placeholders stand for.
///
/// # Errors
/// Names what is no placeholder, or has no value here.
pub fn fill(text: &[u8], facts: &Facts) -> Result<Vec<u8>, String> {
    fill_with(text, |word| facts.value(word))
}

/// The same as it may be shown: without what another server's password is.
///
/// # Errors
/// Those of `fill`.
pub fn fill_shown(text: &[u8], facts: &Facts) -> Result<Vec<u8>, String> {
    fill_with(text, |word| match word.contains("password") || word == "digest" {
        true => Some(format!("{{{word}}}").into_bytes()),
        false => facts.value(word),
    })
}

fn fill_with(text: &[u8], value: impl Fn(&str) -> Option<Vec<u8>>) -> Result<Vec<u8>, String> {
    let mut filled = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.iter().position(|&octet| octet == b'{') {
        filled.extend(&rest[..start]);
        let after = &rest[start + 1..];
        let end = after.iter().position(|&octet| octet == b'}').ok_or("a \"{\" without \"}\"")?;
        let word = String::from_utf8_lossy(&after[..end]);
        filled.extend(value(&word).ok_or_else(|| format!("{{{word}}} stands for nothing here"))?);
        rest = &after[end + 1..];
    }
    filled.extend(rest);
    Ok(filled)
}

impl Facts {
    fn value(&self, word: &str) -> Option<Vec<u8>> {
        match word.strip_prefix('~') {
            Some(_) if !self.exact => return Some(b"*".to_vec()),
            Some(word) => return self.value(word),
            None => {}
        }
        match word {
            "name" => Some(self.name.clone().into_bytes()),
            "password" => Some(self.password.clone().into_bytes()),
            "short name" => short(&self.name),
            "short password" => short(&self.password),
            "password in other letters" => self.password_in_other_letters(),
            "messages" => decimal(self.messages.len()),
            "octets" => decimal(self.octets(&[])),
            "one too many" => decimal(self.messages.len() + 1),
            "digest" => self.digest().map(String::into_bytes),
            _ => self.numbered(word),
        }
    }

    fn numbered(&self, word: &str) -> Option<Vec<u8>> {
        if let Some(gone) = word.strip_prefix("messages without ") {
            return decimal(self.messages.len() - numbers(gone).ok()?.len());
        }
        if let Some(gone) = word.strip_prefix("octets without ") {
            return decimal(self.octets(&numbers(gone).ok()?));
        }
        let (what, number) = word.split_once(' ')?;
        let number: usize = number.parse().ok()?;
        match what {
            "octets" => decimal(self.size(self.messages.get(number.checked_sub(1)?)?)),
            "unique-id" => self.unique_ids.get(&number).cloned(),
            _ => None,
        }
    }

    fn octets(&self, gone: &[usize]) -> usize {
        let present = (1..).zip(&self.messages).filter(|(number, _)| !gone.contains(number));
        present.map(|(_, message)| self.size(message)).sum()
    }

    /// The memo can be read so that a last line without an end has none to be counted (p. 14).
    pub fn size(&self, message: &Message) -> usize {
        message.octets() - if message.unended && self.ends_uncounted { 2 } else { 0 }
    }

    fn password_in_other_letters(&self) -> Option<Vec<u8>> {
        let other = |octet: u8| if octet.is_ascii_alphabetic() { octet ^ 0x20 } else { octet };
        let others: Vec<u8> = self.password.bytes().map(other).collect();
        (others != self.password.as_bytes()).then_some(others)
    }

    /// MD5 over timestamp and password, in hexadecimal.
    fn digest(&self) -> Option<String> {
        let digest =
            Md5::new().chain_update(self.timestamp.as_ref()?).chain_update(&self.password).finalize();
        let mut hexadecimal = [0; 32];
        hex::encode_to_slice(digest, &mut hexadecimal).ok()?;
        String::from_utf8(hexadecimal.to_vec()).ok()
    }
}

/// Nothing where no letter would be left.
fn short(word: &str) -> Option<Vec<u8>> {
    let mut letters = word.chars();
    letters.next_back()?;
    (!letters.as_str().is_empty()).then(|| letters.as_str().as_bytes().to_vec())
}

fn decimal(number: usize) -> Option<Vec<u8>> {
    Some(number.to_string().into_bytes())
}

/// The msg-id in a greeting: from the last `<` to the `>` after it, with an `@`
/// between, and no spaces.
pub fn timestamp(greeting: &[u8]) -> Option<&[u8]> {
    let start = greeting.iter().rposition(|&octet| octet == b'<')?;
    let end = greeting[start..].iter().position(|&octet| octet == b'>')?;
    let stamp = &greeting[start..=start + end];
    let at = stamp.iter().position(|&octet| octet == b'@')?;
    let sound = at > 1 && at < stamp.len() - 2 && stamp.iter().all(u8::is_ascii_graphic);
    sound.then_some(stamp)
}
