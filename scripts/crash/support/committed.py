"""A delivery that was committed, and nothing of it was written."""

import re

from .gaps import NAMES_OF_FILES, first_write
from .inject import prefix
from .maildrop import NAME, SENDER, delivered, ended
from .programs import deliver

DATE = re.compile(rf"From {SENDER} ([A-Z].. [A-Z].. .. \S+ \d{{4}})")
LONG = ("-s", "128")  # octets that strace shows


def committed(prover, directory, text):
    """Kill a delivery to the maildrop that is there right before it appends; what it was about to append."""
    users = directory / "Users"
    before = (users / NAME).read_bytes()
    point = first_write(deliveries_trace(prover, directory, text, NAMES_OF_FILES))
    for path in users.glob(".pop1081/*"):
        path.unlink()
    (users / NAME).write_bytes(before)
    trace = deliveries_trace(prover, directory, text, (*LONG, *point.kill()))
    if (users / NAME).read_bytes() != before:
        raise RuntimeError("something was written before the append")
    separator = f"From {SENDER} {DATE.findall(trace)[-1]}".encode()
    lacking = ended(before)[len(before) :]
    return lacking + separator + b"\n" + delivered(text).split(b"\n", 1)[1]


def deliveries_trace(prover, directory, text, options):
    trace = directory / "trace"
    deliver(prover.binary, directory / "Users", text, prefix(trace, options))
    return trace.read_text("latin-1")
