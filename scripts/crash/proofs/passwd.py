"""Kills a change of the password at every call, lets every call fail, cuts the power.

Afterwards just one password opens the maildrop, the old or the new one; every message is
there, also those that another program appended after the kill; LAST and the unique-ids are
what they were.
"""

import random
from dataclasses import dataclass, replace
from functools import partial

from lib.pop import Closed
from support import passwords, power
from support.compare import inode
from support.foreign import FOREIGN, append_under_flock
from support.inject import KILLED, Attached, Point, points, prefix
from support.kept import standing
from support.maildrop import NAME, Maildrop, ended, letter, sample
from support.passwords import OLD, with_password
from support.programs import ANY_TIME, Inetd, account, deliver
from support.prover import kind_of
from support.scenario import EVERYTHING
from proofs.fail_call import CALLS, NOT_NOW, errors, wrong_answer
from proofs.kill_delivery import full, no_empty_line, no_line_end, nothing
from proofs.power_cut import no_directory_fsync, no_fsync, reply_before_fsync

PASSWD = ("passwd",)
NEW = {"longer": b"open sesame, and spaces", "by one": OLD + b"2", "shorter": b"s", "as long": b"SECRET"}
TORN = ("in two sectors", "a long line")  # a line that a power cut may leave half written
LATER = letter(b"later")
UNFINISHED = "unfinished"  # what the log says of it
ONTO = {"full": full, "no_empty_line": no_empty_line, "no_line_end": no_line_end, "nothing": nothing}
ONTO["small"] = lambda: sample(2000)
ONTO[TORN[1]] = lambda: Maildrop(b"y" * 900 + b"\n", sample(2000).messages)


@dataclass(frozen=True)
class Case:
    """A change of the password: to what, of what maildrop, with what before and after."""

    new: str
    onto: str = "full"
    notes: bool = False
    has_foreign: bool = False
    ender: str = "login"
    point: Point = None
    error: str = ""

    def __str__(self):
        known = ", notes known" if self.notes else ""
        foreign = ", then foreign mail" if self.has_foreign else ""
        fails = f" gives {self.error}" if self.error else ""
        return f"{self.new}, {self.onto}{known}{foreign}, then {self.ender}, {self.point}{fails}"

    def maildrops(self):
        """What may be found, with the old and with the new password."""
        before = ONTO[self.onto]()
        found = {"before": before, "after": with_password(before, password(self.new))}
        if self.has_foreign:
            found = {word: with_foreign(maildrop) for word, maildrop in found.items()}
        if self.ender == "delivery":
            found = {word: maildrop.with_delivery(LATER) for word, maildrop in found.items()}
        return found


def password(new):
    return NEW.get(new, b"z" * 700)


def with_foreign(maildrop):
    """Another program ends the last message, if it must, and appends its own."""
    messages = [ended(raw) for raw in maildrop.messages]
    return Maildrop(maildrop.password_line, (*messages, FOREIGN))


def run(prover):
    """A line of the table each for kills, kills of the recovery, failing calls, power cuts."""
    cases = [Case(new) for new in NEW] + [Case(*TORN)]
    cases += [Case(new, onto) for new in NEW for onto in ("no_line_end", "nothing")]
    cases += [Case(new, notes=True) for new in ("longer", "shorter")]
    cases += [Case(new, onto, has_foreign=True) for new in NEW for onto in ("full", "no_empty_line")]
    cases += [Case(new, ender="delivery") for new in ("longer", "shorter")]
    cases = cases[:: 2 if prover.quick else 1]
    killed = prover.some(every_call(prover, cases), 400, kind_of)
    yield prover.prove("kill at every call of passwd", survives, killed)
    cases = [Case("by one", "no_empty_line", has_foreign=True), Case("shorter"), Case("longer")]
    cases = cases[: 2 if prover.quick else 3]
    killed = prover.some(recoveries(prover, cases), 250, kind_of)
    yield prover.prove("kill at every call of its recovery", recovered, killed)
    cases = [Case("longer", notes=True), Case("shorter"), Case("by one", "nothing")]
    reached = every_call(prover, cases, CALLS, "Users")
    failing = [replace(c, error=e) for n, c in enumerate(reached) for e in errors(prover, n)]
    yield prover.prove("every call of passwd fails", fails, failing)
    cases = [Case(new, "small") for new in NEW] + [Case(*TORN), Case(*TORN, ender="delivery")]
    with prover.directory() as keeping:
        found = prover.every(partial(states_of, keeping), cases)
        states = [state for states in found for state in states]
        random.Random(prover.seed).shuffle(states)  # those of one case can't be tried at once
        yield prover.prove("power cut at any point of passwd", whole, states)
    variants = (no_fsync, no_directory_fsync, reply_before_fsync)
    variants = [power.Variant(change, case) for change in variants for case in (Case("longer", "small"), Case(*TORN))]
    yield power.found_out(prover, "wrong variants of passwd found out", states_of, whole, variants)


def prepare(prover, directory, case):
    """A maildrop, perhaps with notes; its inode, and the unique-ids that it had."""
    users = directory / "Users"
    ONTO[case.onto]().write(users)
    ids = passwords.noted(prover.binary, users) if case.notes else ()
    return inode(users), ids


def passwd(prover, directory, case, options=()):
    return account(prover.binary, directory / "Users", PASSWD, password(case.new), prefix(directory / "trace", options))


def trace(directory, name="trace"):
    return (directory / name).read_text("latin-1")


def every_call(prover, cases, names=None, since=""):
    found = prover.every(CallsOf(names, since), cases)
    return [replace(case, point=point) for case, reached in zip(cases, found) for point in reached]


@dataclass(frozen=True)
class CallsOf:
    """The system calls of a change that nobody disturbs, the judge agreeing with it."""

    names: str
    since: str

    def __call__(self, prover, case):
        with prover.directory() as directory:
            original, ids = prepare(prover, directory, case)
            status, log = passwd(prover, directory, case)
            if status != 0:
                raise RuntimeError(f"{case}: undisturbed, it ended with {status}: {log.text()}")
            end(prover, directory, case)
            word, wrong = judge(prover, directory, case, original, ids)
            if wrong or word != "after":
                raise RuntimeError(f"{case}: undisturbed, {word}, {wrong}")
            return points(trace(directory), self.names, self.since)


def end(prover, directory, case):
    """What comes after the change, before the next login."""
    users = directory / "Users"
    if case.has_foreign:
        mend = b"" if ONTO[case.onto]() == full() else b"\n"
        append_under_flock(users, mend + FOREIGN)
    if case.ender == "delivery":
        status, log = deliver(prover.binary, users, LATER)
        if status != 0:
            raise RuntimeError(f"the delivery gave {status}: {log.text()[:200]}")


def judge(prover, directory, case, original, ids=()):
    return passwords.judge(prover.binary, directory / "Users", case.maildrops(), original, ids)


def survives(prover, case):
    with prover.directory() as directory:
        original, ids = prepare(prover, directory, case)
        passwd(prover, directory, case, case.point.kill())
        reached = KILLED in trace(directory)
        end(prover, directory, case)
        _, wrong = judge(prover, directory, case, original, ids)
        return wrong if reached else ["this call was not reached", *wrong]


@dataclass(frozen=True)
class Twice:
    """A change that was killed and is unfinished, and a recovery killed at a point."""

    first: Case
    settled: str  # what a recovery that nobody disturbs makes of it
    point: Point = None

    def __str__(self):
        return f"({self.first}), recovery killed at {self.point}"


def recoveries(prover, cases):
    killed = prover.of_each_kind(every_call(prover, cases), kind_of)
    settled = zip(killed, prover.every(settled_as, killed))
    left = [Twice(case, word) for case, word in settled if word]
    found = prover.every(calls_of_recovery, left)
    return [replace(twice, point=p) for twice, reached in zip(left, found) for p in reached]


def settled_as(prover, case):
    """What the next login makes of a killed change; None where it finds nothing unfinished."""
    with prover.directory() as directory:
        original = leave(prover, directory, case)
        if UNFINISHED not in recovery(prover, directory)[1]:
            return None
        return judge(prover, directory, case, original)[0]


def calls_of_recovery(prover, twice):
    with prover.directory() as directory:
        leave(prover, directory, twice.first)
        return points(recovery(prover, directory)[0], None, r"\.lock")


def leave(prover, directory, case):
    original, _ = prepare(prover, directory, case)
    passwd(prover, directory, case, case.point.kill())
    end(prover, directory, case)
    return original


def recovery(prover, directory, options=()):
    """A login with a wrong password, which must settle the change all the same; its trace and its log."""
    with Inetd(prover.binary, directory / "Users", options=(*passwords.AT_ONCE, *ANY_TIME)) as session:
        session.greeting()
        session.client.must(f"USER {NAME}")
        with Attached(session.pid, directory / "second", options) as strace:
            try:
                session.client.command("PASS wrong")
            except Closed:
                pass
            session.end()
            return strace.finish(), session.log.text()


def recovered(prover, twice):
    with prover.directory() as directory:
        original = leave(prover, directory, twice.first)
        reached = KILLED in recovery(prover, directory, twice.point.kill())[0]
        word, wrong = judge(prover, directory, twice.first, original)
        if word != twice.settled:
            wrong.append(f"undisturbed it became {twice.settled}, now {word}")
        return wrong if reached else ["this call was not reached", *wrong]


def fails(prover, case):
    with prover.directory() as directory:
        original, ids = prepare(prover, directory, case)
        status, log = passwd(prover, directory, case, case.point.fail(case.error))
        word, wrong = judge(prover, directory, case, original, ids)
        return wrong + wrong_answer(trace(directory), status, log, NOT_NOW, word == "after")


def states_of(keeping, prover, case, change=list):
    run = partial(passwd, prover, case=case, options=EVERYTHING)
    return power.states_of(prover, case, lambda directory: prepare(prover, directory, case), run, keeping, change)


def whole(prover, cut):
    with prover.directory() as directory, standing(cut.state, cut.kept, directory / "Users"):
        users = directory / "Users"
        end(prover, directory, cut.case)
        word, wrong = judge(prover, directory, cut.case, inode(users))
        return [*wrong, "it was said to be done"] if cut.said and word != "after" else wrong
