//! Any octets from a client, for a whole session: every reply is that of the
//! model, and only a whole QUIT removes mail, and only what DELE has marked.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pop1081::session::ServerContext;
use pop1081_fuzz::model::mbox;
use pop1081_fuzz::model::play::{play, site, without_telnet};
use pop1081_fuzz::model::session::follow;
use pop1081_fuzz::model::user::User;
use pop1081_fuzz::place::{self, ControlFile, Place};
use std::io::Cursor;
use std::sync::LazyLock;

static FIXTURE: LazyLock<(Place, ServerContext)> = LazyLock::new(|| {
    let place = Place::new();
    for (name, _, file) in USERS {
        drop(place.write(&place::name(name), file));
    }
    let site = site(place.users.clone());
    (place, site)
});

/// Name, password and file.
const USERS: [(&str, &str, &[u8]); 2] = [
    (
        "mrose",
        "secret",
        b"secret\nFrom a@b\nSubject: one\n\n.\nFirst.\n\nFrom c@d\r\n\r\n..\r\n>From x\r\n\r\nFrom e@f\n\n\
          From g@h\nSubject: four\n\nNo line end.",
    ),
    ("frated", "two words", b"two words\nFrom a@b\n+OK\n-ERR\n"),
];

fuzz_target!(|octets: &[u8]| {
    let (place, site) = &*FIXTURE;
    let said = without_telnet(&play(site, Cursor::new(octets.to_vec())));
    let mut users = USERS.map(|(name, password, file)| User::of(name, password, file));
    let removed = follow(&mut users, octets, &said);
    for (user, _, file) in USERS {
        let name = place::name(user);
        let of_this_user = removed.as_ref().filter(|removed| removed.user == user);
        let expected = of_this_user.map_or(file.to_vec(), |removed| mbox::without(file, &removed.messages));
        assert_eq!(place.read(&name), expected, "{user}'s file");
        if expected != file {
            drop(place.write(&name, file));
        }
        place.remove(&name, ControlFile::Sidecar);
    }
});
