"""Tells when a standalone server serves so many clients and has nothing left to do.

Every client has a socket of its own; a server that has nothing left to do has all its threads
asleep. The kernel tells both (see proc(5)), and strace on the server does not change it, for
a thread that strace has stopped does not sleep.
"""

import os
import time
from pathlib import Path

from lib.pop import WAIT, Closed


class Activity:
    """Made when no client has connected yet."""

    def __init__(self, process):
        self.process = process
        self.own = sockets(process.pid)

    def await_clients(self, count):
        """Wait until there are so many clients and all threads sleep, or the process has ended."""
        end = time.monotonic() + WAIT
        while self.process.poll() is None:
            pid = self.process.pid
            if len(sockets(pid) - self.own) == count and all_asleep(pid):
                return
            if time.monotonic() > end:
                raise Closed(f"after {WAIT} s the server does not rest with {count} clients")
            time.sleep(0.001)


def sockets(pid):
    """The sockets that a process has open, each by the name that the kernel gives it."""
    found = set()
    for descriptor in listed(f"/proc/{pid}/fd"):
        try:
            found.add(os.readlink(f"/proc/{pid}/fd/{descriptor}"))
        except OSError:
            continue  # closed in the meantime
    return {target for target in found if target.startswith("socket:")}


def all_asleep(pid):
    threads = listed(f"/proc/{pid}/task")
    return bool(threads) and all(state(pid, thread) == "S" for thread in threads)


def state(pid, thread):
    try:
        return Path(f"/proc/{pid}/task/{thread}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"


def listed(directory):
    try:
        return os.listdir(directory)
    except OSError:
        return []
