"""No descriptors left: whoever can be told is told, nobody spins, and it passes."""

import resource

from support.figures import Figure, at_most, exactly
from support.maildrops import PASSWORD, make_users, maildrop
from lib.server import Server, wait_until

LIMIT = 64
CLIENTS = 200
REASON = "-ERR no resources for a session, try again later"


def run(harness):
    with harness.directory() as directory:
        users = make_users(directory, ["u"], maildrop(1))
        limits = [(resource.RLIMIT_NOFILE, (LIMIT, LIMIT + CLIENTS))]
        with Server(harness.binary, users, "--max-sessions", "0", limits=limits) as server:
            yield from crowd(server)
            yield from not_even_one(server)


def crowd(server):
    """More clients than descriptors."""
    clients = [server.connect() for _ in range(CLIENTS)]
    said = [client.line() for client in clients]
    greeted = sum(line.startswith("+OK") for line in said)
    told = sum(line == REASON for line in said)
    what = f"{CLIENTS} clients, {LIMIT} descriptors: greeted or told why not"
    right = greeted + told == CLIENTS and greeted > LIMIT // 2
    yield Figure(what, str(CLIENTS), f"{greeted} + {told}", right)
    spent = server.seconds_in(2)
    yield at_most("  processor time in 2 s with all of them there", 0.05, spent, "s", 2)
    for client in clients:
        client.close()
    yield back("  a login after they have gone", server)


def not_even_one(server):
    """The limit falls below what is in use: nothing can be accepted at all."""
    server.limit(resource.RLIMIT_NOFILE, 3)
    waiting = [server.connect() for _ in range(20)]
    before = server.log.text().count("can't accept")
    spent = server.seconds_in(3)
    lines = server.log.text().count("can't accept") - before
    yield at_most("not one descriptor, 20 clients wait: processor time in 3 s", 0.1, spent, "s", 2)
    yield at_most("  lines of the log about it", 5, lines)
    server.limit(resource.RLIMIT_NOFILE, LIMIT)
    said = [client.line() for client in waiting]
    answered = sum(line.startswith("+OK") or line == REASON for line in said)
    what = "  greeted or told why not, when there are descriptors again"
    yield exactly(what, len(waiting), answered)
    for client in waiting:
        client.close()
    yield back("  a login after that", server)


def back(what, server):
    def login():
        with server.connect() as client:
            return client.line().startswith("+OK") and client.try_login("u", PASSWORD).startswith("+OK")

    works, seconds = wait_until(login, 5)
    return Figure(what, "<= 1 s", f"{seconds:.2f} s" if works else "never", works and seconds <= 1)
