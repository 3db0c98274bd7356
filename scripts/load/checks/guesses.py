"""A guesser with a watch: where users are hidden, does the time of the answer tell them apart?"""

import time
from concurrent.futures import ThreadPoolExecutor

from support.figures import Figure, at_most, percentile
from support.maildrops import make_users, maildrop
from lib.server import Server

GUESSERS = 20
DELAY = 1  # second


def run(harness):
    rounds = harness.of(10, 3)
    with harness.directory() as directory:
        users = make_users(directory, ["u"], maildrop(1000))
        options = ("--hide-users", "--login-delay", str(DELAY))
        with Server(harness.binary, users, *options) as server:
            waits = {"u": [], "nobody": []}
            for name in [*waits] * (rounds // 2 + 1):
                with ThreadPoolExecutor(GUESSERS) as pool:
                    waits[name] += pool.map(lambda _: guess(server, name), range(GUESSERS))
        least = min(map(min, waits.values()))
        right = DELAY <= least
        yield Figure("a failed login is answered after", f">= {DELAY} s", f"{least:.3f} s", right)
        # What lies above is the noise of the machine, in which a difference would hide.
        known, unknown = (percentile(times, 10) * 1000 for times in waits.values())
        yield at_most("  a user and nobody differ, at p10, by", 5, abs(known - unknown), "ms", 2)


def guess(server, name):
    with server.connect().greeted() as client:
        client.must(f"USER {name}")
        asked = time.monotonic()
        if client.command("PASS wrong") != "-ERR invalid password":
            raise RuntimeError("not refused")
        return time.monotonic() - asked
