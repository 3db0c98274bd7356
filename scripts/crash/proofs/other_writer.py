"""Another program appends mail, without any lock, at every call of whatever changes a maildrop.

The mail comes after each call, and the action goes on; or the action is killed at that call,
and then the mail comes; or it comes after one call, and the action is killed after a later
one, with more mail behind that or not. The mail is well-formed, or lacks its empty line, or
begins with one, or is the very text that is being removed or delivered, or is large.

Afterwards a login, a delivery and reading must succeed, and every message must be there once
and whole. Where a look at the size and the call that relies on it follow each other at once,
a writer without a lock can't be seen: what goes wrong there is counted apart (see `gaps`).
"""

import random
from dataclasses import dataclass, replace

from support.actions import PASSWORDS, REMOVED, Action, NotReached, Recovery, calls_of
from support.afterwards import wrong_afterwards
from support.compare import inode
from support.inject import KILLED, Point
from support.inventory import SOME_LEFT, Inventory
from support.maildrop import PASSWORD, delivered, raw_message, retrieved, undated
from support.othermail import KINDS, append, other_mail
from support.prover import InGap
from support.stops import kill, stop_after

QUITS = [Action("QUIT", what, large) for what in REMOVED for large in (False, True)]
DELIVERIES = [Action("delivery", what) for what in ("small", "300 kB", "20 MB")]
CHANGES = [Action("passwd", what, large) for what in PASSWORDS for large in (False, True)]
ENDERS = (Action("login"), Action("delivery", "late"))
LEFT = [Action("QUIT", what, True) for what in ("the first", "a middle", "the last", "all")]
LEFT += [Action("delivery", what) for what in ("small", "300 kB")] + CHANGES[::2]
MORE = raw_message(8, b"from another program, later")
KINDS_FOR_LARGE = ("well-formed", "an empty line first")
PAIRS = 3000
QUICK = 150  # cases of each line
UNENDED = {"without its empty line": 1, "without a line end": 2}  # what they lack, in octets


@dataclass(frozen=True)
class Case:
    """Mail of a kind after a call (`goes on`), behind a kill at it, or before a kill at another."""

    action: object
    kind: str
    point: Point
    gap: str = None
    killed: bool = False  # at this point, and then the mail comes
    later: Point = None  # the action is killed after this call
    more: bool = False  # more mail behind the kill

    def __str__(self):
        mail = f"mail ({self.kind})"
        if self.killed:
            return f"{self.action}: killed at {self.point}, then {mail}"
        then = f", killed after {self.later}" if self.later else ""
        return f"{self.action}: {mail} after {self.point}{then}{', then more mail' * self.more}"


def run(prover):
    """A line of the table for each kind of action."""
    for action in DELIVERIES:
        delivered(action.text())  # made once, before the processes are started
    yield prove(prover, "QUIT", QUITS)
    yield prove(prover, "a delivery", DELIVERIES)
    yield prove(prover, "passwd", CHANGES)
    yield prove(prover, "recovery", recoveries(prover, LEFT))


def prove(prover, name, actions):
    found = [some_calls(prover, reached) for reached in prover.every(calls_of, actions)]
    cases = []
    for action, reached in zip(actions, found):
        for kind in KINDS if action.what != "20 MB" else KINDS_FOR_LARGE:
            cases += [Case(action, kind, point, gap) for point, gap in reached]
            cases += [Case(action, kind, point, killed=True) for point, _ in reached]
        cases += pairs(prover, action, reached)
    cases = prover.some(cases, QUICK, kind_of)
    return prover.prove(f"other mail at every call of {name}", survives, cases)


def some_calls(prover, reached):
    """Every call; if in a hurry one of each kind, for a large delivery reads hundreds of times."""
    return prover.of_each_kind(reached, lambda call: (call[0].kind, call[1]))


def kind_of(case):
    return case.kind, case.gap, case.killed, bool(case.later), case.more


def pairs(prover, action, reached):
    """Mail at one call and a kill after a later one: some of all that there are."""
    dice = random.Random(f"{prover.seed} {action}")
    found = []
    for _ in range(PAIRS // (100 if action.what == "20 MB" else 10)):
        first, second = sorted(dice.sample(range(len(reached)), 2))
        (point, gap), (later, _) = reached[first], reached[second]
        found.append(Case(action, dice.choice(KINDS), point, gap, later=later, more=dice.random() < 0.5))
    return list(dict.fromkeys(found))


def recoveries(prover, actions):
    """Each action killed so that it leaves another state, ended by a login and by a delivery."""
    found = prover.every(calls_of, actions)
    killed = [(action, point) for action, reached in zip(actions, found) for point, _ in reached]
    killed = prover.of_each_kind(killed, lambda kill_of: (kill_of[0], kill_of[1].kind))
    states = {}
    for kill_of, state in zip(killed, prover.every(state_left, killed)):
        states.setdefault((kill_of[0], state), kill_of)
    left = [kill_of for (_, state), kill_of in states.items() if state[0] != state[-1]]
    return [Recovery(action, point, ender) for action, point in left for ender in ENDERS]


def state_left(prover, kill_of):
    """What a kill leaves: the maildrop, the sizes of the server's files, what a login makes of it."""
    action, point = kill_of
    with prover.directory() as directory:
        users = directory / "Users"
        Recovery(action, point, ENDERS[0]).prepare(prover, users)
        found = [undated(octets) for octets in maildrop_and_sizes(users)]
        ENDERS[0].play(prover, directory)
        return (*found, undated(next(maildrop_and_sizes(users))))


def maildrop_and_sizes(users):
    yield (users / "mrose").read_bytes()
    own = users / ".pop1081"
    for path in sorted(own.iterdir()) if own.exists() else ():
        yield f"{path.name} {path.stat().st_size}".encode()


def survives(prover, case):
    with prover.directory() as directory:
        users = directory / "Users"
        case.action.prepare(prover, users)
        original = inode(users)
        try:
            played, mail = disturbed(prover, directory, case)
        except NotReached as failure:
            return [] if case.later else [str(failure)]  # the mail may lead elsewhere
        wrong = played.log.panics()
        if case.killed and KILLED not in played.trace:
            wrong.append("this call was not reached")
        inventory = inventory_of(case.action, played).with_more(mail.message())
        last_kept = bool(mail.slack) and not played.done
        inventory = replace(inventory, slack=mail.slack, last_kept=last_kept)
        if case.more:
            append(users, b"\n" * UNENDED.get(case.kind, 0) + MORE)
            inventory = replace(inventory.with_more(retrieved(MORE)), slack=2)
        wrong += wrong_afterwards(prover, users, inventory, passwords(case.action, played))
        if inode(users) != original:
            wrong.append("the maildrop's inode was replaced")
        return in_gap(case, wrong, mail.message()) if case.gap else wrong


def disturbed(prover, directory, case):
    """Play the action with the mail in its place; what it said, and the mail."""
    users, sent = directory / "Users", []

    def put(_):
        sent.append(other_mail(case.kind, case.action))
        append(users, sent[0].raw)

    if case.killed:
        played = case.action.play(prover, directory, case.point.kill())
        put(None)
    elif case.later:
        options = stop_after(case.point, case.later)
        played = case.action.play(prover, directory, options, (put, kill))
    else:
        played = case.action.play(prover, directory, stop_after(case.point), (put,))
    return played, sent[0]


def inventory_of(action, played):
    """What must be in the maildrop after the action has said this."""
    optional = []
    if isinstance(action, Recovery) and action.left.text():
        optional.append((retrieved(delivered(action.left.text())), (0, 1)))
    if action.text():
        how_often = (1,) if played.said == 0 else (0,) if played.refused else (0, 1)
        optional.append((retrieved(delivered(action.text())), how_often))
    return Inventory(
        before=tuple(undated(message) for message in action.start().retrieved()),
        removed=action.removed(),
        optional=tuple(optional),
        some=isinstance(played.said, str) and SOME_LEFT in played.said,
        gone=True if isinstance(action, Action) and played.done else None,
    )


def passwords(action, played):
    """Those that may open the maildrop."""
    changed = action.left if isinstance(action, Recovery) else action
    if changed.kind != "passwd":
        return (PASSWORD,)
    new = PASSWORDS[changed.what].decode()
    return (new,) if changed is action and played.done else (PASSWORD, new)


def in_gap(case, wrong, mail):
    """What is wrong, told apart as the gap's if it is just what a gap explains."""
    there = [what for what in wrong if not explained(case, what, mail)]
    if there or not wrong:
        return wrong
    words = sorted({what.split(":")[0] for what in wrong})
    return [InGap(f"{' and '.join(words)} before the {case.gap} of {case.action.kind}")]


def explained(case, what, mail):
    """Whether the gap explains it: before a cut, the other program's message is lost, and
    nothing else; before an append or room, a message without its end is not ended.
    """
    mine = f"({len(mail)})" in what and what.startswith("lost: ")
    if case.gap == "cut":
        return mine
    if case.kind in UNENDED or case.gap == "room":
        return what.startswith(("lost: ", "garbled or back: "))
    return case.later is not None and what.startswith("doubled: ")
