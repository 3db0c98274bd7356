//! Any octets from a client: the replies are those of the model, in whatever pieces the octets
//! arrive, with and without a transcript.

use super::directory::Directory;
use crate::model::play::{play, site, without_telnet};
use crate::model::session::follow;
use crate::model::user::User;
use arbtest::arbitrary::{self, Unstructured};
use pop1081::session::ServerContext;
use pop1081::transcript::Transcripts;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

const MAILDROP: &[u8] = b"secret\nFrom a@b\nSubject: one\n\n.\nbody\n\nFrom c@d\nSubject: two\n\n";

/// Returns its octets in pieces of these sizes, again and again.
struct Pieces {
    octets: Vec<u8>,
    sizes: Vec<usize>,
    next: usize,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.sizes[self.next % self.sizes.len()].min(self.octets.len()).min(buffer.len());
        self.next += 1;
        buffer[..size].copy_from_slice(&self.octets[..size]);
        self.octets.drain(..size);
        Ok(size)
    }
}

fn octets(u: &mut Unstructured<'_>) -> arbitrary::Result<Vec<u8>> {
    const WORDS: [&[u8]; 34] = [
        b"USER",
        b"PASS",
        b"RPOP",
        b"APOP",
        b"STAT",
        b"LIST",
        b"RETR",
        b"DELE",
        b"NOOP",
        b"LAST",
        b"RSET",
        b"TOP",
        b"UIDL",
        b"CAPA",
        b"quit",
        b" ",
        b" ",
        b"\r\n",
        b"\r\n",
        b"\n",
        b"1",
        b"99999999999999999999",
        b"mrose",
        b"secret",
        b"USER mrose\r\nPASS secret\r\n",
        b"\t",
        b"\0",
        b"\r",
        b"\xff",
        b"\xff\xf4\xff\xfd\x06",
        b"\xff\xfb\x18",
        b"\xff\xfa\x18\x00\xff\xf0",
        b"\xff\xfa",
        b"\xff\xfe",
    ];
    let mut octets = Vec::new();
    for _ in 0..u.int_in_range(0..=60)? {
        match u.int_in_range(0..=19)? {
            0 => octets.extend_from_slice(u.bytes(5)?),
            1 => octets.extend_from_slice(&[b'x'; 700]),
            _ => octets.extend_from_slice(u.choose(&WORDS)?),
        }
    }
    Ok(octets)
}

/// The only transcript is plain text, each line with its time. Removes it.
fn assert_plain_lines(transcripts: &Path) {
    let files: Vec<_> = fs::read_dir(transcripts).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1);
    let text = fs::read_to_string(&files[0]).unwrap();
    for line in text.split_terminator('\n') {
        let timed = line.get(..9).is_some_and(|time| time.trim().parse::<f64>().is_ok());
        let plain = line.bytes().all(|octet| (b' '..=b'~').contains(&octet));
        let of_a_kind = ["C:", "S:", "==", "  "].contains(&line.get(9..11).unwrap_or_default());
        assert!(timed && plain && of_a_kind, "{line:?}");
    }
    fs::remove_file(&files[0]).unwrap();
}

#[test]
fn in_any_pieces_they_get_the_replies_of_the_model() {
    let directory = Directory::new();
    let site = site(directory.users());
    let transcripts = directory.path("transcripts");
    fs::create_dir(&transcripts).unwrap();
    let recorded = Transcripts::new(Some(&transcripts), None).unwrap();
    let recorded = ServerContext { transcripts: Some(recorded), ..site.clone() };
    arbtest::arbtest(|u| {
        let octets = octets(u)?;
        let sizes = vec![u.int_in_range(1..=9)?, u.int_in_range(1..=2000)?];
        for (site, sizes) in [(&site, vec![usize::MAX]), (&recorded, sizes)] {
            fs::write(directory.path("mrose"), MAILDROP).unwrap();
            let _ = fs::remove_dir_all(directory.path(".pop1081"));
            let said = play(site, Pieces { octets: octets.clone(), sizes, next: 0 });
            follow(&mut [User::of("mrose", "secret", MAILDROP)], &octets, &without_telnet(&said));
        }
        assert_plain_lines(&transcripts);
        Ok(())
    })
    .budget_ms(1_500);
}
