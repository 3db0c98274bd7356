"""The works, one function each: it is given the world, a server and how long, and gives values by row."""

import os
import statistics
import subprocess

import build
from peers.pop1081 import Pop1081
from world import LETTERS, SMALL

CLIENTS = 8


def login(world, server, seconds):
    for user in SMALL[:CLIENTS]:
        world.place(server, user)
    world.load("logins", server.address, "small", CLIENTS, 0.2)
    before = server.processor_seconds()
    found = world.load("logins", server.address, "small", CLIENTS, 2 * seconds)
    used = server.processor_seconds() - before
    return {"login": found["rate"], "cpu": used / found["sessions"] * 1e6}


def retr_at_once(world, server, seconds):
    return {"retr-at-once": retr(world, server, "letters", seconds, "at-once")["rate"]}


def retr_plain(world, server, seconds):
    return {"retr-plain": retr(world, server, "letters", seconds, "plain")["rate"]}


def retr_together(world, server, seconds):
    for user in LETTERS:
        known(world, server, user)
    found = world.load("together", server.address, world.mail, "letters", len(LETTERS), seconds)
    return {"retr-together": found["rate"]}


def emptied(world, server, _):
    """Users with ten messages who fetch and delete all, and get ten new ones; four times."""
    users, sessions = SMALL[:20], []
    octets = (world.mail / "small.mbox").read_bytes()
    for turn in range(4):
        for user in users:
            if turn == 0:
                world.renew(server, user)
            else:
                server.append(user, octets)
        os.sync()
        sessions.append(world.load("empty", server.address, world.mail, "small", len(users)))
    world.placed -= {(server.name, user) for user in users}
    quits = [found["quit"] for found in sessions]
    again = statistics.median(found["session"] for found in sessions[2:])
    return {"empty": again, "empty-quit": quits[0], "empty-quit-again": statistics.median(quits[2:])}


def pipelined(world, server, seconds):
    known(world, server, "letters")
    found = world.load("pipelined", server.address, world.mail, "letters", seconds)
    return {"retr-pipelined": found["rate"]}


def big(lines):
    def work(world, server, seconds):
        return {f"big-{lines}": retr(world, server, lines, seconds, "at-once")["megabytes"]}

    return work


def retr(world, server, user, seconds, client):
    known(world, server, user)
    return world.load("retr", server.address, world.mail, user, seconds, client)


def listing(command):
    def work(world, server, _):
        known(world, server, "many", ids=True)
        found = world.load("listing", server.address, world.mail, "many", command, 5)
        return {command.lower(): found["ms"]}

    return work


def known(world, server, user, ids=False):
    """See to it that the server has opened this maildrop before, and given its ids."""
    if server.name == "canned" or (server.name, user, ids) in world.placed:
        return
    world.place(server, user)
    world.load("session", server.address, user, "none")
    if ids:
        world.load("listing", server.address, world.mail, user, "UIDL", 1)
    world.placed.add((server.name, user, ids))


def many_first(world, server, _):
    world.renew(server, "many")
    return {"many-first": world.load("session", server.address, "many", "none")["login"]}


def idle(world, server, _):
    """How memory grows from a tenth of the sessions to all of them."""
    sessions = 1000 if isinstance(server, Pop1081) else 100
    for user in SMALL[:sessions]:
        world.place(server, user)
    # What earlier clients made the server allocate must not hide what these do.
    server.stop()
    server.start()
    command = [str(build.load()), "idle", server.address, "small", str(sessions)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holding:
        few = held(server, holding, sessions // 10)
        holding.stdin.write("\n")
        holding.stdin.flush()
        all_of_them = held(server, holding, sessions)
        holding.stdin.close()
    return {"idle": (all_of_them - few) / (sessions - sessions // 10) / 1000}


def held(server, holding, sessions):
    """The server's memory with so many sessions."""
    if holding.stdout.readline() != f"held {sessions}\n":
        raise RuntimeError(f"{server.name} does not hold {sessions} sessions")
    return server.memory()


def verify(world, server, user):
    """The pass that looks at every octet."""
    known(world, server, user, ids=user == "many")
    world.load("verify", server.address, world.mail, user)
