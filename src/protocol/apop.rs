//! The digest of APOP: MD5 over the greeting's timestamp and the shared secret.
//!
//! The timestamp itself is made in `greeting`.

use super::credentials::{Password, same_octets};
use md5::{Digest, Md5};

/// Whether the digest, 32 lower-case hexadecimal digits, is that of the
/// timestamp with its angle brackets followed by the secret.
pub fn proves(digest: &[u8], timestamp: &str, password: &Password) -> bool {
    let Some(secret) = password.secret() else {
        return false;
    };
    let expected = Md5::new().chain_update(timestamp).chain_update(secret).finalize();
    let mut hexadecimal = [0; 32];
    hex::encode_to_slice(expected, &mut hexadecimal).is_ok() && same_octets(&hexadecimal, digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMESTAMP: &str = "<1896.697170952@dbc.mtview.ca.us>";
    const DIGEST: &[u8] = b"c4c9334bac560ecc979e58001b3e22fb";

    #[test]
    fn the_example_of_the_standard() {
        assert!(proves(DIGEST, TIMESTAMP, &Password::new(b"tanstaaf")));
    }

    #[test]
    fn anything_else_proves_nothing() {
        let secret = Password::new(b"tanstaaf");
        assert!(!proves(&DIGEST.to_ascii_uppercase(), TIMESTAMP, &secret));
        assert!(!proves(&DIGEST[..31], TIMESTAMP, &secret));
        assert!(!proves(b"", TIMESTAMP, &secret));
        assert!(!proves(DIGEST, "<1897.697170952@dbc.mtview.ca.us>", &secret));
        const OF_NO_SECRET: &[u8] = b"6d7379174f7df9fb329480e5c47c1f1a";
        assert!(!proves(OF_NO_SECRET, TIMESTAMP, &Password::new(b"")));
    }
}
