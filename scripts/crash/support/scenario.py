"""Traced runs whose power may be cut: what they did to the disk, and what they promised."""

from dataclasses import dataclass

from lib.pop import Closed

from . import disk
from .inject import points, prefix
from .maildrop import NAME, Maildrop
from .programs import Inetd, deliver
from .quitting import leave_notes
from .record import Record

EVERYTHING = ("-xx", "-s", "16777216")
TO_DISK = ("fsync", "fdatasync", "unlink", "unlinkat")


@dataclass(frozen=True)
class Run:
    """One process: a session that deletes `numbers` and sends QUIT, or a delivery of `text`."""

    numbers: tuple = ()
    text: bytes = b""

    def __str__(self):
        if self.text:
            return f"a delivery of {len(self.text)} octets"
        return f"QUIT with {len(self.numbers)} deleted"

    def on(self, maildrop):
        """What it makes of a maildrop."""
        if self.text:
            return maildrop.with_delivery(self.text)
        return maildrop.without(self.numbers)


@dataclass(frozen=True)
class Scenario:
    """A run on a maildrop, or one that is killed at a point and another that recovers it."""

    maildrop: Maildrop
    runs: tuple
    notes: bool = False
    killed: object = None  # where the first of two runs is

    def __str__(self):
        known = ", notes known" if self.notes else ""
        killed = f" killed at {self.killed}" if self.killed else ""
        return f"{self.runs[0]}{killed}{known}" + "".join(f", then {r}" for r in self.runs[1:])

    def maildrops(self):
        """What may be found after a power cut; the last one is what is promised."""
        found = {"before": self.maildrop}
        for number, run in enumerate(self.runs):
            found[("after", "after both")[number]] = run.on(list(found.values())[-1])
        return found


def record(prover, scenario):
    """Play a scenario under strace: the tree at the start, and every operation on it."""
    with prover.directory() as directory:
        users = directory / "Users"
        scenario.maildrop.write(users)
        if scenario.notes:
            leave_notes(prover.binary, users)
        root = disk.read(users)
        recorded = Record(users, root)
        for number, run in enumerate(scenario.runs):
            kill = scenario.killed.kill() if scenario.killed and number == 0 else ()
            recorded.run(traced(prover, directory, run, (*EVERYTHING, *kill)))
        agree(users, recorded)
        return root, recorded.operations


def agree(users, recorded):
    """The operations must lead to the very tree that stands there, or nothing is proved."""
    state = disk.at_cut(recorded.root, recorded.operations, len(recorded.operations))
    for operation in list(state.operations):
        state.take(disk.Sync(operation.node))
    if disk.contents(state) != disk.contents(disk.Pending(disk.read(users))):
        raise ValueError("the recorded operations do not lead to what is on the disk")


def killable(prover, scenario):
    """Where a first run can be killed so that its redo file stands: before each call after
    the commit that makes something durable or removes something."""
    with prover.directory() as directory:
        scenario.maildrop.write(directory / "Users")
        trace = traced(prover, directory, scenario.runs[0], ())
        return points(trace, TO_DISK, rf"rename.*{NAME}\.redo")


def traced(prover, directory, run, options):
    """The trace of one run from its start to its end."""
    users, log = directory / "Users", directory / "trace"
    if run.text:
        deliver(prover.binary, users, run.text, prefix(log, options))
        return log.read_text("latin-1")
    with Inetd(prover.binary, users, prefix(log, options)) as session:
        session.login()
        session.client.retr(1)
        for number in run.numbers:
            session.client.must(f"DELE {number}")
        try:
            session.client.must("QUIT")
        except Closed:
            pass  # killed there, as the scenario wants
        session.end()
    return log.read_text("latin-1")
