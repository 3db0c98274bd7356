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
    """So many times the best of these servers, in this row or another; without servers, so many units."""

    factor: float
    servers: tuple = ()
    row: str = ""


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


LAST = Goal(2, ("pop1081",), "quit-last-again")
NEW = Goal(2, ("pop1081",), "quit-new-again")

ROWS = (
    Row("login", "login, STAT, QUIT; 8 clients", "/s", (Goal(4, DOVECOT), Goal(0.7, CANNED))),
    Row("cpu", "server's processor time per login, STAT, QUIT", "us", (Goal(0.2, MBOX),)),
    Row("retr-at-once", "RETR of 2.6 kB one by one, acknowledged at once", "/s", (Goal(0.9, CANNED),)),
    Row("retr-plain", "RETR of 2.6 kB one by one, plain client", "/s", (Goal(0.9, CANNED),)),
    Row("retr-together", "RETR of 2.6 kB one by one, 8 sessions at once", "/s", (Goal(0.85, CANNED),)),
    Row("retr-pipelined", "RETR of 2.6 kB, pipelined", "/s", (Goal(3, PEERS),)),
    Row("big-normal", "one of 122 MB, lines of 72 octets", "MB/s", (Goal(1.5, POPA3D),)),
    Row("big-dots", "one of 122 MB, each line begins with a dot", "MB/s", (Goal(1.3, POPA3D),)),
    Row("big-short", "one of 122 MB, lines of 0 to 5 letters", "MB/s", (Goal(1.5, POPA3D),)),
    Row("list", "LIST of 100,000", "ms", (Goal(0.5, DOVECOT),)),
    Row("uidl", "UIDL of 100,000, ids known", "ms", (Goal(0.25, PEERS),)),
    Row("many-first", "first login, 30 MB of 100,000 messages", "ms", (Goal(1, POPA3D),)),
    Row("uidl-first", "first login and UIDL, 30 MB of 100,000 messages", "ms", (Goal(1, POPA3D),)),
    Row("uidl-million", "first login and UIDL, 1,000,000 messages", "ms", (Goal(1, POPA3D),)),
    Row("large-first", "first login, 1 GB of 100,000 messages", "ms", (Goal(0.03, MBOX), Goal(2, ALONE))),
    Row("large-unchanged", "login on that 1 GB, unchanged since", "ms", (Goal(0.15, MBOX),)),
    Row("large-appended", "login on that 1 GB, one appended", "ms", (Goal(0.15, DIRTY),)),
    Row("retr-all", "RETR of all of that 1 GB and QUIT", "ms", (Goal(1, MBOX),)),
    Row("quit-retr-all", "QUIT on that 1 GB after RETR of all", "ms", (Goal(1, MBOX),)),
    Row("quit-last", "QUIT on that 1 GB deleting the last", "ms", (Goal(0.2, MBOX),)),
    Row("quit-last-again", "QUIT on that 1 GB deleting the last, 3rd time and later", "ms", (Goal(0.7, MBOX), Goal(2))),
    Row("quit-new", "QUIT on that 1 GB after one new message", "ms", (Goal(0.7, MBOX),)),
    Row("quit-new-again", "QUIT on that 1 GB after one new message, 3rd time and later", "ms", (Goal(0.7, MBOX), Goal(2))),
    Row("quit-appended", "QUIT on that 1 GB deleting one just appended", "ms", (Goal(0.2, MBOX),)),
    Row("quit-first", "QUIT on that 1 GB deleting the first", "ms", (Goal(0.35, MBOX),)),
    Row("quit-first-again", "QUIT on that 1 GB deleting the first, 3rd time", "ms", (Goal(0.35, MBOX),)),
    Row("quit-tenth", "QUIT on that 1 GB deleting every tenth", "ms", (Goal(0.35, MBOX),)),
    Row("quit-tenth-again", "QUIT on that 1 GB deleting every tenth, 3rd time", "ms", (Goal(0.35, MBOX),)),
    Row("quit-all", "QUIT on that 1 GB deleting all", "ms", (Goal(1.1, ALONE),)),
    Row("million-last", "QUIT on 1,000,000 messages deleting the last, 3rd time and later", "ms", (LAST,)),
    Row("million-new", "QUIT on 1,000,000 messages after one new message, 3rd time and later", "ms", (NEW,)),
    Row("empty", "RETR and DELE of ten messages and QUIT, 3rd time and later", "ms", (Goal(1, PEERS),)),
    Row("empty-quit", "QUIT after RETR and DELE of ten messages", "ms", (Goal(1, PEERS),)),
    Row("empty-quit-again", "QUIT after RETR and DELE of ten messages, 3rd time and later", "ms", (Goal(1, PEERS),)),
    Row("deliver", "deliveries one after the other", "/s", (Goal(4, MBOX),)),
    Row("deliver-eight", "deliveries to one user, eight at once", "/s", (Goal(4, MBOX), Goal(800))),
    Row("inetd", "login, STAT, QUIT under tcpserver; 2 clients", "/s", (Goal(1, POPA3D),)),
    Row("inetd-static", "login, STAT, QUIT under tcpserver, statically linked", "/s", (Goal(1.25, ("pop1081",), "inetd"),)),
    Row("million-listed", "memory after LIST and UIDL of 1,000,000 messages", "octets/message", (Goal(64),)),
    Row("million-quit", "memory during QUIT of 1,000,000 messages", "octets/message", (Goal(64),)),
    Row("million-after", "memory kept after a session of 1,000,000 messages", "octets/message", (Goal(4),)),
    Row("idle", "memory per idle session after login", "kB", (Goal(32),)),
)
NAMES = [row.name for row in ROWS]


def advantage(row, results):
    """How many times better than the best peer: above 1 is better, whichever way the unit goes."""
    ours = results.median(row.name, "pop1081")
    medians = [results.median(row.name, name) for name in (*PEERS, *DIRTY)]
    medians = [median for median in medians if median is not None]
    if not ours or not medians:
        return None
    best = row.best(medians)
    return ours / best if row.more_is_better else best / ours


def peers_ahead_first(results):
    """The rows that have a value, those in which a peer is ahead before all others."""
    measured = [row for row in ROWS if any(of == row.name for of, _ in results.values)]
    return sorted(measured, key=lambda row: (advantage(row, results) or 1) >= 1)
