//! Unit tests of `src/protocol/credentials.rs`.

use super::*;

#[test]
fn a_name_cannot_lead_out_of_the_directory() {
    for good in ["m", "mrose", "a.b", "x-y", "{}$&"] {
        assert!(UserName::new(good.as_bytes()).is_some(), "{good}");
    }
    for bad in ["", ".", "..", ".rhosts", "-u", "a/b", "a b", "a\tb", "a\0b", "é", "\u{7f}"] {
        assert!(UserName::new(bad.as_bytes()).is_none(), "{bad:?}");
    }
    assert!(UserName::new(&[b'x'; 40]).is_some());
    assert!(UserName::new(&[b'x'; 41]).is_none());
    assert!(UserName::new(b"\xff\xfe").is_none());
}

#[test]
fn an_empty_password_lets_nobody_in() {
    let empty = Password::new(b"");
    assert!(!empty.admits(&empty));
    assert!(empty.secret().is_none());
}

#[test]
fn only_the_same_password_lets_in() {
    let secret = Password::new(b"secret");
    assert!(secret.admits(&Password::new(b"secret")));
    for wrong in ["", "s", "secre", "secrets", "Secret", "secret "] {
        assert!(!secret.admits(&Password::new(wrong.as_bytes())), "{wrong:?}");
    }
}

#[test]
fn what_is_a_bad_password() {
    let faults = [
        (&b""[..], Some(PasswordFault::Empty)),
        (b"a\rb", Some(PasswordFault::Control)),
        (b"a\0", Some(PasswordFault::Control)),
        (b" a", Some(PasswordFault::OuterBlank)),
        (b"a\t", Some(PasswordFault::OuterBlank)),
        (b"open sesame", None),
        ("pa\u{df}wort".as_bytes(), None),
        (&[b'x'; 1017], None),
        (&[b'x'; 1018], Some(PasswordFault::TooLong)),
    ];
    for (octets, fault) in faults {
        assert_eq!(PasswordFault::of(octets), fault, "{octets:?}");
    }
}

#[test]
fn a_password_is_never_printed() {
    assert!(!format!("{:?}", Password::new(b"secret")).contains("secret"));
}
