"""Writers that are not ours: `cat` under flock(1), and `cat` without any lock."""

import shlex
import subprocess
import tempfile
from pathlib import Path

from .maildrop import NAME, raw_message

FOREIGN = raw_message(9, b"from another program")


def append_under_flock(users, raw):
    """flock(1) on the maildrop, then cat; whether the message is there."""
    return _append(users, raw, ("flock", str(Path(users) / NAME)))


def append_lockless(users, raw):
    """Plain cat; whether the message is there."""
    return _append(users, raw, ())


def _append(users, raw, before):
    command = f"cat >> {shlex.quote(str(Path(users) / NAME))}"
    with tempfile.TemporaryFile(dir=Path(users).parent) as text:
        text.write(raw)
        text.seek(0)
        return subprocess.run([*before, "sh", "-c", command], stdin=text).returncode == 0
