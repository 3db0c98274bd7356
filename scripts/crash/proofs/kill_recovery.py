"""Kills a recovery at every system call: first the QUIT, or the delivery, that leaves a change
unfinished, then the next login, or the next delivery, that settles it.

The login after that must show the maildrop before or after, and the one after where a
recovery that nobody disturbs makes it so. One first kill is tried for each different state
that the disk was left in; each of them is settled and killed both ways.
"""

import hashlib
from dataclasses import dataclass, replace

from lib.pop import Closed
from support.compare import inode, judge, which
from support.foreign import FOREIGN, append_under_flock
from support.inject import CHANGING, KILLED, Attached, Point, points, prefix
from support.maildrop import NAME, letter, undated
from support.programs import Inetd, deliver
from support.prover import kind_of
from proofs import kill_delivery, kill_quit

UNFINISHED = "unfinished"  # what the log says of it
QUICK = 250  # kills of each line
NEXT = letter(b"next")
ENDERS = ("login", "delivery")


@dataclass(frozen=True)
class Case:
    """A first kill, what came along then (login or delivery), and where that was killed."""

    left: object
    ender: str
    settled: str = ""  # what a recovery that nobody disturbs makes of it
    point: Point = None

    def __str__(self):
        return f"({self.left}), then {self.ender}, {self.point}"

    def maildrops(self):
        found = {word: m for word, m in self.left.maildrops().items() if word == self.settled}
        delivered = {f"{w}, then next": m.with_delivery(NEXT) for w, m in found.items()}
        return found | delivered


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
    left = different(prover, kills)
    cases = [Case(kill, ender, settled) for kill, settled in left.items() for ender in ENDERS]
    found = prover.every(calls_of, cases)
    killed = [replace(case, point=point) for case, reached in zip(cases, found) for point in reached]
    killed = prover.some(killed, QUICK, kind)
    note = f"{len(left)} states with a change unfinished, each settled both ways"
    return prover.prove(f"kill at every call of recovery after {name}", survives, killed, note)


def kind(case):
    """A call that changes the disk, for each state; each other call."""
    return (case.left, case.ender) if case.point.name in CHANGING else (case.ender, case.point.name)


def different(prover, kills):
    """The first kill for each different state with a change unfinished, and what a login makes of it."""
    states, kills = {}, prover.of_each_kind(kills, kind_of)
    for kill, state in zip(kills, prover.every(state_left, kills)):
        if state is not None:
            states.setdefault((kill.at(None), state), kill)
    if not states:
        raise RuntimeError("no kill left a change unfinished")
    return {kill: settled for (_, (*_, settled)), kill in states.items()}


def state_left(prover, kill):
    """The maildrop and the server's files, None where a login finds no change unfinished; and
    which maildrop the login makes of it."""
    with prover.directory() as directory:
        users = directory / "Users"
        leave(prover, directory, kill)
        maildrop = undated((users / NAME).read_bytes())
        sizes = tuple(sorted((path.name, path.stat().st_size) for path in users.glob(".pop1081/*")))
        with Inetd(prover.binary, users) as session:
            session.greeting()
            session.client.must(f"USER {NAME}")
            pass_and_leave(session)
            if UNFINISHED not in session.log.text():
                return None
        settled = which(users, kill.maildrops()) or "none of those"
        return (hashlib.sha256(maildrop).digest(), sizes, settled)


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
    """Let the login or the delivery find it, under strace; the trace."""
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
