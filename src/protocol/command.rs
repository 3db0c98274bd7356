//! The grammar of command lines.
//!
//! The states decide whether a command is valid now. The rules:
//!
//! - A keyword is taken in upper or lower case; arguments keep theirs.
//! - Words are separated by one or more spaces; spaces at the end are ignored.
//!   A TAB, a NUL, an octet above 127 or a space in front of the keyword is no
//!   separator: it makes the keyword an unknown one.
//! - PASS has one argument, everything after the first space, spaces included.
//! - A number is decimal digits and nothing else: no sign; leading zeros are
//!   allowed. One too large to count is a number that no message has.

use super::credentials::Password;

/// What a client asks for: RFC 1081, pp. 12 and 13, and APOP, UIDL and CAPA.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    User(Vec<u8>),
    Pass(Password),
    Rpop(Vec<u8>),
    Apop { name: Vec<u8>, digest: Vec<u8> },
    Stat,
    List(Option<u64>),
    Retr(u64),
    Dele(u64),
    Noop,
    Last,
    Rset,
    Top { message: u64, lines: u64 },
    Uidl(Option<u64>),
    Capa,
    Quit,
}

/// Why a line is no command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mistake {
    /// A sentence that tells what a line of this keyword looks like.
    Form(&'static str),
    Empty,
    UnknownKeyword,
    /// The keyword has this octet in it, which no terminal shows.
    Control(u8),
}

impl Command {
    /// Reads a command line, without its line end.
    pub fn parse(line: &[u8]) -> Result<Command, Mistake> {
        let (keyword, rest) = match line.iter().position(|o| *o == b' ') {
            Some(space) => (&line[..space], Some(&line[space + 1..])),
            None => (line, None),
        };
        let arguments = Arguments(rest.unwrap_or_default());
        match keyword.to_ascii_uppercase().as_slice() {
            b"USER" => arguments.one("USER takes one name, as in USER mrose").map(Command::User),
            b"PASS" => password(rest).map(Command::Pass),
            b"RPOP" => arguments.one("RPOP takes one user-id, as in RPOP mrose").map(Command::Rpop),
            b"APOP" => arguments.apop(),
            b"STAT" => arguments.none(Command::Stat, "STAT takes no argument"),
            b"LIST" => arguments.number_or_none(LIST).map(Command::List),
            b"RETR" => arguments.number(RETR).map(Command::Retr),
            b"DELE" => arguments.number(DELE).map(Command::Dele),
            b"NOOP" => arguments.none(Command::Noop, "NOOP takes no argument"),
            b"LAST" => arguments.none(Command::Last, "LAST takes no argument"),
            b"RSET" => arguments.none(Command::Rset, "RSET takes no argument"),
            b"TOP" => arguments.top(),
            b"UIDL" => arguments.number_or_none(UIDL).map(Command::Uidl),
            b"CAPA" => arguments.none(Command::Capa, "CAPA takes no argument"),
            b"QUIT" => arguments.none(Command::Quit, "QUIT takes no argument"),
            b"" if rest.is_some() => Err(Mistake::Form("a keyword comes first, yours has a space before it")),
            b"" => Err(Mistake::Empty),
            word => {
                let control = word.iter().find(|octet| octet.is_ascii_control());
                Err(control.map_or(Mistake::UnknownKeyword, |octet| Mistake::Control(*octet)))
            }
        }
    }

    /// The command's keyword.
    pub fn keyword(&self) -> &'static str {
        match self {
            Command::User(_) => "USER",
            Command::Pass(_) => "PASS",
            Command::Rpop(_) => "RPOP",
            Command::Apop { .. } => "APOP",
            Command::Stat => "STAT",
            Command::List(_) => "LIST",
            Command::Retr(_) => "RETR",
            Command::Dele(_) => "DELE",
            Command::Noop => "NOOP",
            Command::Last => "LAST",
            Command::Rset => "RSET",
            Command::Top { .. } => "TOP",
            Command::Uidl(_) => "UIDL",
            Command::Capa => "CAPA",
            Command::Quit => "QUIT",
        }
    }
}

const LIST: &str = "LIST takes at most one message-id, digits only, as in LIST 1";
const RETR: &str = "RETR takes one message-id, digits only, as in RETR 1";
const DELE: &str = "DELE takes one message-id, digits only, as in DELE 1";
const UIDL: &str = "UIDL takes at most one message-id, digits only, as in UIDL 1";
const TOP: &str = "TOP takes a message-id and a number of lines, digits only, as in TOP 1 10";
const APOP: &str = "APOP takes a name and a digest, as in APOP mrose c4c9334bac560ecc979e58001b3e22fb";
const PASS: &str = "PASS takes the password, as in PASS secret";

fn password(rest: Option<&[u8]>) -> Result<Password, Mistake> {
    rest.filter(|octets| !octets.is_empty()).map(Password::new).ok_or(Mistake::Form(PASS))
}

/// What follows the keyword, for every command but PASS.
struct Arguments<'a>(&'a [u8]);

impl<'a> Arguments<'a> {
    fn words(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.0.split(|o| *o == b' ').filter(|word| !word.is_empty())
    }

    /// Exactly this many words, else the sentence.
    fn exactly<const N: usize>(&self, sentence: &'static str) -> Result<[&'a [u8]; N], Mistake> {
        let mut words = self.words();
        let mut found = [&b""[..]; N];
        for place in &mut found {
            *place = words.next().ok_or(Mistake::Form(sentence))?;
        }
        if words.next().is_some() { Err(Mistake::Form(sentence)) } else { Ok(found) }
    }

    fn none(&self, command: Command, sentence: &'static str) -> Result<Command, Mistake> {
        self.exactly::<0>(sentence).map(|_| command)
    }

    fn one(&self, sentence: &'static str) -> Result<Vec<u8>, Mistake> {
        self.exactly(sentence).map(|[word]| word.to_vec())
    }

    fn number(&self, sentence: &'static str) -> Result<u64, Mistake> {
        let [word] = self.exactly(sentence)?;
        number(word).ok_or(Mistake::Form(sentence))
    }

    fn number_or_none(&self, sentence: &'static str) -> Result<Option<u64>, Mistake> {
        if self.words().next().is_none() { Ok(None) } else { self.number(sentence).map(Some) }
    }

    fn top(&self) -> Result<Command, Mistake> {
        let [message, lines] = self.exactly(TOP)?;
        match (number(message), number(lines)) {
            (Some(message), Some(lines)) => Ok(Command::Top { message, lines }),
            _ => Err(Mistake::Form(TOP)),
        }
    }

    fn apop(&self) -> Result<Command, Mistake> {
        let [name, digest] = self.exactly(APOP)?;
        Ok(Command::Apop { name: name.to_vec(), digest: digest.to_vec() })
    }
}

/// A number of decimal digits; one beyond u64 counts as the largest, which no
/// message and no line reaches.
fn number(word: &[u8]) -> Option<u64> {
    let digits = word.iter().all(u8::is_ascii_digit);
    let value = |all: u64, digit: &u8| all.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
    (digits && !word.is_empty()).then(|| word.iter().fold(0, value))
}

#[cfg(test)]
#[path = "../../tests/unit/protocol/command.rs"]
mod tests;
