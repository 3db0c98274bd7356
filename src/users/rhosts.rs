//! `Users/.rhosts/NAME`: which users of which hosts may open a maildrop with
//! RPOP (RFC 1081, pp. 11 and 12). The file is read in [`super::Users`].

use std::net::IpAddr;

/// Whether a line `client-address remote-user` admits this one. Addresses are
/// numeric, an IPv4 address may be written as such for a client that arrives
/// over IPv6. Blank lines and lines starting with `#` are comments.
pub fn admits(file: &str, client: IpAddr, remote_user: &[u8]) -> bool {
    let admitted = |line| {
        let entry = entry(line).ok().flatten();
        entry.is_some_and(|e| {
            e.address.to_canonical() == client.to_canonical() && e.user.as_bytes() == remote_user
        })
    };
    file.lines().any(admitted)
}

/// Whom a line admits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry<'l> {
    pub address: IpAddr,
    pub user: &'l str,
}

/// What a line says; `None` for a comment.
///
/// # Errors
/// Why a line that is no comment admits nobody.
pub fn entry(line: &str) -> Result<Option<Entry<'_>>, &'static str> {
    if line.trim_start().starts_with('#') {
        return Ok(None);
    }
    let mut words = line.split_ascii_whitespace();
    let (address, user, rest) = (words.next(), words.next(), words.next());
    let Some(address) = address else { return Ok(None) };
    let address = address.parse().map_err(|_| "the first word is not a numeric address")?;
    match (user, rest) {
        (Some(user), None) => Ok(Some(Entry { address, user })),
        (None, _) => Err("no remote user after the address"),
        (_, Some(_)) => Err("more than an address and a remote user"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str =
        "# the lab\n\n192.0.2.7 mrose\n2001:db8::1   frated\n#127.0.0.1 mrose\n127.0.0.1 a b\n";

    fn admits_from(address: &str, user: &str) -> bool {
        admits(FILE, address.parse().unwrap(), user.as_bytes())
    }

    #[test]
    fn host_and_user_must_both_be_named() {
        assert!(admits_from("192.0.2.7", "mrose"));
        assert!(admits_from("::ffff:192.0.2.7", "mrose"));
        assert!(admits_from("2001:db8::1", "frated"));
        assert!(!admits_from("192.0.2.7", "frated"));
        assert!(!admits_from("192.0.2.8", "mrose"));
        assert!(!admits_from("192.0.2.7", "MROSE"));
    }

    #[test]
    fn comments_and_broken_lines_admit_nobody() {
        assert!(!admits_from("127.0.0.1", "mrose"));
        assert!(!admits_from("127.0.0.1", "a"));
        assert!(!admits_from("127.0.0.1", ""));
    }

    #[test]
    fn it_is_said_why_a_line_admits_nobody() {
        for comment in ["", " \t", "#127.0.0.1 mrose", "  # x"] {
            assert_eq!(entry(comment), Ok(None), "{comment:?}");
        }
        for (line, why) in [("dewey mrose", "numeric"), ("127.0.0.1", "no remote user"), ("::1 a b", "more")]
        {
            assert!(entry(line).is_err_and(|said| said.contains(why)), "{line}");
        }
    }
}
