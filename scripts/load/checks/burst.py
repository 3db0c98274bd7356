"""A lab in which everybody connects at the same moment."""

import selectors
import socket
import time

from support.figures import at_most, exactly, percentile
from support.maildrops import make_users, maildrop
from lib.server import Server

CLIENTS = 2000


def run(harness):
    with harness.directory() as directory:
        users = make_users(directory, ["u"], maildrop(1))
        with Server(harness.binary, users, "--max-sessions", "0") as server:
            burst(server.address, 100)
            connected, greeted = burst(server.address, CLIENTS)
            yield exactly(f"{CLIENTS} connects at once: greeted", CLIENTS, len(greeted))
            yield at_most("  connected after, p50", 1000, percentile(connected, 50) * 1000, "ms", 1)
            yield at_most("  connected after, the last one", 1000, max(connected) * 1000, "ms", 1)
            yield at_most("  greeted after, p50", 3000, percentile(greeted, 50) * 1000, "ms", 1)
            yield at_most("  greeted after, the last one", 3000, max(greeted) * 1000, "ms", 1)


def burst(address, count):
    """Seconds from each client's connect to its connection, and to its greeting."""
    watch = selectors.DefaultSelector()
    sockets = [socket.socket() for _ in range(count)]
    begun, connected, greeted = {}, [], []
    for sock in sockets:
        sock.setblocking(False)
        begun[sock] = time.monotonic()
        sock.connect_ex(address)
        watch.register(sock, selectors.EVENT_WRITE)
    end = time.monotonic() + 20
    while watch.get_map() and time.monotonic() < end:
        for key, events in watch.select(1):
            waited = time.monotonic() - begun[key.fileobj]
            if events & selectors.EVENT_WRITE:
                connected.append(waited)
                watch.modify(key.fileobj, selectors.EVENT_READ)
            elif key.fileobj.recv(512).startswith(b"+OK dewey"):
                greeted.append(waited)
                watch.unregister(key.fileobj)
            else:
                watch.unregister(key.fileobj)
    for sock in sockets:
        sock.close()
    return connected, greeted
