//! Writes the maildrops: as mbox files, which servers get with or without a
//! password line, and as Maildir.

use crate::mail::{KINDS, Kind, SEPARATOR, Writer};
use crate::{Outcome, index};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

const BUFFER: usize = 1 << 20;

/// `KIND.mbox` and `KIND.index` of every kind.
pub fn all(mail: &Path, seed: u64) -> Outcome<()> {
    fs::create_dir_all(mail)?;
    let writer = Writer::new(seed);
    for kind in &KINDS {
        mbox(mail, &writer, kind)?;
    }
    Ok(())
}

fn mbox(mail: &Path, writer: &Writer, kind: &Kind) -> Outcome<()> {
    let create = |suffix| File::create(mail.join(format!("{}.{suffix}", kind.name)));
    let mut mbox = BufWriter::with_capacity(BUFFER, create("mbox")?);
    let mut known = BufWriter::with_capacity(BUFFER, create("index")?);
    for (text, expected) in index::each(writer, kind) {
        mbox.write_all(SEPARATOR)?;
        mbox.write_all(&text)?;
        mbox.write_all(b"\n")?;
        known.write_all(&expected.encode())?;
    }
    mbox.flush()?;
    known.flush()?;
    Ok(())
}

/// The same messages as a Maildir, sizes in the file names as Dovecot's own
/// delivery writes them: with them it need not open the files to know.
pub fn maildir(kind: &Kind, seed: u64, maildir: &Path) -> Outcome<()> {
    for part in ["cur", "new", "tmp"] {
        fs::create_dir_all(maildir.join(part))?;
    }
    let writer = Writer::new(seed);
    for (number, (text, expected)) in index::each(&writer, kind).enumerate() {
        let name = format!("cur/1795251600.M{number:06}P1.bench,S={},W={}:2,S", text.len(), expected.octets);
        fs::write(maildir.join(name), &text)?;
    }
    Ok(())
}
