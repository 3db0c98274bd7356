"""Writes the messages of an mbox into a Maildir, a file each, in place of those that are there.

Usage: python3 maildir.py MBOX MAILDIR OWNER [ended]    (the last line of every message gets an end)
"""

import os
import re
import shutil
import sys
from pathlib import Path

FIRST, SECONDS_BETWEEN = 594_400_000, 60


def fill(mbox, maildir, owner, ended):
    shutil.rmtree(maildir, ignore_errors=True)
    for part in ("", "tmp", "cur", "new"):
        os.mkdir(maildir / part, 0o700)
        os.chown(maildir / part, owner, owner)
    messages = re.split(rb"(?m)^From .*\n", mbox.read_bytes())[1:]
    for at, message in enumerate(messages):
        # The blank line before a separator belongs to no message.
        message = message[:-1] if message.endswith(b"\n\n") else message
        if ended and not message.endswith(b"\n"):
            message += b"\n"
        # Servers sort by name or by time.
        seconds = FIRST + at * SECONDS_BETWEEN
        path = maildir / "new" / f"{seconds}.{at:02}.dewey"
        path.write_bytes(message)
        os.chown(path, owner, owner)
        os.utime(path, (seconds, seconds))


if __name__ == "__main__":
    fill(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), "ended" in sys.argv[4:])
