"""Two faults at once: mail of another program, and a call that fails or a disk that is full.

A call of an action fails, once or from then on; the mail comes right then, or before, or
after the end. Then the same on a really full disk, where the other program has just made room
enough for its own mail. What was refused must not be there, and what was done must; every
other message must be there once and whole.
"""

import json
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

if __name__ == "__main__":
    HERE = Path(__file__).resolve()
    sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[2])]

from support import small_disk
from support.actions import PASSWORDS, Action, NotReached, calls_in, calls_of
from support.afterwards import wrong_afterwards
from support.inject import TAMPERED, Point
from support.othermail import KINDS, append, other_mail
from support.prover import InGap, Outcome, Prover
from support.quitting import leave_notes
from support.stops import stop_after
from proofs.fail_call import CALLS
from proofs import other_writer
from proofs.other_writer import in_gap, inventory_of, passwords

ACTIONS = [Action("QUIT", what, True) for what in ("the first", "a middle", "the last", "all")]
ACTIONS += [Action("delivery", "small"), Action("delivery", "300 kB")]
ACTIONS += [Action("passwd", what) for what in PASSWORDS]
SMALL_ACTIONS = [replace(action, large=False) for action in ACTIONS if action.what != "300 kB"]
ERRORS = ("ENOSPC", "EIO", "EDQUOT")
MOMENTS = ("at it", "before it", "after the end", "after the end, it fails from then on")
QUICK = 300
DISKS = 4
ROUNDS = {True: 120, False: 2000}
PAGES_LEFT = (0, 0, 0, 1, 1, 2, 3, 5, 8)


@dataclass(frozen=True)
class Case:
    action: Action
    point: Point
    prior: Point  # the call before
    error: str
    kind: str
    moment: str

    def __str__(self):
        return f"{self.action}: {self.point} gives {self.error}, mail ({self.kind}) {self.moment}"

    def options(self):
        """strace's options, and whether the process stops for the mail."""
        when = f"{self.point.number}+" if "from then on" in self.moment else self.point.number
        inject = f"inject={self.point.name}:error={self.error}:when={when}"
        if self.moment == "at it":
            return ("-e", f"{inject}:signal=STOP"), True
        if self.moment == "before it":
            return (*stop_after(self.prior), "-e", inject), True
        return ("-e", inject), False

    def possible(self):
        """strace can't do two different things with one kind of call."""
        return self.moment != "before it" or self.prior.name != self.point.name


def run(prover):
    """A line of the table for failing calls, and one for the full disk."""
    found = prover.every(calls_of, ACTIONS)
    cases = [
        Case(action, point, prior, error, kind, moment)
        for action, reached in zip(ACTIONS, found)
        for (prior, _), (point, _) in zip(reached, reached[1:])
        if point.name in CALLS
        for error in ERRORS
        for kind in KINDS
        for moment in MOMENTS
    ]
    cases = [case for case in cases if case.possible()]
    yield prover.prove("other mail where a call fails", survives, prover.some(cases, QUICK))
    yield full_disks(prover)


def full_disks(prover):
    """Some rounds on each of several small disks."""
    started, each = time.monotonic(), ROUNDS[prover.quick] // DISKS
    played = prover.every(partial(on_small_disk, each), range(DISKS))
    failures = [failure for found, _ in played for failure in found]
    said = sum((Counter(said) for _, said in played), Counter())
    note = ", ".join(f"{number} {word}" for word, number in sorted(said.items()))
    return Outcome("other mail on a full disk", DISKS * each, failures, time.monotonic() - started, note)


def on_small_disk(rounds, prover, number):
    with prover.directory() as directory:
        return small_disk.run(__file__, prover.binary, directory / "Users", f"{prover.seed} {number}", rounds)


def survives(prover, case):
    with prover.directory() as directory:
        users = directory / "Users"
        case.action.prepare(prover, users)
        mail = other_mail(case.kind, case.action)
        options, stops = case.options()
        try:
            at_stop = (lambda _: append(users, mail.raw),) if stops else ()
            played = case.action.play(prover, directory, options, at_stop)
        except NotReached as failure:
            return [str(failure)]
        wrong = played.log.panics()
        if TAMPERED not in played.trace and case.moment != "before it":  # which may lead elsewhere
            wrong.append("this call was not reached")
        if not stops:
            append(users, mail.raw)
        return wrong + judged(prover, users, case.action, played, mail)


def judged(prover, users, action, played, mail):
    inventory = replace(inventory_of(action, played).with_more(mail.message()), slack=mail.slack)
    wrong = wrong_afterwards(prover, users, inventory, passwords(action, played))
    return wrong


class Rounds:
    """Actions on the small disk, with mail of another program after one of their calls."""

    def __init__(self, prover, users):
        self.prover, self.users = prover, users
        self.dice = random.Random(prover.seed)
        self.failures = []
        self.said = {"done": 0, "refused": 0}

    def play(self, rounds):
        for number in range(rounds):
            action, kind = self.dice.choice(SMALL_ACTIONS), self.dice.choice(KINDS[:-1])
            known = self.dice.random() < 0.7
            self._prepare(action, known)
            point, gap = self.dice.choice(calls_in(self.prover, self.users.parent, action))
            self._prepare(action, known)
            pages = self.dice.choice(PAGES_LEFT)
            small_disk.fill(self.users, pages)
            case, mail = other_writer.Case(action, kind, point, gap), other_mail(kind, action)
            wrong = self._survives(action, point, pages, mail)
            wrong = in_gap(case, wrong, mail.message()) if gap else wrong
            if any(not isinstance(what, InGap) for what in wrong):
                self.failures.append(f"{number}: {case}, {pages} pages left: {'; '.join(wrong)}")

    def _prepare(self, action, known):
        for path in self.users.glob(".pop1081/*"):
            path.unlink()
        small_disk.empty(self.users)
        action.prepare(self.prover, self.users)
        if known:
            leave_notes(self.prover.binary, self.users)

    def _survives(self, action, point, pages, mail):
        put = []

        def make_room_and_put(_=None):
            put.append(mail)
            small_disk.fill(self.users, pages + 2 + len(mail.raw) // 4096)
            append(self.users, mail.raw)
            small_disk.fill(self.users, pages)

        directory = self.users.parent
        try:
            played = action.play(self.prover, directory, stop_after(point), (make_room_and_put,))
        except NotReached:
            return []  # the full disk has led elsewhere
        self.said["done" if played.done else "refused"] += 1
        small_disk.empty(self.users)
        return played.log.panics() + judged(self.prover, self.users, action, played, mail)


def main():
    binary, users, seed, rounds = sys.argv[1:]
    prover = Prover(binary, Path(users).parent, False, 1, seed)
    played = Rounds(prover, Path(users))
    played.play(int(rounds))
    json.dump([played.failures, played.said], sys.stdout)


if __name__ == "__main__":
    main()
