"""What the other programs disturb: a QUIT, a delivery, a change of the password, a login.

An action is played on a maildrop of its own while strace watches; it may be stopped after
some of its calls, killed at one, or have one fail.
"""

import contextlib
from dataclasses import dataclass
from functools import lru_cache

from lib.pop import Closed

from .gaps import NAMES_OF_FILES, gaps
from .inject import Attached, Point, points, prefix
from .maildrop import NAME, PASSWORD, letter, sample
from .programs import Inetd, account_process, deliver_process, ended
from .quitting import before_quit
from .stops import await_stop, go_on, pid_in

SIZES = {"small": 300, "300 kB": 300_000, "20 MB": 20_000_000, "late": 100}
REMOVED = {"the first": (1,), "a middle": (3,), "the last": (6,), "all": (1, 2, 3, 4, 5, 6), "none": ()}
PASSWORDS = {"longer": b"open sesame, and spaces", "shorter": b"s"}
AT_ONCE = ("--login-delay", "0")  # a refused login is answered


@dataclass(frozen=True)
class Action:
    """`kind` is QUIT, delivery, passwd or login; `what` says which."""

    kind: str
    what: str = ""
    large: bool = False  # more mail than fits into one block

    def __str__(self):
        large = ", a large maildrop" if self.large else ""
        return f"{self.kind} {self.what}".strip() + large

    def start(self):
        return sample(300_000 if self.large else 2_000)

    def removed(self):
        """The numbers of the messages that it is to remove."""
        return REMOVED[self.what] if self.kind == "QUIT" else ()

    def text(self):
        """The message that it delivers, if it does."""
        return text_of_size(self.what) if self.kind == "delivery" else b""

    def prepare(self, prover, users):
        self.start().write(users)

    def play(self, prover, directory, options=(), at_stop=()):
        return PLAYERS[self.kind](self, prover, directory, options, at_stop)

    def since(self):
        """From which line of the trace on its calls matter."""
        return r"Users|read\(0," if self.kind in ("delivery", "passwd") else ""


@lru_cache
def text_of_size(what):
    return letter(b"delivered " + what.encode(), SIZES[what])


# Calls that no other program can notice, and that no file depends on.
OF_NO_FILE = set(
    """
    arch_prctl brk clock_gettime clock_nanosleep execve exit exit_group futex getpid getrandom gettid
    madvise mmap mprotect mremap munmap nanosleep pipe2 poll ppoll prctl prlimit64 restart_syscall rseq
    rt_sigaction rt_sigprocmask sched_getaffinity sched_yield set_robust_list set_tid_address
    sigaltstack
    """.split()
)


def calls_of(prover, action):
    """The calls of an action that nobody disturbs: each a point, and the gap that begins there."""
    with prover.directory() as directory:
        action.prepare(prover, directory / "Users")
        return calls_in(prover, directory, action)


def calls_in(prover, directory, action):
    """The same, on the maildrop that is there."""
    played = action.play(prover, directory, NAMES_OF_FILES)
    if not played.done and isinstance(action, Action):
        raise RuntimeError(f"{action}: undisturbed, it said {played.said}: {played.log.text()[-300:]}")
    reached = [p for p in points(played.trace, since=action.since()) if p.name not in OF_NO_FILE]
    if not action.since():
        waits = next(n for n, point in enumerate(reached) if point.name in ("recvfrom", "read"))
        reached = reached[waits + 1 :]
    open_gaps = gaps(played.trace, reached)
    return [(point, open_gaps.get(point)) for point in reached]


@dataclass
class Played:
    """What a played action answered (a reply, an exit status, None: nothing), and its trace."""

    said: object
    trace: str
    log: object

    @property
    def done(self):
        """Whether it said that it has done everything."""
        return self.said == 0 or isinstance(self.said, str) and self.said.startswith("+OK")

    @property
    def refused(self):
        """Whether it said that nothing was done, and that it may be tried again."""
        return isinstance(self.said, int) and self.said > 0


def play_quit(action, prover, directory, options, at_stop):
    users, trace = directory / "Users", directory / "trace"
    with before_quit(prover.binary, users, "inetd", action.removed()) as quitting:
        with Attached(quitting.pid, trace, options) as strace:
            quitting.client.send("QUIT")
            at_stops(trace, quitting.process, at_stop)
            said = reply(quitting.client)
            quitting.settle()
            return Played(said, strace.finish(), quitting.log)


def play_login(_, prover, directory, options, at_stop):
    users, trace = directory / "Users", directory / "trace"
    with Inetd(prover.binary, users, options=AT_ONCE) as session:
        session.greeting()
        session.client.must(f"USER {NAME}")
        with Attached(session.pid, trace, options) as strace:
            session.client.send(f"PASS {PASSWORD}")
            session.client.shut_down()  # so that it comes to its end
            at_stops(trace, session.process, at_stop)
            said = reply(session.client)
            session.end()
            return Played(said, strace.finish(), session.log)


def play_delivery(action, prover, directory, options, at_stop):
    users, trace = directory / "Users", directory / "trace"
    before = prefix(trace, options)
    process, log = deliver_process(prover.binary, users, action.text(), before)
    return until_end(process, log, trace, at_stop)


def play_passwd(action, prover, directory, options, at_stop):
    users, trace = directory / "Users", directory / "trace"
    before, password = prefix(trace, options), PASSWORDS[action.what]
    process, log = account_process(prover.binary, users, ("passwd",), password, before)
    return until_end(process, log, trace, at_stop)


PLAYERS = {"QUIT": play_quit, "delivery": play_delivery, "passwd": play_passwd, "login": play_login}


def until_end(process, log, trace, at_stop):
    at_stops(trace, process, at_stop)
    status = ended(process, 120)
    killed = status < 0 or "strace: ptrace(" in log.text()  # it had just been stopped
    return Played(None if killed else status, trace.read_text("latin-1"), log)


def at_stops(trace, process, at_stop):
    """At its first stop the first of `at_stop` is called with the process id, and so on."""
    for number, disturb in enumerate(at_stop, 1):
        if not await_stop(trace, number, process):
            raise NotReached
        pid = pid_in(trace)
        disturb(pid)
        with contextlib.suppress(ProcessLookupError):
            go_on(pid)


class NotReached(Exception):
    """The process ended without this call."""

    def __str__(self):
        return "this call was not reached"


def reply(client):
    try:
        return client.line()
    except Closed:
        return None


@dataclass(frozen=True)
class Recovery:
    """An action that is killed at a point, and another one that finds what it left."""

    left: Action
    killed: Point
    ender: Action

    kind = "recovery"
    what = ""

    def __str__(self):
        return f"({self.left}, killed at {self.killed}), then {self.ender}"

    def start(self):
        return self.left.start()

    def removed(self):
        return self.left.removed()

    def text(self):
        return self.ender.text()

    def since(self):
        return self.ender.since()

    def prepare(self, prover, users):
        self.left.prepare(prover, users)
        self.left.play(prover, users.parent, self.killed.kill())
        (users.parent / "trace").unlink()

    def play(self, prover, directory, options=(), at_stop=()):
        return self.ender.play(prover, directory, options, at_stop)
