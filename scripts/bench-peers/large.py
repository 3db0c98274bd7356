"""The works on 1 GB, one after the other on the same maildrop: logins, then ever more deletions.

Each session looks whether the maildrop has as many messages as the sessions before have left.
"""

import os
import shutil
import time

APPENDED = b"From bench@example.org Sat Nov 21 10:00:00 2026\nSubject: one more\n\nIt came meanwhile.\n\n"
# In this order: what an append leaves to be done must not be counted twice.
DELETES = {
    "quit-last": "last",
    "quit-appended": "last",
    "quit-first": "first",
    "quit-tenth": "tenth",
    "quit-all": "all",
}
STEPS = ("large-unchanged", "quit-last", "large-appended", *list(DELETES)[1:])
MESSAGES = 100_000
DELETED = {
    "none": lambda messages: 0,
    "last": lambda messages: 1,
    "first": lambda messages: 1,
    "tenth": lambda messages: (messages + 9) // 10,
    "all": lambda messages: messages,
}


class Large:
    """The maildrop of 1 GB at a server."""

    def __init__(self, world, server):
        self.world = world
        self.server = server
        self.messages = MESSAGES

    def session(self, delete="none"):
        found = self.world.load("session", self.server.address, "large", delete)
        if found["messages"] != self.messages:
            raise RuntimeError(f"{self.server.name} has {found['messages']:.0f} messages, not {self.messages}")
        self.messages -= DELETED[delete](self.messages)
        return found

    def append(self):
        self.server.append("large", APPENDED)
        self.messages += 1

    def step(self, name):
        # Else the octets that the last step left to be written would count for this one.
        os.sync()
        if name == "large-unchanged":
            self.session()
        if name in ("large-appended", "quit-appended"):
            self.append()
        if name in DELETES:
            return self.session(DELETES[name])["quit"]
        return self.session()["login"]


def maildir(world, server, _):
    """Only the logins: a Maildir is deleted from file by file, which is another work."""
    world.place(server, "large")
    server.forget("large")
    large = Large(world, server)
    first = large.session()["login"]
    return {"large-first": first, "large-unchanged": large.step("large-unchanged")}


def mbox(wanted):
    """The steps that are wanted; a first login comes before all of them."""

    def work(world, server, _):
        world.renew(server, "large")
        large = Large(world, server)
        first = large.session()["login"]
        return {"large-first": first, **{name: large.step(name) for name in wanted}}

    return work


def dirty(wanted):
    """Only what differs from the careful kind."""
    steps = mbox([name for name in wanted if name in STEPS[:4]])

    def work(world, server, seconds):
        found = steps(world, server, seconds)
        del found["large-first"]
        return found

    return work


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
    return found
