"""A client that asks for a large message and never reads it, with the server's usual times."""

import fcntl
import time

from support.figures import Figure
from support.maildrops import PASSWORD, make_users, maildrop
from lib.server import Server, wait_until

STALL = 60  # limits.rs: REPLY_STALL
MORE = 15  # what the system has taken is known only some seconds later


def run(harness):
    options = ("--autologout", "3") if harness.quick else ()
    limit = 3 if harness.quick else STALL
    with harness.directory() as directory:
        users = make_users(directory, ["u"], maildrop(1, 16_000_000))
        with Server(harness.binary, users, *options) as server:
            client = server.connect().greeted().login("u", PASSWORD)
            begun = time.monotonic()
            client.send("RETR 1")
            lock = users / ".pop1081" / "u.lock"
            wait_until(lambda: is_free(lock), 3 * limit, 0.1)
            waited = time.monotonic() - begun
            what = f"a client that never reads, {limit} s allowed: the lock is free after"
            right = limit <= waited <= limit + MORE
            yield Figure(what, f"{limit} to {limit + MORE} s", f"{waited:.1f} s", right)
            client.close()


def is_free(lock):
    """Whether no session has the maildrop of this lock."""
    with open(lock, "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
