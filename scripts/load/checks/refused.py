"""Thousands of clients for whom there is no slot: each is told so at once, and no slot is lost."""

import time

from support.figures import at_most, exactly, percentile
from support.maildrops import make_users, maildrop
from lib.server import Server, wait_until

SLOTS = 10
REASON = "-ERR too many sessions, try again later"


def run(harness):
    rounds = harness.of(10_000, 2_000)
    for option in ("--max-sessions", "--max-per-host"):
        with harness.directory() as directory:
            users = make_users(directory, ["u"], maildrop(1))
            with Server(harness.binary, users, option, str(SLOTS)) as server:
                yield from flood(server, option, rounds)


def flood(server, option, rounds):
    holders = [server.connect().greeted() for _ in range(SLOTS)]
    begun, waits, reasons = time.monotonic(), [], 0
    for _ in range(rounds):
        asked = time.monotonic()
        with server.connect() as client:
            reasons += client.line() == REASON
            waits.append(time.monotonic() - asked)
    seconds = time.monotonic() - begun
    yield exactly(f"{option} {SLOTS}, {rounds} more clients: told the reason", rounds, reasons)
    yield at_most("  told after, p99", 100, percentile(waits, 99) * 1000, "ms", 2)
    yield at_most("  told after, p99.9", 100, percentile(waits, 99.9) * 1000, "ms", 2)
    lines = server.log.text().count("refused, ")
    yield at_most(f"  lines of the log about it in {seconds:.1f} s", int(seconds) + 2, lines)
    for holder in holders:
        holder.close()
    yield exactly("  slots to be had afterwards", SLOTS, slots(server))


def slots(server):
    """How many sessions can be had when all others have gone."""
    wait_until(lambda: server.descriptors() < 10)
    clients = [server.connect() for _ in range(SLOTS + 1)]
    found = sum(client.line().startswith("+OK") for client in clients)
    for client in clients:
        client.close()
    return found
