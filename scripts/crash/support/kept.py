"""The maildrop of a recorded run, kept so that every state of its disk has the very same inode.

After a power cut a maildrop is the file that it was; in a tree that is made anew it would be
another one, as after a restore from a backup, and the server tells the two apart.
"""

import contextlib
import fcntl
import os
from pathlib import Path

from . import disk
from .maildrop import NAME


def keep(users, directory):
    """Move the maildrop of a run that is over there; its path."""
    path = Path(directory) / os.urandom(8).hex()
    os.rename(Path(users) / NAME, path)
    return path


@contextlib.contextmanager
def standing(state, kept, users):
    """The state as a real tree, the kept file as its maildrop; one state at a time."""
    with open(kept.with_suffix(".lock"), "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        disk.build(state, users)
        with open(kept, "r+b") as maildrop:
            maildrop.truncate(0)
            maildrop.write(state[NAME])
        os.rename(kept, users / NAME)
        try:
            yield
        finally:
            os.rename(users / NAME, kept)
