"""The file is replaced at every call of whatever changes a maildrop, or gets a second name.

The action goes on, or is killed there; or a session is held, the file is replaced, a delivery
or another action on the new file is killed at each of its calls, and then the session sends
QUIT. A second name is taken away again before the judges look.

Afterwards a login, a delivery and reading must succeed, and every message must be there once
and whole. A QUIT may have changed nothing. A delivery must not give 67, and nobody may hear
that the right password is invalid.
"""

from dataclasses import dataclass, replace

from lib.pop import Closed
from support.actions import PASSWORDS, REMOVED, Action, NotReached, Played, Recovery, calls_of
from support.afterwards import wrong_afterwards
from support.inject import Point
from support.maildrop import PASSWORD
from support.quitting import before_quit
from support.replacing import BETWEEN_CHANGES, EDIT, REPLACEMENTS, without_second_name
from support.stops import kill, stop_after
from proofs.other_writer import inventory_of, recoveries

ACTIONS = [Action("QUIT", "the first", True), Action("QUIT", "a middle"), Action("QUIT", "the last")]
ACTIONS += [Action("QUIT", "all", True), Action("delivery", "small"), Action("delivery", "300 kB")]
ACTIONS += [Action("passwd", what, True) for what in PASSWORDS] + [Action("login")]
LEFT = [Action("QUIT", "the first", True), Action("QUIT", "the last"), Action("delivery", "300 kB")]
LEFT += [Action("passwd", "longer", True)]
INNER = [Action("delivery", "small"), Action("delivery", "300 kB"), Action("passwd", "longer")]
INNER += [Action("QUIT", "the first"), Action("QUIT", "all")]
HELD = "a middle"  # what the held session is to remove
LATER = (73, 74, 75)  # a mail transport keeps the message
QUICK = 200  # cases of each line


@dataclass(frozen=True)
class Case:
    action: object
    how: str  # a key of REPLACEMENTS
    point: Point
    killed: bool = False
    held: bool = False

    def __str__(self):
        if self.held:
            return f"held session; {self.how}; {self.action} killed at {self.point}; QUIT"
        return f"{self.action}: {self.how} after {self.point}{', then killed' * self.killed}"

    def before(self):
        """The messages at the start, as the other program leaves them."""
        maildrop = self.action.start()
        if self.how != "sed -i that edits":
            return maildrop
        return replace(maildrop, messages=tuple(m.replace(*EDIT) for m in maildrop.messages))


def run(prover):
    """A line of the table each for what goes on, what is killed, and a session that is held."""
    found = list(zip(ACTIONS, prover.every(calls_of, ACTIONS)))
    left = recoveries(prover, LEFT)
    found += zip(left, prover.every(calls_of, left))
    reached = [(action, point) for action, points in found for point, _ in points]
    cases = [Case(action, how, point) for action, point in reached for how in REPLACEMENTS]
    yield prover.prove("the file replaced at every call", survives, prover.some(cases, QUICK))
    cases = [replace(case, killed=True) for case in cases]
    yield prover.prove("the file replaced, then a kill", survives, prover.some(cases, QUICK))
    found = zip(INNER, prover.every(calls_of, INNER))
    cases = [
        Case(action, how, point, held=True)
        for action, points in found
        for point, _ in points
        for how in BETWEEN_CHANGES
        if action.kind != "QUIT" or how.startswith("Users")  # else the lock keeps it out
    ]
    yield prover.prove("the file replaced, a kill, then an old session", survives, prover.some(cases, QUICK))


def survives(prover, case):
    with prover.directory() as directory:
        users = directory / "Users"
        case.action.prepare(prover, users)
        try:
            played = held(prover, directory, case) if case.held else disturbed(prover, directory, case)
        except NotReached as failure:
            return [str(failure)]
        without_second_name(users)
        wrong = played.log.panics() + wrong_answer(case, played)
        inventory = inventory_of(case.action, played)
        before = tuple(case.before().retrieved())
        if case.held:
            removed = tuple({*REMOVED[HELD], *case.action.removed()})
            inventory = replace(inventory, removed=removed, some=True)
        inventory = replace(inventory, before=before, gone=None)
        return wrong + wrong_afterwards(prover, users, inventory, passwords(case.action))


def passwords(action):
    changed = action.left if isinstance(action, Recovery) else action
    return (PASSWORD, PASSWORDS[changed.what].decode()) if changed.kind == "passwd" else (PASSWORD,)


def disturbed(prover, directory, case):
    def put(pid):
        REPLACEMENTS[case.how](directory / "Users")
        if case.killed:
            kill(pid)

    return case.action.play(prover, directory, stop_after(case.point), (put,))


def held(prover, directory, case):
    """A session that was there before sends its QUIT last; what the killed action said."""
    users = directory / "Users"
    with before_quit(prover.binary, users, "inetd", REMOVED[HELD]) as quitting:
        BETWEEN_CHANGES[case.how](users)
        played = case.action.play(prover, directory, case.point.kill())
        try:
            quitting.client.command("QUIT")
        except Closed:
            pass
        quitting.settle()
        return Played(played.said, played.trace, quitting.log)


def exit_codes(action):
    """Those with which it may refuse."""
    return (65, *LATER) if action.kind == "passwd" else LATER


def wrong_answer(case, played):
    if isinstance(played.said, int) and played.said != 0 and played.said not in exit_codes(case.action):
        return [f"exit {played.said}: {played.log.text()[-200:]}"]
    changes_password = "passwd" in str(case.action)
    if isinstance(played.said, str) and "invalid password" in played.said and not changes_password:
        return [f"the right password: {played.said}"]
    return []
