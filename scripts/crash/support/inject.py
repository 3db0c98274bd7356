"""Runs a process under strace: lists its system calls, and tampers with one of them."""

import re
import select
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from lib.pop import WAIT

from .programs import ends

CALL = re.compile(r"^(\d+) +(\w+)\(")
KILLED = "+++ killed by SIGKILL +++"
TAMPERED = "(INJECTED)"

# Calls that change what is on a disk, or make it durable.
CHANGING = set(
    """
    fchmod fdatasync fsync ftruncate link linkat mkdir mkdirat pwrite64 rename renameat renameat2
    rmdir unlink unlinkat write
    """.split()
)


@dataclass(frozen=True)
class Point:
    """The `number`-th time that a thread enters the system call `name`."""

    name: str
    number: int

    def __str__(self):
        return f"{self.name} #{self.number}"

    @property
    def kind(self):
        """Between two calls that change the disk it does not matter which call of a name it is."""
        return self.name, self.number if self.name in CHANGING else 0

    def kill(self):
        return ("-e", f"inject={self.name}:signal=KILL:when={self.number}")

    def fail(self, error):
        return ("-e", f"inject={self.name}:error={error}:when={self.number}")


def prefix(log, options=()):
    """What to write before a command to run it under strace."""
    return ("strace", "-f", "-o", str(log), *options)


class Attached:
    """strace on a process that runs already, so that calls count from this moment on."""

    def __init__(self, pid, log, options=()):
        self.log = Path(log)
        command = [*prefix(log, options), "-p", str(pid)]
        asleep = sleeps(pid)
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE)
        self._await_attachment()
        self._await_sleep(asleep)

    def _await_attachment(self):
        said, end = b"", time.monotonic() + WAIT
        while b"attached" not in said:
            ready, _, _ = select.select([self.process.stderr], [], [], end - time.monotonic())
            octets = self.process.stderr.read1(4096) if ready else b""
            if not octets:
                raise RuntimeError(f"strace did not attach: {said.decode('latin-1')}")
            said += octets

    def _await_sleep(self, before):
        """Until every thread has been stopped, let go, and has entered its wait again.

        Two stops belong to that, and each counts as going to sleep. Or until it was killed.
        Without this a QUIT could come before the stop, and calls would count otherwise.
        """
        end = time.monotonic() + WAIT
        while any(awake(thread, count + 2) for thread, count in before.items()):
            if time.monotonic() > end:
                raise RuntimeError("the traced process did not go back to its wait")
            time.sleep(0.0005)

    def finish(self, wait=WAIT):
        """Give the traced process so long to end, then let go of it; the text of the trace."""
        if not ends(self.process, wait):
            self.process.terminate()
        self.process.wait()
        self.process.stderr.close()
        return self.log.read_text("latin-1")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.process.stderr.closed:
            self.finish(0)


def sleeps(pid):
    """How often each thread of the process has gone to sleep so far."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return {thread: int(status(thread)["voluntary_ctxt_switches"]) for thread in threads}


def awake(thread, least):
    """Whether the thread lives and has yet to go to sleep, or not often enough so far."""
    try:
        now = status(thread)
    except OSError:
        return False
    if now["State"][0] in "ZX":
        return False
    return now["State"][0] != "S" or int(now["voluntary_ctxt_switches"]) < least


def status(thread):
    lines = (thread / "status").read_text().splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


def points(trace, names=None, since=""):
    """The system calls of a trace as points, in the order in which they were reached.

    Only those of these names, and only from the first line that matches `since` on. Calls
    count per thread; where several threads made the same call, the most counts.
    """
    counts, reached, begun = Counter(), {}, False
    for line in trace.splitlines():
        call = CALL.match(line)
        if not call or call[2] == "execve":
            continue
        begun = begun or re.search(since, line)
        counts[call[1], call[2]] += 1
        if begun and (names is None or call[2] in names):
            reached.setdefault(Point(call[2], counts[call[1], call[2]]))
    return list(reached)
