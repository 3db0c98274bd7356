"""Kills `user add` at every call, and cuts the power: the users are there, or nobody.

Any start of the program finishes what was committed: then each of the users is there with
their password and nothing else, or none of them is.
"""

from dataclasses import dataclass, replace
from functools import partial

from support import disk, passwords, power
from support.compare import inode
from support.inject import KILLED, Point, points, prefix
from support.maildrop import NAME, Maildrop, letter
from support.programs import account, deliver
from support.prover import kind_of
from support.scenario import EVERYTHING
from proofs.fail_call import CALLS, ERRORS, NOT_NOW, wrong_answer
from proofs.power_cut import no_directory_fsync, no_fsync, reply_before_fsync

LATER = letter(b"later")
OTHER, OTHERS = "zaphod", b"a password\n"  # a user who is there before


@dataclass(frozen=True)
class Case:
    """So many users are added; what an earlier user of such a name has left is there or not."""

    users: int
    leftovers: bool = False
    point: Point = None
    error: str = ""

    def __str__(self):
        fails = f" gives {self.error}" if self.error else ""
        return f"{self.users} users{', leftovers' if self.leftovers else ''}, {self.point}{fails}"

    def files(self):
        return {f"student{n}": f"password {n}\n".encode() for n in range(self.users)}


def run(prover):
    """A line of the table each for one user, for a list of them, and for power cuts."""
    yield prover.prove("kill at every call of user add", added, calls_of_add(prover))
    cases = [Case(5 if prover.quick else 30), Case(2, leftovers=True)]
    killed = prover.some(every_call(prover, cases), 200, kind_of)
    yield prover.prove("kill at every call of user add --from", all_or_none, killed)
    failing = [replace(c, error=e) for c in every_call(prover, [Case(2)], CALLS) for e in ERRORS]
    failing = prover.some(failing, 100, lambda case: case.point)
    yield prover.prove("every call of user add --from fails", fails, failing)
    cases = [Case(1), Case(3), Case(2, leftovers=True)]
    states = [state for states in prover.every(partial(states_of, None), cases) for state in states]
    yield prover.prove("power cut at any point of user add --from", whole, states)
    variants = [power.Variant(change, Case(3)) for change in (no_fsync, no_directory_fsync, reply_before_fsync)]
    yield power.found_out(prover, "wrong variants of user add found out", states_of, whole, variants)


def calls_of_add(prover):
    with prover.directory() as directory:
        (directory / "Users").mkdir()
        status, log = account(prover.binary, directory / "Users", ("add",), b"new", prefix(directory / "trace"))
        if status != 0:
            raise RuntimeError(f"undisturbed, it ended with {status}: {log.text()}")
        return points((directory / "trace").read_text("latin-1"))


def added(prover, point):
    """Whatever was left, a second try with `add` makes the user, if the first has not."""
    with prover.directory() as directory:
        users = directory / "Users"
        users.mkdir()
        account(prover.binary, users, ("add",), b"new", prefix(directory / "trace", point.kill()))
        wrong = [] if KILLED in (directory / "trace").read_text("latin-1") else ["this call was not reached"]
        started(prover, users)
        if not (users / NAME).exists():
            status, log = account(prover.binary, users, ("add",), b"new")
            if status != 0:
                return [*wrong, f"add then gave {status}: {log.text()[:200]}"]
        deliver(prover.binary, users, LATER)
        allowed = {"user": Maildrop(b"new\n", ()).with_delivery(LATER)}
        _, more = passwords.judge(prover.binary, users, allowed, inode(users))
        return wrong + more


def started(prover, users):
    """A start of the program that has nothing to do with it: a change of another password."""
    (users / OTHER).write_bytes(OTHERS)
    return account(prover.binary, users, ("passwd",), OTHERS.strip(), name=OTHER)


def prepare(directory, case):
    users = directory / "Users"
    users.mkdir()
    (users / OTHER).write_bytes(OTHERS)
    if case.leftovers:
        (users / ".pop1081").mkdir(0o700)
        (users / ".pop1081/student0.state").write_bytes(b"of another time")
    text = b"".join(b"%s %s" % (name.encode(), line) for name, line in case.files().items())
    (directory / "list").write_bytes(text)


def add(prover, directory, options=()):
    task = ("add", "--from", str(directory / "list"))
    before = prefix(directory / "trace", options)
    return account(prover.binary, directory / "Users", task, b"", before, name=None)


def every_call(prover, cases, names=None):
    found = prover.every(partial(calls_of, names), cases)
    return [replace(case, point=point) for case, reached in zip(cases, found) for point in reached]


def calls_of(names, prover, case):
    with prover.directory() as directory:
        prepare(directory, case)
        status, log = add(prover, directory)
        word, wrong = found_there(prover, directory, case)
        if status != 0 or wrong or word != "all":
            raise RuntimeError(f"{case}: undisturbed, {status}, {word}, {wrong}: {log.text()}")
        return points((directory / "trace").read_text("latin-1"), names, "list")


def found_there(prover, directory, case):
    """Who is there after a start of the program, and everything that is wrong."""
    users = directory / "Users"
    status, log = started(prover, users)
    wrong = log.panics() if status == 0 else [f"a start then gives {status}: {log.text()[:200]}"]
    there = {path.name: path for path in users.iterdir() if path.name not in (".pop1081", OTHER)}
    if there and there.keys() != case.files().keys():
        wrong.append(f"{len(there)} of {case.users} users are there")
    for name, path in there.items():
        if path.read_bytes() != case.files()[name]:
            wrong.append(f"{name} has {path.read_bytes()}")
        if path.stat().st_nlink != 1:
            wrong.append(f"{name} has {path.stat().st_nlink} names")
    if there and (users / ".pop1081/student0.state").exists():
        wrong.append("what an earlier user has left is there")
    return ("all" if there else "none"), wrong


def all_or_none(prover, case):
    with prover.directory() as directory:
        prepare(directory, case)
        add(prover, directory, case.point.kill())
        reached = KILLED in (directory / "trace").read_text("latin-1")
        wrong = found_there(prover, directory, case)[1]
        status, log = add(prover, directory)  # once more: then they are there in any case
        if status not in (0, 65) or found_there(prover, directory, case)[0] != "all":
            wrong.append(f"a second try gave {status}: {log.text()[:200]}")
        return wrong if reached else ["this call was not reached", *wrong]


def fails(prover, case):
    """It says what came of it."""
    with prover.directory() as directory:
        prepare(directory, case)
        status, log = add(prover, directory, case.point.fail(case.error))
        word, wrong = found_there(prover, directory, case)
        trace = (directory / "trace").read_text("latin-1")
        return wrong + wrong_answer(trace, status, log, (65, 66, *NOT_NOW), word == "all")


def states_of(_, prover, case, change=list):
    run = partial(add, prover, options=EVERYTHING)
    return power.states_of(prover, case, partial(prepare, case=case), run, change=change)


def whole(prover, cut):
    with prover.directory() as directory:
        disk.build(cut.state, directory / "Users")
        word, wrong = found_there(prover, directory, cut.case)
        return [*wrong, "it was said to be done"] if cut.said and word != "all" else wrong
