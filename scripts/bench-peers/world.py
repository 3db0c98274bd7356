"""What is measured: the servers, started together, each with maildrops of its own in the scratch directory."""

import shutil
import subprocess

import build
from peers.accounts import Accounts
from peers.dovecot import Dovecot
from peers.install import dovecot, popa3d
from peers.popa3d import Popa3d
from peers.pop1081 import Announcing, Pop1081

SMALL = [f"small{number}" for number in range(1, 1001)]
LETTERS = [f"letters{number}" for number in range(1, 9)]
USERS = [*SMALL, *LETTERS, "letters", "normal", "dots", "short", "many", "large", "million"]
DOVECOT_PORTS = {"mbox": 1110, "Maildir": 1111, "dirty": 1113}
SERVERS = ("pop1081", "canned", *(f"Dovecot {kind}" for kind in DOVECOT_PORTS), "popa3d")
LOAD_SECONDS = 150


class Canned(Announcing):
    """The load generator's own server."""

    name = "canned"

    def __init__(self, base, seed):
        super().__init__(base)
        self.seed = seed

    def start(self):
        self.start_announcing([build.load(), "canned", self.seed])


class World:
    def __init__(self, chosen):
        self.scratch = chosen.scratch
        self.mail = chosen.scratch / "mail"
        self.seed = chosen.seed
        self.servers = [self.make(name, chosen) for name in chosen.servers or SERVERS]
        if chosen.before:
            self.servers.insert(1, Pop1081(self.scratch / "before", chosen.before.resolve(), "before"))
        self.placed = set()

    def make(self, name, chosen):
        base = self.scratch / name.replace(" ", "-")
        if name == "pop1081":
            return Pop1081(base, build.server(chosen))
        if name == "canned":
            return Canned(base, self.seed)
        if name == "popa3d":
            accounts = Accounts(self.scratch / "accounts", ["popa3d", *USERS])
            accounts.make(["popa3d"])
            return Popa3d(base, popa3d(self.scratch / "peers"), accounts)
        kind = name.split()[1]
        return Dovecot(base, dovecot(), kind, DOVECOT_PORTS[kind], USERS)

    def __enter__(self):
        try:
            for server in self.servers:
                server.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for server in self.servers:
            server.stop()

    def having(self, *names):
        """The servers of these names, with the other pop1081 beside the first."""
        return [s for s in self.servers if s.name in names or (s.name == "before" and "pop1081" in names)]

    def place(self, server, user):
        """Give the user's maildrop to a server that has not had it in this run."""
        if (server.name, user) not in self.placed:
            self.renew(server, user)
            self.placed.add((server.name, user))

    def renew(self, server, user):
        """Give the user's maildrop to a server, as it was made, and nothing known about it."""
        kind = user.rstrip("0123456789")
        if server.name == "canned":
            return
        if server.name == "Dovecot Maildir":
            self.renew_maildir(server, user, kind)
        else:
            server.put(user, self.mail / f"{kind}.mbox")

    def renew_maildir(self, server, user, kind):
        server.forget(user)
        maildir = server.maildrop(user)
        made, wanted = maildir / "made", f"{build.MAILDROPS} {self.seed}"
        if made.exists() and made.read_text(encoding="ascii") == wanted:
            return
        shutil.rmtree(maildir, ignore_errors=True)
        self.load("maildir", kind, self.seed, maildir)
        made.write_text(wanted, encoding="ascii")
        owner = "{}:{}".format(*server.owner(user))
        subprocess.run(["chown", "-R", owner, maildir], check=True)

    def load(self, *words):
        """Run the load generator; what it measured, by name."""
        command = [str(build.load()), *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=LOAD_SECONDS, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return {name: float(value) for name, value in map(str.split, done.stdout.splitlines())}
