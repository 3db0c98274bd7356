"""The works on 1 GB, one after the other on the same maildrop: logins, then ever more deletions."""

import os

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


def maildir(world, server, _):
    """Only the logins: a Maildir is deleted from file by file, which is another work."""
    world.place(server, "large")
    server.forget("large")
    first = session(world, server)["login"]
    return {"large-first": first, "large-unchanged": session(world, server)["login"]}


def mbox(wanted):
    """The steps that are wanted; a first login comes before all of them."""

    def work(world, server, _):
        world.renew(server, "large")
        found = {"large-first": session(world, server)["login"]}
        for step in wanted:
            found[step] = one(world, server, step)
        return found

    return work


def dirty(wanted):
    """Only what differs from the careful kind."""
    steps = mbox([step for step in wanted if step in STEPS[:4]])

    def work(world, server, _):
        found = steps(world, server, _)
        del found["large-first"]
        return found

    return work


def one(world, server, step):
    # What the last step left to be written is not this one's affair.
    os.sync()
    if step == "large-unchanged":
        session(world, server)
        return session(world, server)["login"]
    if step == "large-appended":
        server.append("large", APPENDED)
        return session(world, server)["login"]
    if step == "quit-appended":
        server.append("large", APPENDED)
    return session(world, server, DELETES[step])["quit"]


def session(world, server, delete="none"):
    return world.load("session", server.address, "large", delete)
