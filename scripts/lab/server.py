"""A server of a page, started as it is typed there, and its transcripts."""

import re
import select
import shlex
import subprocess
import time
from pathlib import Path

from session import Trouble

SECONDS = 60  # until a server listens or a session has ended; here they take milliseconds
ENDED = re.compile(r"^ *[\d.]+ == end", re.M)


class Server:
    """A running server, and the directory of its transcripts."""

    def __init__(self, typed, directory):
        argv = shlex.split(typed)
        # Without transcripts nothing is shown of what it says, and no session's end is waited for.
        self.report = directory / argv[argv.index("--transcript") + 1] if "--transcript" in argv else None
        with open(directory / "log", "ab") as log:
            self.process = subprocess.Popen(argv, cwd=directory, stdout=subprocess.PIPE, stderr=log, text=True)
        readable = select.select([self.process.stdout], [], [], SECONDS)[0]
        said = self.process.stdout.readline() if readable else ""
        listening = re.match(r"listening on 127\.0\.0\.1:(\d+)$", said)
        if not listening:
            self.stop()
            raise Trouble(f"the server did not say where it listens, but {said!r}: {(directory / 'log').read_text()}")
        self.port = int(listening.group(1))

    def stop(self):
        self.process.terminate()
        self.process.wait(SECONDS)
        self.process.stdout.close()

    def files(self):
        """The transcripts in the order of their sessions: date, number, user."""
        found = self.report.iterdir() if self.report else []
        return sorted(found, key=lambda path: re.search(r"-(\d{4,})", path.stem[19:]).group(1))

    def wait_for_ends(self, still_open=0):
        """Waits until so many sessions are open: the end is the last line of a transcript."""
        until = time.monotonic() + SECONDS
        while sum(not ended(path) for path in self.files()) > still_open:
            if time.monotonic() > until:
                raise Trouble(f"more than {still_open} sessions did not end")
            time.sleep(0.002)

    def transcripts(self, after):
        """All but the first of them."""
        return "\n".join(path.read_text() for path in self.files()[after:])


def ended(path):
    try:
        return ENDED.search(Path(path).read_text()) is not None
    except FileNotFoundError:  # it was just named after its user
        return False
