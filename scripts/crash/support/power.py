"""Cuts the power while a command of `pop1081 user` runs: every state of the disk that may be left."""

import random
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from . import cuts, disk
from .disk import Said
from .kept import keep
from .prover import Outcome
from .record import Record
from .scenario import agree

STATES = {True: 100, False: 1000}  # of one power cut at most, quick or not


@dataclass(frozen=True)
class Cut:
    """One state of the disk, and what was said before."""

    case: object
    state: dict
    said: str
    kept: Path

    def __str__(self):
        return f"{self.case}: {cuts.digest(self.state).hex()[:12]} {self.said}"


@dataclass(frozen=True)
class Variant:
    """A run that makes other calls, which must be found out: what `change` makes of its operations."""

    change: object
    case: object

    def __str__(self):
        return f"{self.change.__name__} in {self.case}"


def found_out(prover, name, states_of, judge, variants):
    """A line of the table: every variant must leave a state with which the judge finds something
    wrong. `states_of(keeping, prover, case, change)` gives the states of one."""
    started = time.monotonic()
    firsts = prover.every(partial(first_wrong, states_of, judge), variants)
    failures = [f"{variant} passed" for variant, first in zip(variants, firsts) if first is None]
    note = ", ".join(f"{variant} ({first})" for variant, first in zip(variants, firsts))
    return Outcome(name, len(variants), failures, time.monotonic() - started, f"by so many states: {note}")


def first_wrong(states_of, judge, prover, variant):
    """How many of its states, in any order, are tried until one is wrong; None where none is."""
    with prover.directory() as keeping:
        states = states_of(keeping, prover, variant.case, variant.change)
        random.Random(prover.seed).shuffle(states)
        return next((number for number, cut in enumerate(states, 1) if judge(prover, cut)), None)


def states_of(prover, case, prepare, run, keeping=None, change=list):
    """Every state of the disk after a power cut at any point of `run(directory)`, or of a variant
    of it that makes other calls; `run` leaves its trace. Large files are kept in `keeping`."""
    with prover.directory() as directory:
        users = directory / "Users"
        prepare(directory)
        root = disk.read(users)
        recorded = Record(users, root)
        run(directory)
        recorded.run((directory / "trace").read_text("latin-1"))
        agree(users, recorded)
        kept = keep(users, keeping) if keeping else None
    if not any(isinstance(operation, Said) for operation in recorded.operations):
        raise RuntimeError("the trace does not show that it was said to be done")
    dice = random.Random(f"{prover.seed} {case}")
    found = cuts.states(root, change(recorded.operations), dice, STATES[prover.quick])
    return [Cut(case, state, said, kept) for state, said in found.values()]
