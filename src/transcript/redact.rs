//! Which part of a command line is a secret, or may be one.
//!
//! Lines are parsed by [`Command::parse`]. One that is no command may be a password
//! all the same: mistyped, or typed without PASS.

use crate::protocol::command::Command;

/// How likely it is that a line that is no command is a password.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PasswordPhase {
    /// There was no USER yet.
    Early,
    /// USER was accepted: a password should come next.
    Due,
    /// The client has logged in.
    Past,
}

/// How many octets of a line may be shown; the rest is a secret, or may be one.
pub fn visible_length(line: &[u8], password: PasswordPhase) -> usize {
    let blanks = line.iter().take_while(|o| o.is_ascii_whitespace() || o.is_ascii_control()).count();
    let typed = &line[blanks..];
    let begins = |keyword: &[u8]| typed.get(..keyword.len()).is_some_and(|o| o.eq_ignore_ascii_case(keyword));
    match Command::parse(line) {
        Ok(Command::Apop { name, .. }) if !is_digest(&name) => up_to_the_name(line, &name),
        _ if begins(b"PASS") || begins(b"APOP") => blanks + b"PASS".len(),
        Ok(_) => line.len(),
        Err(_) if begins(b"USER") => blanks + b"USER".len(),
        Err(_) => match password {
            PasswordPhase::Early => blanks + typed.iter().take_while(|o| **o != b' ').count(),
            PasswordPhase::Due => 0,
            PasswordPhase::Past => line.len(),
        },
    }
}

/// Whether a name looks like a digest: a person may confuse APOP's arguments.
fn is_digest(name: &[u8]) -> bool {
    name.len() == 32 && name.iter().all(u8::is_ascii_hexdigit)
}

fn up_to_the_name(line: &[u8], name: &[u8]) -> usize {
    let keyword = b"APOP".len();
    let spaces = line[keyword..].iter().take_while(|o| **o == b' ').count();
    keyword + spaces + name.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn shown(line: &str, password: PasswordPhase, expected: &str) {
        assert_eq!(&line[..visible_length(line.as_bytes(), password)], expected, "{line:?}");
    }

    #[test]
    fn passwords_and_digests() {
        for password in [PasswordPhase::Early, PasswordPhase::Due, PasswordPhase::Past] {
            shown("PASS secret", password, "PASS");
            shown("pass  two words ", password, "pass");
            shown("PASS\tsecret", password, "PASS");
            shown("PaSSsecret", password, "PaSS");
            shown(" PASS secret", password, " PASS");
            shown("\x08\tPASS secret", password, "\x08\tPASS");
            shown("PASS", password, "PASS");
            shown("APOP mrose c4c9334b", password, "APOP mrose");
            shown("apop   mrose   c4c9334b", password, "apop   mrose");
            shown("APOP c4c9334b", password, "APOP");
            shown("APOP c4c9334bac560ecc979e58001b3e22fb mrose", password, "APOP");
            shown("APOP a b c", password, "APOP");
            shown("USER mrose secret", password, "USER");
        }
    }

    #[test]
    fn what_is_no_secret() {
        for line in ["USER mrose", "RPOP mrose", "STAT", "LIST 1", "TOP 1 10", "QUIT"] {
            shown(line, PasswordPhase::Due, line);
        }
        shown("HELO dewey", PasswordPhase::Past, "HELO dewey");
    }

    #[test]
    fn what_may_be_a_password() {
        for line in ["secret", "PSAS secret", "two words", ""] {
            shown(line, PasswordPhase::Due, "");
        }
        shown("LOGIN mrose secret", PasswordPhase::Early, "LOGIN");
        shown("PAS secret", PasswordPhase::Early, "PAS");
    }
}
