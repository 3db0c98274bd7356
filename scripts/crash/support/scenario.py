"""Traced runs whose power may be cut: what they did to the disk, and what they promised."""

from dataclasses import dataclass

from lib.pop import Closed

from . import disk
from .gaps import NAMES_OF_FILES
from .inject import points, prefix
from .kept import keep
from .maildrop import NAME, Maildrop
from .programs import Inetd, deliver
from .quitting import leave_notes
from .record import Record

EVERYTHING = ("-xx", "-s", "16777216")
TO_DISK = ("fsync", "fdatasync", "ftruncate", "pwrite64", "write", "rename", "unlink")


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
        """What may be found after a power cut."""
        first, *second = self.runs
        found = {"before": self.maildrop, "after": first.on(self.maildrop)}
        if second:
            # A change that was killed may have been settled as one that never happened.
            found["after the second"] = second[0].on(self.maildrop)
            found["after both"] = second[0].on(found["after"])
        return found

    def promised(self):
        """Which of them may be there once the last run has said that it is done."""
        found = self.maildrops()
        return {word: found[word] for word in list(found)[-len(self.runs) :]}


def record(prover, scenario, keeping):
    """Play a scenario under strace: the tree at the start, every operation on it, and the
    maildrop, kept in the directory `keeping`."""
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
        return root, recorded.operations, keep(users, keeping)


def agree(users, recorded):
    """The operations must lead to the very tree that stands there, or nothing is proved."""
    state = disk.at_cut(recorded.root, recorded.operations, len(recorded.operations))
    for operation in list(state.operations):
        state.take(disk.Sync(operation.node))
    if disk.contents(state) != disk.contents(disk.Pending(disk.read(users))):
        raise ValueError("the recorded operations do not lead to what is on the disk")


def killable(prover, scenario):
    """Where a first run can be killed so that its change is unfinished: before each call after
    the commit that changes something on the disk or makes it durable."""
    with prover.directory() as directory:
        scenario.maildrop.write(directory / "Users")
        trace = traced(prover, directory, scenario.runs[0], NAMES_OF_FILES)
        return points(trace, TO_DISK, rf"fdatasync.*{NAME}\.lock")


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
