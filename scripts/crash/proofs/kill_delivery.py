"""Kills a delivery at every system call that it makes, from its first to its last.

Afterwards the next login must show the message wholly or not at all, whatever the maildrop
looked like at its end, and also where another program appended before that login.
"""

from dataclasses import dataclass

from support.compare import inode, judge
from support.foreign import FOREIGN, append_under_flock
from support.inject import KILLED, Point, points, prefix
from support.maildrop import Maildrop, letter, sample
from support.programs import deliver
from support.prover import kind_of

SMALL = letter(b"small")
LARGE = letter(b"large", 200_000)
HUGE = letter(b"huge", 1_200_000)  # more than is held in memory, or written at once
QUICK = 100  # kills of each line


def full():
    return sample()


def no_empty_line():
    return last_cut(sample(), 1)


def no_line_end():
    return last_cut(sample(), 2)


def nothing():
    return sample().without(range(1, 7))


def last_cut(maildrop, octets):
    *others, last = maildrop.messages
    return Maildrop(maildrop.password_line, (*others, last[:-octets]))


@dataclass(frozen=True)
class Case:
    """One delivery: onto what, of what, and whether another program appends after the kill."""

    onto: str
    text: bytes
    has_foreign: bool = False
    point: Point = None

    def __str__(self):
        size = f"{len(self.text)} octets onto {self.onto}"
        return f"{size}{', then foreign mail' if self.has_foreign else ''}, {self.point}"

    def at(self, point):
        return Case(self.onto, self.text, self.has_foreign, point)

    def before(self):
        return globals()[self.onto]()

    def maildrops(self):
        """What the next login may find."""
        before = self.before()
        after = before.with_delivery(self.text)
        if not self.has_foreign:
            return {"before": before, "after": after}
        return {
            "before": before.with_raw(FOREIGN),
            "after": after.with_raw(FOREIGN),
            "after, behind": before.with_raw(FOREIGN).with_delivery(self.text),
        }


def run(prover):
    """One line of the table for each size and end of the maildrop."""
    yield prove(prover, "a small delivery", [Case("full", SMALL), Case("nothing", SMALL)])
    yield prove(prover, "a delivery of 200 kB", [Case("full", LARGE)])
    yield prove(prover, "a delivery of 1.2 MB", [Case("full", HUGE)])
    unended = [Case("no_empty_line", SMALL), Case("no_line_end", SMALL)]
    yield prove(prover, "a delivery behind an unended message", unended)
    foreign = [Case("full", SMALL, True), Case("full", LARGE, True)]
    foreign.append(Case("full", HUGE, True))
    yield prove(prover, "a delivery, then foreign mail", foreign)


def prove(prover, name, cases):
    found = prover.every(calls_of, cases)
    killed = [case.at(point) for case, reached in zip(cases, found) for point in reached]
    killed = prover.some(killed, QUICK, kind_of)
    return prover.prove(f"kill at every call of {name}", survives, killed)


def calls_of(prover, case):
    """The system calls of a delivery that nobody disturbs, the judge agreeing with it."""
    with prover.directory() as directory:
        users = directory / "Users"
        case.before().write(users)
        status, log = deliver(prover.binary, users, case.text, prefix(directory / "trace"))
        if status != 0:
            raise RuntimeError(f"{case}: undisturbed, it ended with {status}: {log.text()}")
        if case.has_foreign:
            append_under_flock(users, FOREIGN)
        word, wrong = judge(prover.binary, users, case.maildrops())
        if wrong or word != "after":
            raise RuntimeError(f"{case}: undisturbed, {word}, {wrong}")
        return points((directory / "trace").read_text("latin-1"))


def survives(prover, case):
    with prover.directory() as directory:
        users, trace = directory / "Users", directory / "trace"
        case.before().write(users)
        original = inode(users)
        deliver(prover.binary, users, case.text, prefix(trace, case.point.kill()))
        reached = KILLED in trace.read_text("latin-1")
        if case.has_foreign:
            append_under_flock(users, FOREIGN)
        _, wrong = judge(prover.binary, users, case.maildrops(), original)
        return wrong if reached else ["this call was not reached", *wrong]
