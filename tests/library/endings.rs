//! Sessions that end without QUIT: the lock is free before the connection is closed, so that a
//! client that connects again at once is let in.

use super::in_process::{LONG, context, is_free, start, users};
use crate::player::users::TestUsers;
use pop1081::wire::Untimed;
use std::io::{self, Cursor, Write};
use std::sync::{Arc, Mutex};

/// Looks at the lock when the connection is closed.
struct Closing {
    users: Arc<TestUsers>,
    was_free: Arc<Mutex<Option<bool>>>,
}

impl Write for Closing {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        *self.was_free.lock().expect("no panic before") = Some(is_free(&self.users, "mrose"));
    }
}

#[test]
fn the_lock_is_free_when_the_connection_is_closed() {
    let login = "USER mrose\r\nPASS secret\r\nDELE 1\r\n";
    for (end, said) in [
        ("end of input", ""),
        ("half a line", "QUI"),
        ("bad commands", &"X\r\n".repeat(100)),
        ("QUIT", "QUIT\r\n"),
    ] {
        let (users, was_free) = (Arc::new(users()), Arc::default());
        let input = Untimed(Cursor::new(format!("{login}{said}").into_bytes()));
        let output = Untimed(Closing { users: Arc::clone(&users), was_free: Arc::clone(&was_free) });
        start(&context(&users), input, output, LONG).join().expect("a session");
        assert_eq!(was_free.lock().expect("no panic").take(), Some(true), "{end}");
    }
}
