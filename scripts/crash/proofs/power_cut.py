"""Cuts the power at every point of a QUIT, a delivery and a recovery.

From the trace of a real run follow the legal states of the disk after a cut (see `cuts`);
each is built as a real directory. A login on it, and a delivery on it, must show the
maildrop before or after and nothing else; where +OK or exit 0 was said, the one after.

Then the proof is proved: the same runs with their fsyncs, or those of directories, or a
single one, struck out of the trace, or with the reply moved before them, must be found out.
"""

import random
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from support import cuts, power
from support.compare import judge
from support.disk import Link, Said, Sync
from support.kept import standing
from support.maildrop import letter, sample
from support.programs import deliver
from support.scenario import Run, Scenario, killable, record
from proofs.kill_delivery import LARGE, SMALL, no_line_end
from proofs.kill_quit import DELETIONS

LATER = letter(b"later")
NEXT = letter(b"next", 2000)
EACH = {True: 50, False: 2000}  # states of one cut at most, quick or not
OF_WRONG_ONES = {True: 150, False: 2000}
QUICK = 500  # states of each line

# Without the fsync after one of these no mail is in danger: the sidecar is a cache.
NOT_NEEDED = ("write mrose.new", "rename mrose.new", "write mrose.state")


@dataclass(frozen=True)
class Cut:
    """One state of the disk, what may be found on it, and what was promised before."""

    scenario: Scenario
    state: dict
    said: str
    kept: Path

    def __str__(self):
        said = f", {self.said} was said" if self.said else ""
        return f"{self.scenario}: {cuts.digest(self.state).hex()[:12]}{said}"

    def allowed(self):
        return self.scenario.promised() if self.said else self.scenario.maildrops()


def run(prover):
    """One line of the table for each kind of run, and one for the deliberately wrong ones."""
    with prover.directory() as keeping:
        yield from lines(prover, keeping)


def lines(prover, keeping):
    quits = [Scenario(sample(20_000), (Run(n),)) for n in DELETIONS.values()]
    quits.append(Scenario(sample(20_000), (Run((1, 3, 5)),), notes=True))
    quits.append(Scenario(sample(1_400_000), (Run((1, 5)),)))  # too much to be compared whole
    yield prove(prover, keeping, "QUIT", quits)
    yield prove(prover, keeping, "a delivery", deliveries())
    finished = [*recoveries(prover, Run((1, 3))), *recoveries(prover, Run(text=SMALL))]
    yield prove(prover, keeping, "a recovery", finished)
    yield power.found_out(prover, "wrong variants found out", states_of, survives, list(variants(prover, keeping)))


def deliveries():
    onto = sample(2000)
    return [
        Scenario(onto, (Run(text=SMALL),)),
        Scenario(onto, (Run(text=SMALL),), notes=True),
        Scenario(onto, (Run(text=LARGE),)),
        Scenario(no_line_end(), (Run(text=NEXT),), notes=True),
    ]


def recoveries(prover, first):
    """The first run killed after its commit, and finished by a login or by a delivery."""
    killed = killable(prover, Scenario(sample(20_000), (first,)))
    return [
        Scenario(sample(20_000), (first, second), killed=point)
        for point in killed
        for second in (Run(), Run(text=NEXT))
    ]


def prove(prover, keeping, name, scenarios):
    points = [cut for found in prover.every(partial(cuts_of, keeping), scenarios) for cut in found]
    points = prover.some(points, QUICK)  # mixed: those of one scenario can't be tried at once
    note = f"{len(scenarios)} runs, each state with a login and with a delivery"
    return prover.prove(f"power cut at any point of {name}", survives, points, note)


def cuts_of(keeping, prover, scenario):
    return cuts_in(prover, scenario, *record(prover, scenario, keeping), EACH)


def cuts_in(prover, scenario, root, operations, kept, each):
    dice = random.Random(f"{prover.seed} {scenario}")
    found = cuts.states(root, operations, dice, each[prover.quick])
    return [Cut(scenario, state, said, kept) for state, said in found.values()]


def survives(prover, cut):
    allowed = cut.allowed()
    with prover.directory() as directory, standing(cut.state, cut.kept, directory / "Users"):
        _, wrong = judge(prover.binary, directory / "Users", allowed)
    with prover.directory() as directory, standing(cut.state, cut.kept, directory / "Users"):
        status, log = deliver(prover.binary, directory / "Users", LATER)
        if status != 0:
            return [*wrong, f"a delivery then gives {status}: {log.text()[:200]}"]
        later = {word: maildrop.with_delivery(LATER) for word, maildrop in allowed.items()}
        _, more = judge(prover.binary, directory / "Users", later)
        return [*wrong, *(f"with a delivery: {what}" for what in more)]


def no_fsync(operations):
    return [o for o in operations if not isinstance(o, Sync)]


def no_directory_fsync(operations):
    return [o for o in operations if not (isinstance(o, Sync) and o.node.is_directory)]


def reply_before_fsync(operations):
    said = [o for o in operations if isinstance(o, Said)]
    others = [o for o in operations if not isinstance(o, Said)]
    first = next(n for n, o in enumerate(others) if isinstance(o, Sync))
    return others[:first] + said + others[first:]


@dataclass(frozen=True)
class Lacking:
    """Without one of the flushes: the one at this place among all operations."""

    at: int
    after: str

    @property
    def __name__(self):
        return f"no fsync after {self.after}"

    def __call__(self, operations):
        return operations[: self.at] + operations[self.at + 1 :]


def variants(prover, keeping):
    """Every wrong variant of a QUIT and of a delivery."""
    for run in (Run((1, 3)), Run(text=letter(b"sectors", 10_000))):
        scenario = Scenario(sample(20_000), (run,))
        root, operations, _ = record(prover, scenario, keeping)
        changes = [no_fsync, no_directory_fsync, reply_before_fsync, *lacking_one(root, operations)]
        yield from (power.Variant(change, scenario) for change in changes)


def states_of(keeping, prover, scenario, change):
    root, operations, kept = record(prover, scenario, keeping)
    return cuts_in(prover, scenario, root, change(operations), kept, OF_WRONG_ONES)


def lacking_one(root, operations):
    """Each of the fsyncs that are needed, to be left out."""
    names, prior = names_of(root, operations), None
    for at, operation in enumerate(operations):
        if isinstance(operation, Sync):
            what = getattr(prior, "name", None) or names.get(prior.node)
            after = f"{type(prior).__name__.lower()} {what}"
            if after not in NOT_NEEDED:
                yield Lacking(at, after)
        prior = operation


def names_of(root, operations):
    names = {child: name for name, child in root.entries.items()}
    return names | {o.child: o.name for o in operations if isinstance(o, Link)}
