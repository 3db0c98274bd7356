"""Thousands of idle sessions, logged in, and beside them some that work: memory and patience."""

import selectors
import time
from concurrent.futures import ThreadPoolExecutor

from support.figures import Figure, at_most, percentile
from support.maildrops import PASSWORD, make_users, maildrop
from lib.server import Server

ACTIVE = 200
PAUSE = 0.05  # seconds from one STAT of an active session to its next
ROUNDS = 3  # of which the best counts, as other programs may disturb one


def run(harness):
    idle = harness.of(5000, 1000)
    names = [f"u{number}" for number in range(idle + ACTIVE)]
    with harness.directory() as directory:
        users = make_users(directory, names, maildrop(3))
        with Server(harness.binary, users, "--max-sessions", "0", "--login-time", "0") as server:
            before = server.memory()
            clients = everybody(server, names[ACTIVE:])
            memory = server.memory()
            yield at_most(f"{idle} idle sessions: resident memory", 100, memory, "MB", 1)
            each = (memory - before) * 1024 / idle
            yield Figure("  of which each session takes", "-", f"{each:.1f} kB", True)
            spent = server.seconds_in(2)
            yield at_most("  processor time while nobody says anything, 2 s", 0.1, spent, "s", 2)
            active = everybody(server, names[:ACTIVE])
            rounds = [stats(active, harness.of(4, 1)) for _ in range(ROUNDS)]
            for percent in (50, 99):
                best = min(percentile(waits, percent) for waits in rounds)
                what = f"  STAT of {ACTIVE} active ones beside them, p{percent}, best of {ROUNDS}"
                yield at_most(what, 50, best * 1000, "ms", 2)
            for client in clients + active:
                client.close()


def everybody(server, names):
    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(lambda name: server.connect().greeted().login(name, PASSWORD), names))


def stats(clients, seconds):
    """Each says STAT every now and then; how long each waited for its answer."""
    watch = selectors.DefaultSelector()
    for client in clients:
        watch.register(client.sock, selectors.EVENT_READ, client)
    waits = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        begun = time.monotonic()
        asked = {}
        for client in clients:
            asked[client] = time.monotonic()
            client.send("STAT")
        while asked:
            for key, _ in watch.select(20):
                reply = key.data.line()
                if not reply.startswith("+OK 3 "):
                    raise RuntimeError(reply)
                waits.append(time.monotonic() - asked.pop(key.data))
        time.sleep(max(0.0, begun + PAUSE - time.monotonic()))
    return waits
