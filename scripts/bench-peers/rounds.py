"""Plays every work against every server that it is for, in turn, so many rounds; gives the medians."""

import statistics
import sys
import time
from collections import defaultdict

import large
import programs
import works
from rows import NAMES
from world import World

FETCHED = ("pop1081", "canned", "Dovecot mbox", "popa3d")
ALL = (*FETCHED, "Dovecot Maildir")
COLUMNS = (*ALL, "Dovecot dirty", "system alone")
STORING = ("pop1081", "Dovecot mbox", "popa3d")


def plan(wanted):
    """(rows that it fills, servers, work) of each work."""
    return (
        (("login", "cpu"), ALL, works.login),
        (("retr-at-once",), FETCHED, works.retr_at_once),
        (("retr-plain",), FETCHED, works.retr_plain),
        (("retr-pipelined",), FETCHED, works.pipelined),
        (("big-normal",), FETCHED, works.big("normal")),
        (("big-dots",), FETCHED, works.big("dots")),
        (("big-short",), FETCHED, works.big("short")),
        (("list",), FETCHED, works.listing("LIST")),
        (("uidl",), FETCHED, works.listing("UIDL")),
        (("retr-together",), FETCHED, works.retr_together),
        (("empty", "empty-quit", "empty-quit-again"), STORING, works.emptied),
        (("many-first",), STORING, works.many_first),
        (("uidl-first",), STORING, programs.uidl_first("many", "uidl-first")),
        (("uidl-million",), ("pop1081", "popa3d"), programs.uidl_first("million", "uidl-million")),
        (("million-listed", "million-quit", "million-after"), ("pop1081", "popa3d"), programs.memory),
        (("million-last", "million-new"), ("pop1081",), large.million),
        (large.ROWS, ("pop1081", "Dovecot mbox"), large.mbox(wanted)),
        (large.DIRTY_ROWS, ("Dovecot dirty",), large.dirty(wanted)),
        (("large-first", "large-unchanged"), ("Dovecot Maildir",), large.maildir),
        (("deliver",), ("pop1081", "Dovecot mbox"), programs.deliver(1, "deliver")),
        (("deliver-eight",), ("pop1081", "Dovecot mbox"), programs.deliver(8, "deliver-eight")),
        (("inetd", "inetd-static"), ("pop1081", "popa3d"), programs.inetd(wanted)),
        (("idle",), ("pop1081", "Dovecot mbox", "popa3d"), works.idle),
    )


class Results:
    """Values by row and server; the medians of the rounds."""

    def __init__(self, chosen):
        self.chosen = chosen
        self.values = defaultdict(list)
        self.verified = []

    def add(self, row, server, value):
        self.values[row, server].append(value)

    def median(self, row, server):
        values = self.values.get((row, server))
        return statistics.median(values) if values else None

    def servers(self):
        found = dict.fromkeys(server for _, server in self.values)
        return [name for name in ("pop1081", "before", *COLUMNS[1:]) if name in found]


def play(world: World, chosen):
    results = Results(chosen)
    if not chosen.quick:
        verify(world, chosen, results)
    for rows, names, work in plan(chosen.only or NAMES):
        servers = world.having(*names)
        if servers and (not chosen.only or set(rows) & set(chosen.only)):
            measure(world, chosen, results, (rows, servers, work))
    return results


def measure(world, chosen, results, what):
    rows, servers, work = what
    begun = time.monotonic()
    for turn in range(chosen.rounds):
        for at in range(len(servers)):
            server = servers[(at + turn) % len(servers)]
            keep(results, chosen, server.name, work(world, server, 0.3 if chosen.quick else 1))
        if "quit-all" in rows:
            keep(results, chosen, "system alone", large.alone(world))
    say(f"{time.monotonic() - begun:6.1f} s  {', '.join(rows)}")
    for row in rows:
        medians = {server: results.median(row, server) for server in results.servers()}
        said = [f"{server} {value:.5g}" for server, value in medians.items() if value is not None]
        say(f"          {row}: {', '.join(said)}")


def keep(results, chosen, server, found):
    for row, value in found.items():
        if not chosen.only or row in chosen.only:
            results.add(row, server, value)


def verify(world, chosen, results):
    """Every octet of every message is as it was made, from every server whose messages are fetched; of the
    1 GB, of which only numbers are asked otherwise, from pop1081."""
    for user, rows in (
        ("letters", ("retr-at-once", "retr-plain", "retr-pipelined")),
        ("normal", ("big-normal",)),
        ("dots", ("big-dots",)),
        ("short", ("big-short",)),
        ("many", ("list", "uidl", "uidl-first")),
        ("large", large.ROWS),
    ):
        if chosen.only and not set(rows) & set(chosen.only):
            continue
        for server in world.having(*(("pop1081",) if user == "large" else FETCHED)):
            begun = time.monotonic()
            works.verify(world, server, user)
            results.verified.append((server.name, user))
            say(f"{time.monotonic() - begun:6.1f} s  verified: {server.name}, {user}")


def say(line):
    print(line, file=sys.stderr, flush=True)
