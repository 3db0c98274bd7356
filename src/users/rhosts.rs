//! `Users/.rhosts/NAME`: which users of which hosts may open a maildrop with
//! RPOP (RFC 1081, pp. 11 and 12). The file is read in [`super::Users`].

use std::net::IpAddr;

/// Ports below this one are reserved: only the superuser of a host connects from
/// them (RFC 1081, p. 12).
pub const RESERVED_PORTS: u16 = 1024;

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
#[path = "../../tests/unit/users/rhosts.rs"]
mod tests;
