"""The system refuses threads: the client is told, the sessions go on, and it passes."""

import os
import resource
import shutil
from dataclasses import replace

from support.figures import Figure, at_most, exactly
from support.maildrops import make_users, maildrop
from lib.server import Server, wait_until

SOMEBODY = 41081  # a user id that nobody has: all its processes are the server's threads
THREADS = 12
CLIENTS = 60
REASON = "-ERR no resources for a session, try again later"


def run(harness):
    with harness.directory() as directory:
        users = make_users(directory, ["u"], maildrop(1), SOMEBODY)
        binary = shutil.copy(harness.binary, directory / "pop1081")
        os.chmod(binary, 0o755)
        limits = [(resource.RLIMIT_NPROC, (THREADS, THREADS))]
        public = replace(harness, binary=str(binary))
        with Server(public.binary, users, "--max-sessions", "0", limits=limits, user=SOMEBODY) as server:
            clients = [server.connect() for _ in range(CLIENTS)]
            said = [client.line() for client in clients]
            greeted = sum(line.startswith("+OK") for line in said)
            told = sum(line == REASON for line in said)
            what = f"{CLIENTS} clients, {THREADS} threads: greeted or told why not"
            right = greeted + told == CLIENTS and 0 < greeted < THREADS
            yield Figure(what, str(CLIENTS), f"{greeted} + {told}", right)
            spent = server.seconds_in(1)
            yield at_most("  processor time in 1 s with all of them there", 0.05, spent, "s", 2)
            served = [c for c, line in zip(clients, said) if line.startswith("+OK")]
            heard = sum(client.command("NOOP").startswith("-ERR NOOP") for client in served)
            yield exactly("  sessions that go on", greeted, heard)
            for client in clients:
                client.close()
            works, seconds = wait_until(lambda: greeted_again(server), 5)
            measured = f"{seconds:.2f} s" if works else "never"
            right = works and seconds <= 1
            yield Figure("  a session after they have gone", "<= 1 s", measured, right)


def greeted_again(server):
    with server.connect() as client:
        return client.line().startswith("+OK")
