//! The options of `pop1081 check`, and what its findings mean.

use super::common::{Asked, Usage, common_options, log, no_words, read, users};
use std::ffi::OsString;
use std::path::PathBuf;

/// A Users directory to be looked over.
#[derive(Debug)]
pub struct Checking {
    pub users: PathBuf,
    pub log: Option<PathBuf>,
}

/// `pop1081 check [options]`
pub fn check(arguments: &[OsString]) -> Result<Asked<Checking>, Usage> {
    match read(&common_options(), arguments, "pop1081 check [options]")? {
        Asked::ToPrint(text) if text.starts_with("Usage") => Ok(Asked::ToPrint(text + FINDINGS)),
        asked => asked.understand(|matches| {
            no_words(&matches)?;
            Ok(Checking { users: users(&matches), log: log(&matches) })
        }),
    }
}

const FINDINGS: &str = "
Reads the whole Users directory, on which a server may be at work, and prints what
is wrong, a line 'FILE:LINE: what' for each finding. Nothing is changed. Exit
status: 0 nothing found, 65 something found, 66 no such directory.

A file in the Users directory:
  no user can be called so    a name has 1 to 40 printable ASCII characters, no
                              space or '/', and no '.' or '-' in front
  no regular file             a symbolic link, directory, FIFO, socket or device
                              is no user and is never opened
  a hard link                 a file with two names is never opened: the other
                              name may be anybody's
  others may read, write      the password stands in the file: it is for the
                              server only, mode 0600
  it can't be read            by whoever runs this; the server may not either

Its first line, the password:
  no password                 an empty line lets nobody in
  too long                    it does not fit into a PASS command
  an octet that can't be typed   a control character, NUL for one
  begins or ends with a blank the blank belongs to the password, and nobody sees it
  ends in CRLF                harmless here: LF and CRLF are both left off
  looks like a separator line an mbox was copied here without a password before it

The messages:
  text before the first separator line   the maildrop can't be parsed, PASS is
                              refused; only blank lines may come there
  a separator line without a date   a line 'From ' after an empty line begins a
                              message, whatever else it says. A program that does
                              not quote has put it there, and cut a message in two
  a separator line without an empty line before it   it does not begin a message:
                              two messages are shown as one
  a line 'From ' inside a message is not quoted   it does no harm there. But whoever
                              wrote it does not quote: after an empty line it would
Of each of these three the first line of a file is named, and how many more there
are. A maildrop that does not end in an empty line is none: deliver makes it good.

The server's notes, .pop1081:
  left unfinished             a crash came in between; the .redo file holds what is
                              still to be written. The next login or delivery does
                              it. If the .redo file is not whole, move it away,
                              look at the maildrop, and keep both until you know
  the sidecar claims to describe it and does not   the .state file is wrong and would
                              be believed. Remove it: it costs reading the maildrop
                              once, and what LAST remembers
  no such user                notes of somebody who was removed. If none of them is
                              a .redo file they are of no use any more
  none of the server's notes  somebody else has put it there

Who may use RPOP, .rhosts:
  no user is called so        the file admits nobody
  the line admits nobody      a line is a numeric address and a user's name there
  others may write            they could let themselves in
";
