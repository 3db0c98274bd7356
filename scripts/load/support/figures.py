"""The figures that a check gives, and the table that shows them."""

from dataclasses import dataclass

ROW = "{:<62} | {:<19} | {:<35} | {}"


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    what: str
    wanted: str
    measured: str
    passed: bool


def at_most(what, limit, value, unit="", digits=0):
    """A figure that must not be larger."""
    wanted, measured = f"<= {limit} {unit}", f"{value:.{digits}f} {unit}"
    return Figure(what, wanted.strip(), measured.strip(), value <= limit)


def exactly(what, wanted, value):
    return Figure(what, str(wanted), str(value), value == wanted)


def percentile(values, percent):
    """The value that so many percent of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


class Table:
    """Prints figures as they come, and counts them."""

    def __init__(self):
        self.passed = self.failed = 0
        print(ROW.format("what", "wanted", "measured", "verdict"))
        print("-" * 132, flush=True)

    def add_all(self, figures):
        for figure in figures:
            verdict = "passed" if figure.passed else "FAILED"
            print(ROW.format(figure.what, figure.wanted, figure.measured, verdict), flush=True)
            self.passed += figure.passed
            self.failed += not figure.passed

    def close(self, seconds):
        """The last line; the exit status."""
        print(f"{self.passed} passed, {self.failed} failed in {seconds:.0f} s", flush=True)
        return 0 if self.passed and not self.failed else 1
