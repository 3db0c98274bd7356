"""The works on 1 GB, one after the other on the same maildrop: logins, then ever more deletions.

Each session checks that the maildrop has as many messages as the sessions before have left. A change is
repeated: the first one may build what the server keeps of a maildrop, and the third and later ones use it.
"""

import os
import shutil
import statistics
import time

APPENDED = b"From bench@example.org Sat Nov 21 10:00:00 2026\nSubject: one more\n\nIt came meanwhile.\n\n"
MESSAGES = 100_000
DELETED = {
    "none": lambda messages: 0,
    "last": lambda messages: 1,
    "first": lambda messages: 1,
    "tenth": lambda messages: (messages + 9) // 10,
    "all": lambda messages: messages,
}


class Large:
    """A maildrop of many messages at a server, and what sessions do to it."""

    def __init__(self, world, server, user="large", messages=MESSAGES):
        self.world = world
        self.server = server
        self.user = user
        self.messages = messages

    def session(self, delete="none"):
        # What the last session left to be written must not be counted here.
        os.sync()
        found = self.world.load("session", self.server.address, self.user, delete)
        if found["messages"] != self.messages:
            raise RuntimeError(f"{self.server.name} has {found['messages']:.0f} messages, not {self.messages}")
        self.messages -= DELETED[delete](self.messages)
        return found

    def session_after_append(self, delete="none"):
        self.server.append(self.user, APPENDED)
        self.messages += 1
        return self.session(delete)

    def unchanged(self):
        return {"large-unchanged": self.session()["login"]}

    def retrieved(self):
        os.sync()
        found = self.world.load("retrieve", self.server.address, self.world.mail, self.user)
        return {"retr-all": found["ms"], "quit-retr-all": found["quit"]}

    def last(self):
        return repeated("quit-last", 5, lambda: self.session("last")["quit"])

    def appended(self):
        sessions = [self.session_after_append() for _ in range(4)]
        quits = iter([found["quit"] for found in sessions])
        return {"large-appended": sessions[0]["login"], **repeated("quit-new", 4, lambda: next(quits))}

    def appended_last(self):
        return {"quit-appended": self.session_after_append("last")["quit"]}

    def first(self):
        return repeated("quit-first", 3, lambda: self.session("first")["quit"])

    def tenth(self):
        return repeated("quit-tenth", 3, lambda: self.session("tenth")["quit"])

    def all(self):
        return {"quit-all": self.session("all")["quit"]}


def repeated(row, times, act):
    """The first time, and the median of the third and later."""
    values = [act() for _ in range(times)]
    return {row: values[0], f"{row}-again": statistics.median(values[2:])}


# In this order: what an append leaves to be done must not be counted twice.
STEPS = (
    (("large-unchanged",), Large.unchanged),
    (("retr-all", "quit-retr-all"), Large.retrieved),
    (("quit-last", "quit-last-again"), Large.last),
    (("large-appended", "quit-new", "quit-new-again"), Large.appended),
    (("quit-appended",), Large.appended_last),
    (("quit-first", "quit-first-again"), Large.first),
    (("quit-tenth", "quit-tenth-again"), Large.tenth),
    (("quit-all",), Large.all),
)
ROWS = ("large-first", *[row for rows, _ in STEPS for row in rows])
DIRTY_ROWS = ("large-unchanged", "quit-last", "quit-last-again", *STEPS[3][0], "quit-appended")


def mbox(wanted):
    """The steps that fill the wanted rows; a first login comes before all of them."""

    def work(world, server, _):
        world.renew(server, "large")
        large = Large(world, server)
        found = {"large-first": large.session()["login"]}
        for rows, step in STEPS:
            if set(rows) & set(wanted):
                found.update(step(large))
        return found

    return work


def dirty(wanted):
    """Only what differs from the careful kind."""
    steps = mbox([row for row in wanted if row in DIRTY_ROWS])

    def work(world, server, seconds):
        found = steps(world, server, seconds)
        del found["large-first"]
        return found

    return work


def maildir(world, server, _):
    """Only the logins: a Maildir is deleted from file by file, which is another work."""
    world.place(server, "large")
    server.forget("large")
    large = Large(world, server)
    return {"large-first": large.session()["login"], **large.unchanged()}


def million(world, server, _):
    """Ten times as many messages: what a QUIT costs that changes one of them."""
    world.renew(server, "million")
    large = Large(world, server, "million", 10 * MESSAGES)
    large.session()
    last = large.last()["quit-last-again"]
    return {"million-last": last, "million-new": large.appended()["quit-new-again"]}


def alone(world):
    """What the system alone takes: to count line ends, to cut the last message off, to cut all off."""
    found = {"large-first": world.load("count", world.mail / "large.mbox")["ms"]}
    path = world.scratch / "limit"
    with open(world.mail / "large.mbox", "rb") as source, open(path, "w+b") as file:
        shutil.copyfileobj(source, file, 1 << 20)
        file.flush()
        os.fsync(file.fileno())
        for row, left in (("quit-last", os.fstat(file.fileno()).st_size - 10_000), ("quit-all", 7)):
            os.sync()
            begun = time.monotonic()
            os.ftruncate(file.fileno(), left)
            os.fsync(file.fileno())
            found[row] = (time.monotonic() - begun) * 1000
    path.unlink()
    return {**found, "quit-last-again": found["quit-last"]}
