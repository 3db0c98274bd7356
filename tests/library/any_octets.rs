//! Any octets at all from a client: the server answers in whole lines, never
//! panics, and says the same however the octets are cut into pieces and whether
//! there is a transcript or not.

use arbtest::arbitrary::{self, Unstructured};
use pop1081::limits::AUTOLOGOUT;
use pop1081::session::{self, ServerContext};
use pop1081::transcript::Transcripts;
use pop1081::users::Users;
use pop1081::wire::{Peer, Untimed, Wire};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{env, fs, process};

/// Gives its octets in pieces of these sizes, again and again.
struct Pieces {
    octets: Vec<u8>,
    sizes: Vec<usize>,
    turn: usize,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.sizes[self.turn % self.sizes.len()].min(self.octets.len()).min(buffer.len());
        self.turn += 1;
        buffer[..size].copy_from_slice(&self.octets[..size]);
        self.octets.drain(..size);
        Ok(size)
    }
}

#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The replies without the answers to TELNET controls, of three octets each. Those are said when
/// a control comes in, which may be before the replies to lines that came earlier.
fn without_telnet(said: &[u8]) -> Vec<u8> {
    let (mut text, mut rest) = (Vec::new(), said);
    while let Some(at) = rest.iter().position(|octet| *octet == 255) {
        assert!(matches!(rest[at + 1], 252 | 254), "no WONT and no DONT");
        text.extend_from_slice(&rest[..at]);
        rest = &rest[at + 3..];
    }
    [&text, rest].concat()
}

/// What the server says after its greeting, which is different every time.
fn answers(site: &ServerContext, octets: &[u8], sizes: Vec<usize>) -> String {
    let output = Output::default();
    let input = Pieces { octets: octets.to_vec(), sizes, turn: 0 };
    session::run(
        site,
        Wire::new(Peer::Local, Box::new(Untimed(input)), Box::new(Untimed(output.clone())), AUTOLOGOUT),
    );
    let said = String::from_utf8(without_telnet(&output.0.lock().unwrap())).expect("printable answers");
    let (greeting, rest) = said.split_once("\r\n").expect("a greeting");
    assert!(greeting.starts_with("+OK dewey POP3 server ready <"), "{greeting}");
    rest.to_owned()
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

/// The one transcript there is plain text, each line with its time. It is removed.
fn assert_plain_lines(transcripts: &Path) {
    let files: Vec<_> = fs::read_dir(transcripts).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1);
    let text = fs::read_to_string(&files[0]).unwrap();
    for line in text.split_terminator('\n') {
        let timed = line.get(..9).is_some_and(|time| time.trim().parse::<f64>().is_ok());
        let plain = line.bytes().all(|octet| (b' '..=b'~').contains(&octet));
        let said = ["C:", "S:", "==", "  "].contains(&line.get(9..11).unwrap_or_default());
        assert!(timed && plain && said, "{line:?}");
    }
    fs::remove_file(&files[0]).unwrap();
}

struct Place(PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn any_octets_in_any_pieces_get_the_same_whole_lines() {
    let place = Place(env::temp_dir().join(format!("pop1081-anything-{}", process::id())));
    fs::create_dir(&place.0).unwrap();
    let users = Users::new(&place.0).unwrap();
    let site = ServerContext {
        users,
        host: "dewey".to_owned(),
        hide_users: false,
        login_time: None,
        login_delay: Duration::ZERO,
        transcripts: None,
    };
    let transcripts = place.0.join("transcripts");
    fs::create_dir(&transcripts).unwrap();
    let recorded = Transcripts::new(Some(&transcripts), None).unwrap();
    let recorded = ServerContext { transcripts: Some(recorded), ..site.clone() };
    let maildrop = "secret\nFrom a@b\nSubject: one\n\n.\nbody\n\nFrom c@d\nSubject: two\n\n";
    arbtest::arbtest(|u| {
        let octets = octets(u)?;
        let sizes = vec![u.int_in_range(1..=9)?, u.int_in_range(1..=2000)?];
        let session = |site, sizes| {
            fs::write(place.0.join("mrose"), maildrop).unwrap();
            let _ = fs::remove_dir_all(place.0.join(".pop1081"));
            answers(site, &octets, sizes)
        };
        let at_once = session(&site, vec![usize::MAX]);
        assert_eq!(session(&recorded, sizes), at_once, "{}", octets.escape_ascii());
        assert!(at_once.is_empty() || at_once.ends_with("\r\n"), "{}", octets.escape_ascii());
        let lines = octets.iter().filter(|o| **o == b'\n').count();
        let answers = at_once.split_terminator("\r\n").count();
        assert!(answers >= lines || at_once.contains("signing off"), "{}", octets.escape_ascii());
        assert_plain_lines(&transcripts);
        Ok(())
    })
    .budget_ms(1_500);
}
