"""The table that the run prints, line by line as the proofs end, and its verdict."""

ROW = "{:<60} | {:>7} | {:>8} | {:>7}"


class Table:
    def __init__(self, show):
        self.show = show
        self.passed = self.failed = 0
        print(ROW.format("proof", "points", "failures", "seconds"))
        print("-" * 91, flush=True)

    def add(self, outcome):
        seconds = f"{outcome.seconds:.1f}"
        row = ROW.format(outcome.proof, outcome.points, len(outcome.failures), seconds)
        print(row, flush=True)
        self._explain(outcome)
        if outcome.passed:
            self.passed += 1
        else:
            self.failed += 1

    def _explain(self, outcome):
        if outcome.note:
            print(f"    {outcome.note}")
        for failure in outcome.failures[: self.show]:
            print(f"    FAILED {' '.join(failure.split())}")
        if len(outcome.failures) > self.show:
            print(f"    and {len(outcome.failures) - self.show} more")
        if not outcome.points:
            print("    FAILED nothing was tried")

    def close(self):
        """The last line; the exit status."""
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        return 0 if self.passed and not self.failed else 1
