"""Kills `user reset` at every call, and cuts the power at any point.

Afterwards the mail is that of before or that of the master copy, with what another program
appended after the kill; with the mail of the master copy comes no mark. The password and the
inode are what they were.
"""

import random
from dataclasses import dataclass, replace
from functools import partial

from lib.pop import Closed, Refused
from support import passwords, power
from support.compare import inode, judge
from support.foreign import FOREIGN, append_under_flock
from support.inject import KILLED, Point, points, prefix
from support.kept import standing
from support.maildrop import Maildrop, ended, sample
from support.programs import Hung, Inetd, account
from support.prover import kind_of
from support.scenario import EVERYTHING
from proofs.fail_call import CALLS, ERRORS, NOT_NOW, wrong_answer
from proofs.power_cut import no_fsync, reply_before_fsync

BEFORE = sample(2000)
MASTERS = {
    "shorter": BEFORE.messages[:2],
    "nothing": (),
    "other mail as long": tuple(m.replace(b"e", b"E") for m in BEFORE.messages),
    "longer": sample(40_000).messages,
    "the same": BEFORE.messages,
}


@dataclass(frozen=True)
class Case:
    """A reset to a master copy, killed at a point or not at all; then perhaps other mail."""

    master: str
    has_foreign: bool = False
    point: Point = None
    error: str = ""

    def __str__(self):
        foreign = ", then foreign mail" if self.has_foreign else ""
        fails = f" gives {self.error}" if self.error else ""
        return f"{self.master}{foreign}, {self.point}{fails}"

    def maildrops(self):
        after = Maildrop(BEFORE.password_line, MASTERS[self.master])
        found = {"after": after, "before": BEFORE}
        if self.has_foreign:
            found = {word: with_foreign(maildrop) for word, maildrop in found.items()}
        return found


def with_foreign(maildrop):
    return Maildrop(maildrop.password_line, (*map(ended, maildrop.messages), FOREIGN))


def run(prover):
    """A line of the table each for kills and for power cuts."""
    cases = [Case(master, foreign) for master in MASTERS for foreign in (False, True)]
    cases = cases[:: 2 if prover.quick else 1]
    killed = prover.some(every_call(prover, cases), 250, kind_of)
    yield prover.prove("kill at every call of user reset", survives, killed)
    failing = [Case("shorter"), Case("longer")]
    errors = [replace(c, error=e) for c in every_call(prover, failing, CALLS) for e in ERRORS]
    errors = prover.some(errors, 150, lambda case: (case.master, case.point))
    yield prover.prove("every call of user reset fails", fails, errors)
    cases = [Case(master) for master in MASTERS]
    with prover.directory() as keeping:
        found = prover.every(partial(states_of, keeping), cases)
        states = [state for states in found for state in states]
        random.Random(prover.seed).shuffle(states)
        yield prover.prove("power cut at any point of user reset", whole, states)
    variants = [power.Variant(change, case) for change in (no_fsync, reply_before_fsync) for case in failing]
    yield power.found_out(prover, "wrong variants of user reset found out", states_of, whole, variants)


def prepare(prover, directory, case):
    """A maildrop of which a message was read, and the master copy; the maildrop's inode."""
    BEFORE.write(directory / "Users")
    Maildrop(b"another password\n", MASTERS[case.master]).write(directory / "masters")
    passwords.noted(prover.binary, directory / "Users")
    return inode(directory / "Users")


def reset(prover, directory, options=()):
    task = ("reset", "--from", str(directory / "masters"))
    return account(prover.binary, directory / "Users", task, b"", prefix(directory / "trace", options))


def trace(directory):
    return (directory / "trace").read_text("latin-1")


def every_call(prover, cases, names=None):
    found = prover.every(partial(calls_of, names), cases)
    return [replace(case, point=point) for case, reached in zip(cases, found) for point in reached]


def calls_of(names, prover, case):
    with prover.directory() as directory:
        original = prepare(prover, directory, case)
        status, log = reset(prover, directory)
        if status != 0:
            raise RuntimeError(f"{case}: undisturbed, it ended with {status}: {log.text()}")
        word, wrong = found_there(prover, directory, case, original)
        if wrong or word != "after":
            raise RuntimeError(f"{case}: undisturbed, {word}, {wrong}")
        return points(trace(directory), names, "Users")


def found_there(prover, directory, case, original):
    """What is there, and everything that is wrong."""
    users = directory / "Users"
    if case.has_foreign:
        append_under_flock(users, FOREIGN)
    try:
        with Inetd(prover.binary, users) as session:
            session.login()
            last = session.client.must("LAST")
            session.end()
    except (Closed, Refused, Hung) as failure:
        return None, [f"the next login: {failure}"]
    word, wrong = judge(prover.binary, users, case.maildrops(), original)
    if word == "after" and case.master != "the same" and last != "+OK 0":
        wrong.append(f"the mail of the master copy is there, and LAST said {last}")
    return word, wrong


def survives(prover, case):
    with prover.directory() as directory:
        original = prepare(prover, directory, case)
        reset(prover, directory, case.point.kill())
        reached = KILLED in trace(directory)
        wrong = found_there(prover, directory, case, original)[1]
        return wrong if reached else ["this call was not reached", *wrong]


def fails(prover, case):
    """It says what came of it."""
    with prover.directory() as directory:
        original = prepare(prover, directory, case)
        status, log = reset(prover, directory, case.point.fail(case.error))
        word, wrong = found_there(prover, directory, case, original)
        return wrong + wrong_answer(trace(directory), status, log, (65, 66, *NOT_NOW), word == "after")


def states_of(keeping, prover, case, change=list):
    run = partial(reset, prover, options=EVERYTHING)
    return power.states_of(prover, case, lambda directory: prepare(prover, directory, case), run, keeping, change)


def whole(prover, cut):
    with prover.directory() as directory, standing(cut.state, cut.kept, directory / "Users"):
        word, wrong = found_there(prover, directory, cut.case, inode(directory / "Users"))
        return [*wrong, "it was said to be done"] if cut.said and word != "after" else wrong
