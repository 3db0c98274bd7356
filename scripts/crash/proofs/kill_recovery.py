"""Kills a recovery at every system call: first the QUIT, or the delivery, that leaves a
committed redo file behind, then the next login, or the next delivery, that finishes it.

The login after that must show exactly what was committed. One first kill is tried for each
different state that the disk was left in; each of them is finished and killed both ways.
"""

import hashlib
from dataclasses import dataclass

from lib.pop import Closed
from support.compare import inode, judge
from support.foreign import FOREIGN, append_under_flock
from support.inject import KILLED, Attached, Point, points, prefix
from support.maildrop import NAME, letter, undated
from support.programs import Inetd, deliver
from proofs import kill_delivery, kill_quit

NEXT = letter(b"next")
ENDERS = ("login", "delivery")


@dataclass(frozen=True)
class Case:
    """A first kill, what came along then (login or delivery), and where that was killed."""

    left: object
    ender: str
    point: Point = None

    def __str__(self):
        return f"({self.left}), then {self.ender}, {self.point}"

    def maildrops(self):
        found = self.left.maildrops().items()
        committed = {word: maildrop for word, maildrop in found if word.startswith("after")}
        delivered = {f"{w}, then next": m.with_delivery(NEXT) for w, m in committed.items()}
        return committed | delivered


def run(prover):
    """Two lines of the table: what a QUIT, and what a delivery, left behind."""
    quits = [kill_quit.Case("inetd", d) for d in ("every other", "all")]
    extras = ("arrived", "foreign", "large")
    quits += [kill_quit.Case("inetd", "every other", extra) for extra in extras]
    if not prover.quick:
        quits += [kill_quit.Case("inetd", "the first"), kill_quit.Case("inetd", "every other", "known")]
    yield prove(prover, "a QUIT", kill_quit, quits)
    deliveries = [
        kill_delivery.Case("full", kill_delivery.LARGE),
        kill_delivery.Case("no_line_end", kill_delivery.SMALL),
        kill_delivery.Case("full", kill_delivery.SMALL, has_foreign=True),
    ]
    yield prove(prover, "a delivery", kill_delivery, deliveries)


def prove(prover, name, first, cases):
    found = prover.every(first.calls_of, cases)
    kills = [case.at(point) for case, reached in zip(cases, found) for point in reached]
    cases = [Case(left, ender) for left in different(prover, kills) for ender in ENDERS]
    found = prover.every(calls_of, cases)
    killed = [
        Case(case.left, case.ender, point)
        for case, reached in zip(cases, found)
        for point in reached
    ]
    note = f"{len(cases) // len(ENDERS)} states with a committed redo file, each ended both ways"
    return prover.prove(f"kill at every call of recovery after {name}", survives, killed, note)


def different(prover, kills):
    """The first kill for each different state that has a redo file standing."""
    states = {}
    for kill, state in zip(kills, prover.every(state_left, kills)):
        if state is not None:
            states.setdefault((kill.at(None), state), kill)
    if not states:
        raise RuntimeError("no kill left a committed redo file")
    return list(states.values())


def state_left(prover, kill):
    """The maildrop's digest and the redo file's size, None without a redo file."""
    with prover.directory() as directory:
        users = directory / "Users"
        leave(prover, directory, kill)
        redo = users / ".pop1081" / f"{NAME}.redo"
        if not redo.exists():
            return None
        maildrop = undated((users / NAME).read_bytes())
        return (hashlib.sha256(maildrop).digest(), redo.stat().st_size)


def leave(prover, directory, kill):
    """Make the state: a fresh maildrop, the first kill, perhaps foreign mail behind it."""
    users = directory / "Users"
    if isinstance(kill, kill_quit.Case):
        kill_quit.prepare(prover, directory, kill)
        kill_quit.quit_traced(prover, directory, kill)
    else:
        kill.before().write(users)
        trace = prefix(directory / "first", kill.point.kill())
        deliver(prover.binary, users, kill.text, trace)
    if kill.has_foreign:
        append_under_flock(users, FOREIGN)


def calls_of(prover, case):
    """The system calls of a recovery that nobody disturbs."""
    with prover.directory() as directory:
        leave(prover, directory, case.left)
        return points(recovered(prover, directory, case))


def recovered(prover, directory, case):
    """Let the login or the delivery find the redo file, under strace; the trace."""
    users, trace = directory / "Users", directory / "second"
    options = case.point.kill() if case.point else ()
    if case.ender == "delivery":
        deliver(prover.binary, users, NEXT, prefix(trace, options))
        return trace.read_text("latin-1")
    with Inetd(prover.binary, users) as session:
        session.greeting()
        session.client.must(f"USER {NAME}")
        with Attached(session.pid, trace, options) as strace:
            pass_and_leave(session)
            return strace.finish()


def pass_and_leave(session):
    """Log in, and go away without QUIT."""
    try:
        session.client.must("PASS secret")
    except Closed:
        pass
    session.end()


def survives(prover, case):
    with prover.directory() as directory:
        users = directory / "Users"
        leave(prover, directory, case.left)
        original = inode(users)
        reached = KILLED in recovered(prover, directory, case)
        _, wrong = judge(prover.binary, users, case.maildrops(), original)
        return wrong if reached else ["this call was not reached", *wrong]
