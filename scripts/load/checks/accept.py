"""Everything that accept(2) may say but yes, put in its mouth by strace: nobody is lost, nobody
spins, and the log is short."""

import time

from support.figures import at_most, exactly
from support.maildrops import make_users, maildrop
from lib.server import Server

ERRORS = ("ECONNABORTED", "EINTR", "EPROTO", "ENFILE", "ENOMEM", "ENOBUFS", "EPERM")
FAILING = 5  # calls of each thread that fail, one after the other
CLIENTS = 5


def run(harness):
    for error in ERRORS if not harness.quick else ERRORS[:1] + ERRORS[3:5]:
        with harness.directory() as directory:
            users = make_users(directory, ["u"], maildrop(1))
            yield from told(harness, users, error)


def told(harness, users, error):
    """The first calls fail; how many clients are greeted all the same, and what it took."""
    inject = f"inject=accept4:error={error}:when=1..{FAILING}"
    prefix = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=accept4", "-e", inject]
    with Server(harness.binary, users, prefix=prefix) as server:
        before, begun = server.seconds(), time.monotonic()
        clients = [server.connect() for _ in range(CLIENTS)]
        greeted = sum(client.line().startswith("+OK") for client in clients)
        spent, seconds = server.seconds() - before, time.monotonic() - begun
        what = f"accept says {error} {FAILING} times to each thread: greeted"
        yield exactly(what, CLIENTS, greeted)
        lines = server.log.text().count("can't accept")
        yield at_most(f"  lines of the log about it in {seconds:.1f} s", int(seconds) + 2, lines)
        yield at_most("  processor time", 0.1, spent, "s", 2)
        for client in clients:
            client.close()
