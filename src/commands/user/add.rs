//! `pop1081 user add`: one user, or those of a list, all of them or none.

use super::new_password;
use crate::commands::standard_input;
use crate::exit::{self, Failure};
use crate::limits;
use crate::maildrop::{self, ChangeError, sentence};
use crate::protocol::credentials::{BOM, UserName};
use crate::users::{Users, without_end};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

const RULES: &str =
    "a name has 1 to 40 printable ASCII characters, no space or '/', and no '.' or '-' in front";

/// Adds a user.
///
/// # Errors
/// Exit code and sentence; nothing has changed, unless the sentence says otherwise.
pub fn add(users: &Users, name: &str) -> Result<(), Failure> {
    let name = UserName::new(name.as_bytes()).ok_or_else(|| {
        (exit::USAGE, format!("'{}' is not a valid user name: {RULES}", name.escape_debug()))
    })?;
    if exists(users, &name) {
        let sentence = format!("{name} exists already; user passwd changes the password");
        return Err((exit::CANNOT_CREATE, sentence));
    }
    let password = new_password::read(&name)?;
    put(users, &[(name.clone(), password)])?;
    log::info!("{name}: added");
    Ok(())
}

/// Adds the users of a list. The passwords that are made up are printed first: nobody must
/// have one that is not known.
///
/// # Errors
/// As [`add`]. What is wrong with each line is told on standard error.
pub fn add_from(users: &Users, list: &Path) -> Result<(), Failure> {
    let mut text = Vec::new();
    // Not opened anew: who made the pipe may have been root, which goes on as somebody else.
    let opened = if list == Path::new("/dev/stdin") { standard_input() } else { File::open(list) };
    let read = opened.and_then(|file| file.take(limits::USER_LIST + 1).read_to_end(&mut text));
    let helps = "a list may also come on /dev/stdin";
    read.map_err(|e| (exit::NO_INPUT, format!("{}: {e}; {helps}", list.display())))?;
    if text.len() as u64 > limits::USER_LIST {
        let sentence =
            format!("nobody was added: {} has more than {} octets", list.display(), limits::USER_LIST);
        return Err((exit::BAD_DATA, sentence));
    }
    let (mut new, mut made_up) = (Vec::new(), Vec::new());
    for (name, password) in parse(users, list, &text)? {
        let password = match password {
            Some(password) => password,
            None => {
                let password = new_password::make_up();
                let password = password.map_err(|e| (exit::SYSTEM, format!("nobody was added: {e}")))?;
                made_up.extend([name.as_str().as_bytes(), b" ", &password, b"\n"].concat());
                password
            }
        };
        new.push((name, password));
    }
    print(&made_up)?;
    put(users, &new)?;
    log::info!("{} added", if new.len() == 1 { "1 user".to_owned() } else { format!("{} users", new.len()) });
    Ok(())
}

/// A name and a password, or only a name.
type Line = (UserName, Option<Vec<u8>>);

/// The lines of a list, `NAME PASSWORD` or only `NAME`; empty ones and those that begin with
/// `#` left out.
fn parse(users: &Users, list: &Path, text: &[u8]) -> Result<Vec<Line>, Failure> {
    let text = text.strip_prefix(BOM).unwrap_or(text);
    let (mut parsed, mut faults) = (Vec::new(), 0);
    let mut names: HashMap<String, usize> = HashMap::new();
    for (number, line) in (1..).zip(text.split_inclusive(|octet| *octet == b'\n')) {
        let line = without_end(line).trim_ascii_start();
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        let checked =
            parse_line(users, line).and_then(|line| match names.insert(line.0.to_string(), number) {
                Some(earlier) => Err(format!("{} is in line {earlier} already", line.0)),
                None => Ok(line),
            });
        match checked {
            Ok(line) => parsed.push(line),
            Err(fault) => {
                faults += 1;
                if faults <= limits::FAULTS_NAMED {
                    let _ = writeln!(io::stderr(), "{}:{number}: {fault}", list.display());
                }
            }
        }
    }
    match faults {
        0 => Ok(parsed),
        1 => Err((exit::BAD_DATA, "nobody was added: a line is wrong".to_owned())),
        _ => Err((exit::BAD_DATA, format!("nobody was added: {faults} lines are wrong"))),
    }
}

/// What a line says, or what is wrong with it.
fn parse_line(users: &Users, line: &[u8]) -> Result<Line, String> {
    let end = line.iter().position(|octet| matches!(octet, b' ' | b'\t')).unwrap_or(line.len());
    let (name, password) = (&line[..end], line[end..].trim_ascii_start());
    // As in a table that was saved as CSV.
    let joined = password.is_empty() && name.iter().any(|octet| b",;:".contains(octet));
    // Not shown, as it may be a password.
    let name = UserName::new(name).filter(|_| !joined);
    let name = name.ok_or_else(|| format!("it is not NAME or NAME PASSWORD, with a blank: {RULES}"))?;
    if exists(users, &name) {
        return Err(format!("{name} exists already"));
    }
    if password.is_empty() {
        return Ok((name, None));
    }
    new_password::check(&name, password).map_err(|fault| fault.to_string())?;
    Ok((name, Some(password.to_vec())))
}

/// Whether anything has this name.
fn exists(users: &Users, name: &UserName) -> bool {
    users.directory().join(name.as_str()).symlink_metadata().is_ok()
}

/// Prints passwords. Unlike other output it may not get lost because nobody reads it.
fn print(passwords: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let printed = out.write_all(passwords).and_then(|()| out.flush());
    printed
        .map_err(|e| (exit::CANNOT_WRITE, format!("nobody was added: the passwords can't be printed: {e}")))
}

fn put(users: &Users, new: &[(UserName, Vec<u8>)]) -> Result<(), Failure> {
    maildrop::add_users(users, new).map_err(|e| match e {
        ChangeError::Untouched(e) => (exit::CANNOT_CREATE, format!("nobody was added: {}", sentence(&e))),
        ChangeError::Unfinished(e) => (
            exit::CANNOT_WRITE,
            format!("adding is not finished and will be at the next start of pop1081: {}", sentence(&e)),
        ),
    })
}
