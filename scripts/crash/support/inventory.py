"""Which messages must be in a maildrop, which may be, and what is wrong with those that are.

A message that must be there and is not is lost; one that is there more often than it may be
is doubled; one that nobody sent is garbled. Of the messages that one QUIT was to remove
either all are there or none, unless it said that only some were removed.
"""

import itertools
from collections import Counter
from dataclasses import dataclass, replace

from .maildrop import undated

SOME_LEFT = "some deleted messages not removed"


@dataclass(frozen=True)
class Inventory:
    """Messages as RETR gives them."""

    before: tuple  # all messages of the maildrop at the start
    removed: tuple = ()  # numbers of those that may be gone
    wanted: tuple = ()  # messages of others that must be there once more
    optional: tuple = ()  # pairs of a message and how often it may be there
    slack: int = 0  # empty lines that others may have put behind a message
    some: bool = False  # of those to be removed any may be left
    last_kept: bool = False  # the last one may be left, which looked as if it were being written
    gone: object = None  # whether they must be gone; None: either

    def choices(self):
        """Everything that may be there, as (messages of the start, Counter of all)."""
        for left in self._left():
            kept = tuple(m for n, m in enumerate(self.before, 1) if n not in self.removed or n in left)
            for numbers in itertools.product(*(count for _, count in self.optional)):
                found = Counter(kept) + Counter(self.wanted)
                for (message, _), number in zip(self.optional, numbers):
                    found[message] += number
                yield kept, +found

    def _left(self):
        """The sets of messages to be removed that may still be there."""
        if not self.removed:
            return [()]
        if self.some:
            sizes = range(len(self.removed) + 1)
            return [left for size in sizes for left in itertools.combinations(self.removed, size)]
        left_alone = [self.removed[-1:]] if self.last_kept else []
        return left_alone + [left for left, gone in (((), True), (self.removed, False)) if self.gone in (None, gone)]

    def wrong_with(self, fetched):
        """What is wrong with the messages of a session, the least that explains it."""
        found = [self._known(message) for message in fetched]
        reports = []
        for kept, expected in self.choices():
            report = differences(Counter(found), expected)
            if not report and found[: len(kept)] != list(kept):
                report = ["another order"]
            if not report:
                return []
            reports.append(report)
        return min(reports, key=len)

    def _known(self, octets):
        """The message without the empty lines that another program has put behind it."""
        known = {*self.before, *self.wanted, *(message for message, _ in self.optional)}
        if octets in known:
            return octets
        octets = shorter = undated(octets)
        for _ in range(self.slack + 1):
            if shorter in known:
                return shorter
            shorter = shorter.removesuffix(b"\r\n")
        return octets

    def with_more(self, message):
        return replace(self, wanted=(*self.wanted, message))


def differences(found, expected):
    report = []
    for message, number in (expected - found).items():
        report += [f"lost: {shown(message)}"] * number
    for message, number in (found - expected).items():
        word = "doubled" if message in expected else "garbled or back"
        report += [f"{word}: {shown(message)}"] * number
    return report


def shown(message):
    start, end = message[:40], message[-24:]
    return f"{start!r}…{end!r} ({len(message)})"
