//! The examiner: plays the statements of RFC 1081, or of RFC 1939, against any
//! POP3 server, and reports which it keeps.
//!
//! | file | duty |
//! |---|---|
//! | `statements.txt`, `dialogues/`, `maildrop.txt` | what is examined, as data; `dialogues/README.md` tells how to read it |
//! | `octets` | escapes in the data, and octets made fit to be shown |
//! | `statement`, `dialogue`, `maildrop` | what the data says |
//! | `said`, `parse`, `library` | from text to that |
//! | `fill`, `timestamp` | placeholders in dialogues, and where APOP's comes from |
//! | `compare` | when a line that came is the line that was expected |
//! | `client` | one connection to a server that may do anything |
//! | `wrong` | what goes wrong, in words |
//! | `stage`, `comings`, `multiline` | the steps of one dialogue, played |
//! | `order`, `patience`, `refill`, `probe`, `optional` | what the examiner needs between dialogues |
//! | `examiner` | dialogue after dialogue, and the book of what the maildrop holds |
//! | `verdict` | from dialogues to statements |
//! | `report`, `json` | the verdicts, told |
//!
//! Nothing of pop1081's own protocol or storage is used here: it is examined by
//! the same rules as any other server.

pub mod catalogue;
pub mod client;
pub mod compare;
pub mod dialogue;
pub mod escape;
pub mod examiner;
pub mod fixture;
pub mod json;
mod optional;
pub mod order;
pub mod parse;
pub mod patience;
pub mod placeholders;
pub mod player;
mod probe;
pub mod refill;
pub mod report;
mod run;
pub mod said;
pub mod statement;
pub mod target;
mod timestamp;
pub mod verdict;
pub mod wrong;

pub use run::grade;
