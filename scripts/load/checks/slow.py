"""Clients that read and write as slowly as they can, and honest ones beside them."""

import contextlib
import threading
import time

from support.figures import at_most, exactly, percentile
from support.maildrops import PASSWORD, make_users, maildrop
from lib.server import Server

SLOW = 50  # of each kind
LARGE = 8_000_000
PAUSE = 0.1


def run(harness):
    names = [f"reader{n}" for n in range(SLOW)] + [f"honest{n}" for n in range(50)]
    with harness.directory() as directory:
        users = make_users(directory, names, maildrop(3))
        for number in range(SLOW):
            (users / f"reader{number}").write_bytes(maildrop(1, LARGE))
        with Server(harness.binary, users) as server:
            alone = logins(server, harness.of(2000, 500))
            with tormented(server) as alive:
                beside = logins(server, harness.of(2000, 500))
                yield exactly("slow readers and writers still there", 2 * SLOW, alive())
            what = "honest login, STAT, QUIT beside them, p99"
            yield at_most(what, 50, percentile(beside, 99) * 1000, "ms", 2)
            yield at_most("  and without them, p99", 50, percentile(alone, 99) * 1000, "ms", 2)


def logins(server, count):
    seconds = []
    for number in range(count):
        begun = time.monotonic()
        with server.connect().greeted() as client:
            client.login(f"honest{number % 50}", PASSWORD)
            client.must("STAT")
            client.must("QUIT")
            client.until_closed()
        seconds.append(time.monotonic() - begun)
    return seconds


@contextlib.contextmanager
def tormented(server):
    """Readers of a large message and writers of a line, a few octets at a time."""
    readers = [server.connect().greeted().login(f"reader{n}", PASSWORD) for n in range(SLOW)]
    writers = [server.connect().greeted() for _ in range(SLOW)]
    for reader in readers:
        reader.send("RETR 1")
    stop, gone = threading.Event(), []

    def torment():
        while not stop.wait(PAUSE):
            for reader in readers:
                gone.extend([] if reader.sock.recv(64) else [reader])
            for writer in writers:
                try:
                    writer.sock.sendall(b"x")
                except OSError:
                    gone.append(writer)

    thread = threading.Thread(target=torment)
    thread.start()
    try:
        yield lambda: 2 * SLOW - len(gone)
    finally:
        stop.set()
        thread.join()
        for client in readers + writers:
            client.close()
