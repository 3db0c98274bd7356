"""Tries the points of a proof, many at once, and gives what came of them."""

import random
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

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
        with ProcessPoolExecutor(self.jobs) as pool:
            return list(pool.map(partial(work, self), points, chunksize=chunk))

    def some(self, points, quick):
        """Every point, or if in a hurry so many of them, any."""
        points = list(points)
        return random.Random(self.seed).sample(points, min(self.of(len(points), quick), len(points)))

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


def _verdict(judge, prover, point):
    """What the judge finds wrong; whatever it raises is a failure of its point too."""
    try:
        return judge(prover, point)
    except Exception as failure:
        return [f"{type(failure).__name__}: {failure}"]
