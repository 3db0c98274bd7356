"""Cuts the power while a command of `pop1081 user` runs: every state of the disk that may be left."""

import random
from dataclasses import dataclass
from pathlib import Path

from . import cuts, disk
from .disk import Said
from .kept import keep
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


def states_of(prover, case, prepare, run, keeping=None, variant=list):
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
    found = cuts.states(root, variant(recorded.operations), dice, STATES[prover.quick])
    return [Cut(case, state, said, kept) for state, said in found.values()]
