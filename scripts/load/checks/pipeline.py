"""A client that sends commands without waiting: every reply in its place, memory flat."""

import threading
import time

from support.figures import at_most, exactly
from support.maildrops import PASSWORD, make_users
from lib.server import Server

MESSAGES = 1000


def sizes():
    """A maildrop whose messages all differ in length, and the replies to LIST 1, LIST 2, ..."""
    text, replies = [b"pw\n"], []
    for number in range(1, MESSAGES + 1):
        text.append(b"From m Tue Nov  1 09:05:00 1988\n" + b"x" * number + b"\n\n")
        replies.append(b"+OK %d %d\r\n" % (number, number + 2))
    return b"".join(text), b"".join(replies)


def run(harness):
    rounds = harness.of(1000, 100)
    text, replies = sizes()
    commands = b"".join(b"LIST %d\r\n" % number for number in range(1, MESSAGES + 1))
    with harness.directory() as directory:
        users = make_users(directory, ["u"], text)
        with Server(harness.binary, users) as server, server.connect().greeted() as client:
            client.login("u", PASSWORD)
            sender = threading.Thread(target=send, args=(client.sock, commands, rounds))
            begun, spent = time.monotonic(), server.seconds()
            sender.start()
            right, memory = 0, []
            for _ in range(rounds):
                right += exact(client.sock, len(replies)) == replies
                memory.append(server.memory())
            sender.join()
            seconds, spent = time.monotonic() - begun, server.seconds() - spent
            count = rounds * MESSAGES
            what = f"{count} pipelined commands: replies in order"
            yield exactly(what, count, right * MESSAGES)
            growth = memory[-1] - memory[rounds // 10]
            yield at_most("  growth of memory after the first tenth", 1, growth, "MB", 2)
            each = spent / count * 1e6
            yield at_most("  processor time of the server for each", 10, each, "us", 2)
            yield at_most("  time in all", 30, seconds, "s", 1)


def send(sock, commands, rounds):
    for _ in range(rounds):
        sock.sendall(commands)


def exact(sock, length):
    octets = bytearray()
    while len(octets) < length:
        part = sock.recv(length - len(octets))
        if not part:
            break
        octets += part
    return bytes(octets)
