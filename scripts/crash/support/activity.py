"""Where the threads of a standalone server are: at the door, or with a client.

A thread that has served a client does not end, it waits for the next one. So what ends a
session to whoever looks from outside is that its thread sleeps again in a call on the
socket that the server listens on. The kernel tells that (see proc(5), `syscall`); strace on
the server does not change it, for a thread that strace has stopped does not sleep.
"""

import os
import time
from pathlib import Path

from .pop import WAIT, Closed


class Door:
    """The listening socket of a server that has not accepted anybody yet."""

    def __init__(self, process):
        self.process = process
        sockets = [number for number in descriptors(process.pid) if is_socket(process.pid, number)]
        if len(sockets) != 1:
            raise RuntimeError(f"a server without clients has {len(sockets)} sockets, not one")
        self.socket = int(sockets[0])

    def await_with_clients(self, count):
        """Until so many threads are with a client and all others wait at the door, or the
        process has ended. The first thread of the process only waits for its end.
        """
        end = time.monotonic() + WAIT
        while self.process.poll() is None:
            others = threads(self.process.pid) - {str(self.process.pid)}
            elsewhere = [thread for thread in others if not self._waits(thread)]
            if others and len(elsewhere) == count:
                return
            if time.monotonic() > end:
                raise Closed(f"{len(elsewhere)} threads are with a client, not {count}")
            time.sleep(0.001)

    def _waits(self, thread):
        """Whether the thread sleeps in a call whose first argument is the listening socket."""
        task = Path(f"/proc/{self.process.pid}/task/{thread}")
        try:
            call = (task / "syscall").read_text().split()
            state = (task / "stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
        return state == "S" and len(call) > 1 and int(call[1], 16) == self.socket


def threads(pid):
    try:
        return set(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return set()


def descriptors(pid):
    return os.listdir(f"/proc/{pid}/fd")


def is_socket(pid, number):
    return os.readlink(f"/proc/{pid}/fd/{number}").startswith("socket:")
