"""APOP's timestamps where all that usually differs is the same: process id 1 and a clock that
stands still, as in a container that is started again and again."""

from concurrent.futures import ThreadPoolExecutor

from support.environment import false_clock
from support.figures import exactly
from support.maildrops import make_users, maildrop
from lib.server import Server

STARTS = 10
STOPPED = {"FAKETIME": "2026-01-01 00:00:00", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
NAMESPACE = ["unshare", "--pid", "--fork"]


def run(harness):
    each = harness.of(10_000, 1_000)
    clock = {**STOPPED, "LD_PRELOAD": false_clock()}
    timestamps = []
    with harness.directory() as directory:
        users = make_users(directory, ["u"], maildrop(1))
        for _ in range(STARTS):
            with Server(harness.binary, users, prefix=NAMESPACE, environment=clock) as server:
                timestamps += greetings(server, each)
    process_ids, _, clocks = zip(*(parts(timestamp) for timestamp in timestamps))
    what = f"{len(timestamps)} greetings over {STARTS} starts: process ids"
    yield exactly(what, 1, len(set(process_ids)))
    yield exactly("  different times of the clock", 1, len(set(clocks)))
    yield exactly("  different timestamps", len(timestamps), len(set(timestamps)))


def parts(timestamp):
    """Process id, count and clock of <pid.count.clock@host>."""
    return timestamp.strip("<").split("@")[0].split(".")


def greetings(server, count):
    def greeting(_):
        with server.connect() as client:
            return client.line().split()[-1]

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(greeting, range(count)))
