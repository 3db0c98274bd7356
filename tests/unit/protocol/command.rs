//! Unit tests of `src/protocol/command.rs`.

use super::*;

fn parse(line: &str) -> Result<Command, Mistake> {
    Command::parse(line.as_bytes())
}

#[test]
fn keywords_in_any_case_arguments_in_theirs() {
    assert_eq!(parse("user MRose"), Ok(Command::User(b"MRose".to_vec())));
    assert_eq!(parse("rEtR 1"), Ok(Command::Retr(1)));
}

#[test]
fn spaces_between_words_and_at_the_end() {
    assert_eq!(parse("STAT  "), Ok(Command::Stat));
    assert_eq!(parse("TOP   1  10 "), Ok(Command::Top { message: 1, lines: 10 }));
    assert_eq!(parse("LIST "), Ok(Command::List(None)));
    for line in [" STAT", "STAT\t", "LIST\t1", "STAT\0", "STAT\u{e9}", "", " "] {
        assert!(parse(line).is_err(), "{line:?}");
    }
}

#[test]
fn a_password_is_the_rest_of_the_line() {
    let pass = |line: &str, password: &str| {
        assert_eq!(parse(line), Ok(Command::Pass(Password::new(password.as_bytes()))));
    };
    pass("PASS secret", "secret");
    pass("PASS  two words ", " two words ");
    assert_eq!(parse("PASS"), Err(Mistake::Form(PASS)));
    assert_eq!(parse("PASS "), Err(Mistake::Form(PASS)));
}

#[test]
fn numbers_are_digits() {
    for (word, value) in [("1", 1), ("01", 1), ("0", 0), ("99999999999999999999", u64::MAX)] {
        assert_eq!(parse(&format!("RETR {word}")), Ok(Command::Retr(value)));
    }
    for word in ["-1", "+1", "1 2", "1.", "0x1", "1\t", "\u{0661}", "one", "1\0"] {
        assert_eq!(parse(&format!("RETR {word}")), Err(Mistake::Form(RETR)), "{word:?}");
    }
}

#[test]
fn too_many_and_too_few_arguments() {
    for line in ["USER", "USER a b", "RPOP", "APOP mrose", "APOP a b c", "STAT 1", "LIST 1 2", "RETR"] {
        assert!(parse(line).is_err(), "{line}");
    }
    for line in ["DELE", "NOOP x", "LAST 1", "RSET 1", "TOP 1", "TOP 1 2 3", "UIDL 1 2", "CAPA x", "QUIT now"]
    {
        assert!(parse(line).is_err(), "{line}");
    }
}

#[test]
fn a_password_does_not_show_in_a_command() {
    assert!(!format!("{:?}", parse("PASS secret")).contains("secret"));
}
