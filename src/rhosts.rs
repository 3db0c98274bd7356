//! `Users/.rhosts/NAME`: which users of which hosts may open a maildrop with
//! RPOP (RFC 1081, pp. 11 and 12). Reading the file is the Users directory's job.

use std::net::IpAddr;

/// Whether a line `client-address remote-user` admits this one. Addresses are
/// numeric, an IPv4 address may be written as such for a client that arrives
/// over IPv6. Blank lines and lines starting with `#` are comments.
pub fn admits(file: &str, client: IpAddr, remote_user: &[u8]) -> bool {
    let admitted = |line: &str| {
        let mut words = line.split_ascii_whitespace();
        let (address, user, rest) = (words.next(), words.next(), words.next());
        let address = address.and_then(|a| a.parse::<IpAddr>().ok());
        rest.is_none()
            && address.is_some_and(|a| a.to_canonical() == client.to_canonical())
            && user.is_some_and(|u| u.as_bytes() == remote_user)
    };
    file.lines().any(|line| !line.trim_start().starts_with('#') && admitted(line))
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
}
