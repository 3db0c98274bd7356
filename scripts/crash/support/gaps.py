"""Finds, in a trace, where the maildrop is written, and the gaps left to a writer without a lock.

Such a gap is between a look at the size of the maildrop and the call that relies on it, where
that call is the very next one: a truncation, or a write at the end.
"""

import re

from .inject import CALL, points
from .maildrop import NAME

LOOKS = ("fstat", "newfstatat", "statx", "lseek")
ON_MAILDROP = re.compile(rf"\((?:\d+|AT_FDCWD)<[^>]*/{NAME}>")
SIZE = re.compile(r"st(?:x)?_size=(\d+)")
TRUNCATE = re.compile(r", (\d+)\) += ")
PWRITE = re.compile(r", (\d+), (\d+)\) += \d+")
NAMES_OF_FILES = ("-y",)  # strace's option that this needs
WRITES = ("write", "pwrite64")


def first_write(trace):
    """The first write to the maildrop, as a point."""
    lines = [line for line in trace.splitlines() if CALL.match(line)]
    at = next(n for n, l in enumerate(lines) if ON_MAILDROP.search(l) and CALL.match(l)[2] in WRITES)
    return points("\n".join(lines[: at + 1]), WRITES)[-1]


def gaps(trace, reached):
    """{point: what follows it} for every point after which such a gap begins."""
    found, lines = {}, [line for line in trace.splitlines() if CALL.match(line)]
    for at, (line, after) in enumerate(zip(lines, lines[1:]), 1):
        if CALL.match(line)[2] in LOOKS and ON_MAILDROP.search(line) and ON_MAILDROP.search(after):
            if what := relies_on_size(line, after):
                point = points("\n".join(lines[:at]))[-1]
                found |= {point: what} if point in reached else {}
    return found


def relies_on_size(look, after):
    name, size = CALL.match(after)[2], SIZE.search(look)
    if name == "ftruncate":
        longer = size and int(TRUNCATE.search(after)[1]) > int(size[1])
        return "room" if longer else "cut"
    if name == "write":
        return "append"
    written = PWRITE.search(after)
    if name == "pwrite64" and size and written:
        length, offset = map(int, written.groups())
        return "room" if length + offset > int(size[1]) else None
    return None
