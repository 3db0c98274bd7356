"""The rows of the table: what is measured, in which unit, and what is to be reached."""

from dataclasses import dataclass

PEERS = ("Dovecot mbox", "Dovecot Maildir", "popa3d")
DOVECOT = ("Dovecot mbox", "Dovecot Maildir")
MBOX = ("Dovecot mbox",)
POPA3D = ("popa3d",)
DIRTY = ("Dovecot dirty",)
CANNED = ("canned",)
ALONE = ("system alone",)


@dataclass(frozen=True)
class Goal:
    """So many times the best of these servers; without servers, so many units."""

    factor: float
    servers: tuple = ()


@dataclass(frozen=True)
class Row:
    name: str
    title: str
    unit: str
    goals: tuple

    @property
    def more_is_better(self):
        return self.unit in ("/s", "MB/s")

    def best(self, values):
        return max(values) if self.more_is_better else min(values)

    def met(self, value, bound):
        return value >= bound if self.more_is_better else value <= bound


ROWS = (
    Row("login", "login, STAT, QUIT; 8 clients", "/s", (Goal(4, DOVECOT), Goal(0.7, CANNED))),
    Row("cpu", "server's processor time per such session", "us", (Goal(0.2, MBOX),)),
    Row("retr-at-once", "RETR of 2.6 kB one by one, acknowledged at once", "/s", (Goal(0.9, CANNED),)),
    Row("retr-plain", "RETR of 2.6 kB one by one, plain client", "/s", (Goal(0.9, CANNED),)),
    Row("retr-pipelined", "RETR of 2.6 kB, pipelined", "/s", (Goal(3, PEERS),)),
    Row("big-normal", "one of 122 MB, lines of 72 octets", "MB/s", (Goal(1.5, POPA3D),)),
    Row("big-dots", "one of 122 MB, each line begins with a dot", "MB/s", (Goal(1.3, POPA3D),)),
    Row("big-short", "one of 122 MB, lines of 0 to 5 letters", "MB/s", (Goal(1.5, POPA3D),)),
    Row("list", "LIST of 100,000", "ms", (Goal(0.5, DOVECOT),)),
    Row("uidl", "UIDL of 100,000, ids known", "ms", (Goal(0.25, PEERS),)),
    Row("many-first", "first login, 30 MB of 100,000 messages", "ms", (Goal(1, POPA3D),)),
    Row("large-first", "first login, 1 GB of 100,000 messages", "ms", (Goal(0.03, MBOX), Goal(2, ALONE))),
    Row("large-unchanged", "login on that 1 GB, unchanged since", "ms", (Goal(0.15, MBOX),)),
    Row("large-appended", "login on that 1 GB, one appended", "ms", (Goal(0.15, DIRTY),)),
    Row("quit-last", "QUIT on that 1 GB deleting the last", "ms", (Goal(0.2, MBOX),)),
    Row("quit-appended", "QUIT on that 1 GB deleting one just appended", "ms", (Goal(0.2, MBOX),)),
    Row("quit-first", "QUIT on that 1 GB deleting the first", "ms", (Goal(1, MBOX),)),
    Row("quit-tenth", "QUIT on that 1 GB deleting every tenth", "ms", (Goal(1, MBOX),)),
    Row("quit-all", "QUIT on that 1 GB deleting all", "ms", (Goal(0.02, MBOX),)),
    Row("idle", "memory per idle session after login", "kB", (Goal(32),)),
)
NAMES = [row.name for row in ROWS]
