"""What the steps of the day share: the users, their mail programs, the server, the refusals that were heard."""

import re
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lib.pop import Client

from . import tree
from .ledger import Ledger
from .programs import KINDS, Programs
from .tree import LOG, USERS, must, until

PASSWORD = "open-sesame"  # the file that nmh reads has no place for a blank
SETPRIV = "/usr/local/share/doc/pop1081/examples/setpriv"
SERVER = ("127.0.0.1", 110)


class Day:
    def __init__(self, binary, package):
        self.binary, self.package = binary, package
        self.machine = tree.Machine()
        self.ledger = Ledger()
        self.programs = Programs(self.machine, self.ledger, PASSWORD)
        self.people = [f"pupil{number:02}" for number in range(1, 31)]
        self.refusals = set()  # who said it, and what
        self.postfix = None
        self.server = None

    def add_user(self, name, user, codes=(0,)):
        typed = f"{PASSWORD}\n".encode()
        return self.machine.run("pop1081", "user", "add", "-u", USERS, name, stdin=typed, user=user, codes=codes)

    def mail_comes(self, octets=0):
        """A message for all, and for a third of them one that somebody wrote to in capitals; not yet delivered."""
        self.postfix.send(self.ledger.write(self.people, octets), self.people)
        for user in self.people[::3]:
            self.postfix.submit(self.ledger.write([user], octets), user.upper())

    def everybody_fetches(self, turn=0):
        """Each with a program of another kind, six at a time; mail comes meanwhile."""
        with ThreadPoolExecutor(7) as pool:
            arriving = pool.submit(self.mail_comes)
            kinds = {user: KINDS[(at + turn) % len(KINDS)] for at, user in enumerate(self.people)}
            fetched = sum(pool.map(lambda user: self.programs.fetch(user, kinds[user]), self.people))
            arriving.result()
        self.postfix.deliver_all()
        return f"thirty fetch {fetched} messages with {', '.join(KINDS)}"

    def start(self):
        """The standalone server, by the shipped script, with one capability and no root."""
        self.server = self.machine.spawn("env", "RUST_LOG=debug", SETPRIV, "--hostname", "dewey", "--log", LOG)
        until("the server listens on port 110", lambda: tree.listens(110) or self.server.poll() is not None)
        must(f"the server does not start: {self.said()}", self.server.poll() is None)

    def terminate(self):
        """TERM; gives the exit code."""
        self.server.send_signal(signal.SIGTERM)
        return self.server.wait(tree.SECONDS)

    def said(self):
        return read(self.machine.scratch / "said")[-400:]

    def refused(self, who, said):
        self.refusals.add((who, re.sub(r"pupil\d+", "pupilNN", said).replace("\n", "; ")))

    def evidence(self):
        """What was said when a step failed."""
        logs = [self.machine.scratch / "said", LOG, Path("/var/log/postfix.log")]
        return "\n".join(f"--- {path}\n{read(path)[-1200:]}" for path in logs if path.exists())


def login(user):
    """A session of this user, held open."""
    return Client.connect(SERVER).greeted().login(user, PASSWORD)


def fetch_and_mark(client):
    """Every message there, each marked as deleted."""
    messages = client.retr_all()
    for number in range(1, len(messages) + 1):
        client.must(f"DELE {number}")
    return messages


def fill(directory):
    """Take all that is left of the disk; gives the file."""
    filling = directory / "filling"
    with open(filling, "ab", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            return filling


def read(path):
    return Path(path).read_text(encoding="utf-8", errors="backslashreplace")
