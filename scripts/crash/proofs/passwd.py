"""Kills a change of the password at every call, lets every call fail, cuts the power.

Afterwards just one password opens the maildrop, the old or the new one; every message is
there, also those that another program appended after the kill; LAST and the unique-ids are
what they were. `user add` leaves nobody, somebody without a password, or a user.
"""

import random
import time
from dataclasses import dataclass, replace

from lib import cuts, disk, passwords
from lib.bench import Outcome
from lib.compare import inode
from lib.disk import Said
from lib.foreign import FOREIGN, append_under_flock
from lib.inject import KILLED, TAMPERED, Attached, Point, points, prefix
from lib.maildrop import NAME, Maildrop, ended, letter, sample
from lib.passwords import OLD, with_password
from lib.pop import Closed
from lib.record import Record
from lib.scenario import EVERYTHING, agree
from lib.server import Inetd, account, deliver
from proofs.fail_call import CALLS, ERRORS, NOT_NOW
from proofs.kill_delivery import full, no_empty_line, no_line_end, nothing
from proofs.power_cut import no_directory_fsync, no_fsync, reply_before_fsync

PASSWD = ("passwd",)
NEW = {"longer": b"open sesame, and spaces", "by one": OLD + b"2", "shorter": b"s", "as long": b"SECRET"}
TORN = ("in two sectors", "a long line")  # a line that a power cut may leave half written
LATER = letter(b"later")
STATES = {True: 100, False: 1000}  # of one power cut at most, quick or not
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


def run(bench):
    """A line of the table each for kills, kills of the recovery, failing calls, power cuts."""
    cases = [Case(new) for new in NEW] + [Case(*TORN)]
    cases += [Case(new, onto) for new in NEW for onto in ("no_line_end", "nothing")]
    cases += [Case(new, notes=True) for new in ("longer", "shorter")]
    cases += [Case(new, onto, has_foreign=True) for new in NEW for onto in ("full", "no_empty_line")]
    cases += [Case(new, ender="delivery") for new in ("longer", "shorter")]
    cases = cases[:: 2 if bench.quick else 1]
    yield bench.prove("kill at every call of passwd", survives, every_call(bench, cases))
    cases = [Case("by one", "no_empty_line", has_foreign=True), Case("shorter"), Case("longer")]
    cases = cases[: 2 if bench.quick else 3]
    yield bench.prove("kill at every call of its recovery", recovered, recoveries(bench, cases))
    cases = [Case("longer", notes=True), Case("shorter"), Case("by one", "nothing")]
    failing = [replace(c, error=e) for c in every_call(bench, cases, CALLS, "Users") for e in ERRORS]
    yield bench.prove("every call of passwd fails", fails, failing)
    cases = [Case(new, "small") for new in NEW] + [Case(*TORN), Case(*TORN, ender="delivery")]
    states = [state for found in bench.every(states_of, cases) for state in found]
    yield bench.prove("power cut at any point of passwd", whole, states)
    yield found_out(bench)
    yield bench.prove("kill at every call of user add", added, calls_of_add(bench))


def prepare(bench, room, case):
    """A maildrop, perhaps with notes; its inode, and the unique-ids that it had."""
    users = room / "Users"
    ONTO[case.onto]().write(users)
    ids = passwords.noted(bench.binary, users) if case.notes else ()
    return inode(users), ids


def passwd(bench, room, case, options=()):
    return account(bench.binary, room / "Users", PASSWD, password(case.new), prefix(room / "trace", options))


def trace(room, name="trace"):
    return (room / name).read_text("latin-1")


def every_call(bench, cases, names=None, since=""):
    found = bench.every(CallsOf(names, since), cases)
    return [replace(case, point=point) for case, reached in zip(cases, found) for point in reached]


@dataclass(frozen=True)
class CallsOf:
    """The system calls of a change that nobody disturbs, the judge agreeing with it."""

    names: str
    since: str

    def __call__(self, bench, case):
        with bench.room() as room:
            original, ids = prepare(bench, room, case)
            status, noise = passwd(bench, room, case)
            if status != 0:
                raise RuntimeError(f"{case}: undisturbed, it ended with {status}: {noise.text()}")
            end(bench, room, case)
            word, wrong = judge(bench, room, case, original, ids)
            if wrong or word != "after":
                raise RuntimeError(f"{case}: undisturbed, {word}, {wrong}")
            return points(trace(room), self.names, self.since)


def end(bench, room, case):
    """What comes after the change, before the next login."""
    users = room / "Users"
    if case.has_foreign:
        mend = b"" if ONTO[case.onto]() == full() else b"\n"
        append_under_flock(users, mend + FOREIGN)
    if case.ender == "delivery":
        status, noise = deliver(bench.binary, users, LATER)
        if status != 0:
            raise RuntimeError(f"the delivery gave {status}: {noise.text()[:200]}")


def judge(bench, room, case, original, ids=()):
    return passwords.judge(bench.binary, room / "Users", case.maildrops(), original, ids)


def survives(bench, case):
    with bench.room() as room:
        original, ids = prepare(bench, room, case)
        passwd(bench, room, case, case.point.kill())
        reached = KILLED in trace(room)
        end(bench, room, case)
        _, wrong = judge(bench, room, case, original, ids)
        return wrong if reached else ["this call was not reached", *wrong]


@dataclass(frozen=True)
class Twice:
    """A change that was killed so that a redo file stands, and a recovery killed at a point."""

    first: Case
    point: Point = None

    def __str__(self):
        return f"({self.first}), recovery killed at {self.point}"


def recoveries(bench, cases):
    killed = every_call(bench, cases)
    left = [Twice(case) for case, stands in zip(killed, bench.every(redo_stands, killed)) if stands]
    found = bench.every(calls_of_recovery, left)
    return [replace(twice, point=p) for twice, reached in zip(left, found) for p in reached]


def redo_stands(bench, case):
    with bench.room() as room:
        prepare(bench, room, case)
        passwd(bench, room, case, case.point.kill())
        return (room / "Users" / ".pop1081" / f"{NAME}.redo").exists()


def calls_of_recovery(bench, twice):
    with bench.room() as room:
        leave(bench, room, twice.first)
        return points(recovery(bench, room), None, r"\.redo")


def leave(bench, room, case):
    original, _ = prepare(bench, room, case)
    passwd(bench, room, case, case.point.kill())
    end(bench, room, case)
    return original


def recovery(bench, room, options=()):
    """A login with a wrong password, which must finish the change all the same; the trace."""
    with Inetd(bench.binary, room / "Users", options=passwords.AT_ONCE) as session:
        session.greeting()
        session.client.must(f"USER {NAME}")
        with Attached(session.pid, room / "second", options) as strace:
            try:
                session.client.command("PASS wrong")
            except Closed:
                pass
            session.end()
            return strace.finish()


def recovered(bench, twice):
    with bench.room() as room:
        original = leave(bench, room, twice.first)
        reached = KILLED in recovery(bench, room, twice.point.kill())
        word, wrong = judge(bench, room, twice.first, original)
        if word != "after":
            wrong.append(f"it was committed, and then {word} was there")
        return wrong if reached else ["this call was not reached", *wrong]


def fails(bench, case):
    with bench.room() as room:
        original, ids = prepare(bench, room, case)
        status, noise = passwd(bench, room, case, case.point.fail(case.error))
        word, wrong = judge(bench, room, case, original, ids)
        wrong += noise.panics()
        if TAMPERED not in trace(room):
            wrong.append("this call was not reached")
        if status != 0 and status not in NOT_NOW:
            wrong.append(f"exit {status}: {noise.text()[:200]}")
        if status == 0 and word != "after":
            wrong.append(f"exit 0, and {word} was there")
        if status != 0 and word == "after" and "finishes the change" not in noise.text():
            wrong.append(f"it was changed, and said: {noise.text()[:200]}")
        return wrong


@dataclass(frozen=True)
class Cut:
    case: Case
    state: dict
    said: str

    def __str__(self):
        return f"{self.case}: {cuts.digest(self.state).hex()[:12]} {self.said}"


def states_of(bench, case, variant=list):
    """Every state of the disk after a power cut at any point of a change, or of a variant
    of it that makes other calls."""
    with bench.room() as room:
        users = room / "Users"
        prepare(bench, room, case)
        root = disk.read(users)
        recorded = Record(users, root)
        passwd(bench, room, case, EVERYTHING)
        recorded.run(trace(room))
        agree(users, recorded)
    if not any(isinstance(operation, Said) for operation in recorded.operations):
        raise RuntimeError("the trace does not show that it was said to be done")
    dice = random.Random(f"{bench.seed} {case}")
    found = cuts.states(root, variant(recorded.operations), dice, STATES[bench.quick])
    return [Cut(case, state, said) for state, said in found.values()]


def whole(bench, cut):
    with bench.room() as room:
        users = room / "Users"
        disk.build(cut.state, users)
        end(bench, room, cut.case)
        word, wrong = judge(bench, room, cut.case, inode(users))
        return [*wrong, "it was said to be done"] if cut.said and word != "after" else wrong


def found_out(bench):
    """A change without its flushes, or some, must have a state that is wrong."""
    started, failures, tried = time.monotonic(), [], 0
    for variant in (no_fsync, no_directory_fsync, reply_before_fsync):
        for case in (Case("longer", "small"), Case(*TORN)):
            tried += 1
            if not any(bench.every(whole, states_of(bench, case, variant))):
                failures.append(f"{variant.__name__} in {case} passed")
    return Outcome("wrong variants of passwd found out", tried, failures, time.monotonic() - started)


def calls_of_add(bench):
    with bench.room() as room:
        (room / "Users").mkdir()
        status, noise = account(bench.binary, room / "Users", ("add",), b"new", prefix(room / "trace"))
        if status != 0:
            raise RuntimeError(f"undisturbed, it ended with {status}: {noise.text()}")
        return points(trace(room))


def added(bench, point):
    """Whatever was left, a second try with `add` or `passwd` makes the user."""
    with bench.room() as room:
        users = room / "Users"
        users.mkdir()
        account(bench.binary, users, ("add",), b"new", prefix(room / "trace", point.kill()))
        wrong = [] if KILLED in trace(room) else ["this call was not reached"]
        task = ("passwd",) if (users / NAME).exists() else ("add",)
        status, noise = account(bench.binary, users, task, b"new")
        if status != 0:
            return [*wrong, f"{task} then gave {status}: {noise.text()[:200]}"]
        deliver(bench.binary, users, LATER)
        allowed = {"user": Maildrop(b"new\n", ()).with_delivery(LATER)}
        _, more = passwords.judge(bench.binary, users, allowed, inode(users))
        return wrong + more
