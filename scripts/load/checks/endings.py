"""Sessions that end in every way there is: nothing of them stays, and only a whole QUIT removes."""

import threading
from concurrent.futures import ThreadPoolExecutor

from support.figures import Figure, at_most, exactly
from support.maildrops import PASSWORD, left, make_users, maildrop
from lib.server import Server, wait_until

WORKERS = 20
LARGE = 8_000_000  # octets: more than the system takes off the server's hands
OWN_THREADS = 3  # main, for signals, and for the one address
WAITING_THREADS = 16  # what the server keeps ready for the next client


def whole_quit(client):
    client.send("QUIT")
    if not client.line().startswith("+OK"):
        raise RuntimeError("QUIT failed")


def end_of_input(client):
    client.shut_down()
    client.until_closed()


def reset_in_retr(client):
    client.send("RETR 2")
    client.line()
    client.reset()


def half_closed(client):
    client.send("STAT")
    client.shut_down()
    client.until_closed()


def quit_without_line_end(client):
    client.sock.sendall(b"QUIT")
    client.shut_down()
    client.until_closed()


ENDS = {
    "QUIT": whole_quit,
    "FIN": end_of_input,
    "RST in mid-RETR": reset_in_retr,
    "half-close": half_closed,
    "QUIT without a line end": quit_without_line_end,
}


def run(harness):
    each = harness.of(4000, 800)
    per_user = each // WORKERS
    with harness.directory() as directory:
        names = [f"{kind}{worker}" for kind in range(len(ENDS)) for worker in range(WORKERS)]
        users = make_users(directory, names, maildrop(per_user + 1))
        for worker in range(WORKERS):
            (users / f"2{worker}").write_bytes(maildrop(1) + maildrop(1, LARGE)[3:])
        before = {name: (users / name).read_bytes() for name in names if name[0] not in "02"}
        large = maildrop(1) + maildrop(1, LARGE)[3:]
        with Server(harness.binary, users, "--max-sessions", "0") as server:
            play(server, 3)  # so that it has what it keeps
            wait_until(lambda: at_rest(server))
            start = (server.threads(), server.descriptors(), server.memory())
            play(server, per_user - 3)
            rested, _ = wait_until(lambda: at_rest(server))
            end = (server.threads(), server.descriptors(), server.memory())
            sessions = len(ENDS) * each
            most = max(start[0], OWN_THREADS + WAITING_THREADS)
            yield at_most(f"{sessions} sessions ended in {len(ENDS)} ways: threads", most, end[0])
            yield at_most("  descriptors", start[1], end[1])
            yield at_most("  resident memory, MB", round(start[2] + 8, 1), end[2], "", 1)
            yield exactly("  faults in the log", 0, server.log.text().count("a fault in the program"))
        removed = sum(per_user + 1 - left(users, f"0{worker}") for worker in range(WORKERS))
        yield exactly("  messages removed by whole QUITs", each, removed)
        changed = [n for n, octets in before.items() if (users / n).read_bytes() != octets]
        changed += [f"2{w}" for w in range(WORKERS) if (users / f"2{w}").read_bytes() != large]
        yield exactly("  maildrops changed by any other end", 0, len(changed))
        if not rested:
            yield Figure("  at rest afterwards", "yes", "no", False)


def at_rest(server):
    return server.threads() <= OWN_THREADS + WAITING_THREADS and server.descriptors() < 12


def play(server, rounds):
    """So many sessions of each kind by each worker, all kinds mixed."""
    failures = []
    lock = threading.Lock()

    def work(worker):
        try:
            for _ in range(rounds):
                for kind, (_, end) in enumerate(ENDS.items()):
                    with when_free(server, f"{kind}{worker}") as client:
                        client.must("DELE 1")
                        end(client)
        except Exception as failure:
            with lock:
                failures.append(f"worker {worker}: {failure}")

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work, range(WORKERS)))
    if failures:
        raise RuntimeError(failures[0])


def when_free(server, name, tries=2000):
    """Log in as soon as the session before has released the maildrop; a client."""
    for _ in range(tries):
        client = server.connect().greeted()
        reply = client.try_login(name, PASSWORD)
        if reply.startswith("+OK"):
            return client
        client.close()
        if "[IN-USE]" not in reply:
            raise RuntimeError(reply)
    raise RuntimeError(f"{name}'s maildrop was never free")
