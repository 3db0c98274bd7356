"""Tries the points of a proof, many at once, and gives what came of them."""

import random
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from lib.harness import Harness


class InGap(str):
    """What went wrong in a gap that is left by design: it is counted and no failure."""


@dataclass
class Outcome:
    """One line of the table: how many points were tried, and every one that failed."""

    proof: str
    points: int
    failures: list
    seconds: float
    note: str = ""

    @property
    def passed(self):
        return self.points > 0 and not self.failures


@dataclass(frozen=True)
class Prover(Harness):
    jobs: int
    seed: int

    def every(self, work, points):
        """work(prover, point) for every point, `jobs` at a time, results in order."""
        points = list(points)
        chunk = max(1, min(16, len(points) // (4 * self.jobs)))
        return list(workers(self.jobs).map(partial(work, self), points, chunksize=chunk))

    def rest(self):
        """Let the processes end that `every` has started, and with them what they remember."""
        workers(self.jobs).shutdown()
        workers.cache_clear()

    def some(self, points, quick, kind=lambda point: None):
        """Every point, or if in a hurry so many of them, any; but one of each kind at least."""
        points = list(points)
        mixed = random.Random(self.seed).sample(points, len(points))
        kinds, first, others = set(), [], []
        for point in mixed:
            (others if kind(point) in kinds else first).append(point)
            kinds.add(kind(point))
        return first + others[: self.of(len(others), max(0, quick - len(first)))]

    def of_each_kind(self, points, kind):
        """Every point, or if in a hurry the first of each kind; in order."""
        if not self.quick:
            return list(points)
        firsts = {}
        for point in points:
            firsts.setdefault(kind(point), point)
        return list(firsts.values())

    def prove(self, name, judge, points, note=""):
        """Try every point; judge gives the list of what is wrong with it (want none)."""
        started = time.monotonic()
        points = list(points)
        verdicts = self.every(partial(_verdict, judge), points)
        failures, in_gaps = [], Counter()
        for point, wrong in zip(points, verdicts):
            in_gaps.update(what for what in wrong if isinstance(what, InGap))
            if any(not isinstance(what, InGap) for what in wrong):
                failures.append(f"{point}: {'; '.join(wrong)}")
        if in_gaps:
            counted = ", ".join(f"{number} x {what}" for what, number in sorted(in_gaps.items()))
            note = f"{note}; in the gaps left by design: {counted}".removeprefix("; ")
        return Outcome(name, len(points), failures, time.monotonic() - started, note)


@lru_cache(1)
def workers(jobs):
    return ProcessPoolExecutor(jobs)


def kind_of(case):
    """Kills of one kind leave the disk alike: see `Point.kind`."""
    return replace(case, point=None), case.point.kind


def _verdict(judge, prover, point):
    """What the judge finds wrong; whatever it raises is a failure of its point too."""
    try:
        return judge(prover, point)
    except Exception as failure:
        return [f"{type(failure).__name__}: {failure}"]
