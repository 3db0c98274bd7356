"""Runs the program under proof: an inetd session, a standalone server, a delivery, `user`."""

import os
import select
import socket
import subprocess
import tempfile
from pathlib import Path

from lib.pop import WAIT, Client
from lib.server import Log, Server

from .maildrop import NAME, PASSWORD, SENDER

# The C library gives memory back, or does not, as addresses fall; two runs must make the
# same calls.
ENVIRONMENT = {**os.environ, "MALLOC_TRIM_THRESHOLD_": str(1 << 40), "RUST_BACKTRACE": "0"}


# A session gives its socket another timeout where the time left until its login deadline, a
# minute, has changed by a second; a shorter autologout is always the same.
ANY_TIME = ("--autologout", "30")


class Hung(Exception):
    """A process did not end in its time."""


class Inetd:
    """One session as inetd starts it: descriptors 0 and 1 are one socket."""

    def __init__(self, binary, users, prefix=(), options=()):
        ours, theirs = socket.socketpair()
        self.log = Log(users)
        command = [*prefix, binary, "inetd", "--users", str(users), "--hostname", "dewey", *options]
        with theirs:
            self.process = subprocess.Popen(
                command,
                stdin=theirs,
                stdout=theirs,
                stderr=self.log.file,
                env=ENVIRONMENT,
            )
        self.client = Client(ours)

    @property
    def pid(self):
        return self.process.pid

    def greeting(self):
        return self.client.line()

    def login(self):
        self.greeting()
        return self.client.login(NAME, PASSWORD)

    def kill(self):
        self.process.kill()

    def end(self):
        """Close our end, wait for theirs; the exit status, minus the signal if killed."""
        self.client.close()
        return ended(self.process)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close()
        if self.process.poll() is None:
            try:
                ended(self.process)
            except Hung:
                pass


def standalone(binary, users):
    """A server that any number of clients may use at once."""
    options = ("--max-sessions", "0", "--max-per-host", "0")
    return Server(binary, users, *options, environment=ENVIRONMENT)


def deliver(binary, users, letter, prefix=()):
    """Run one delivery to its end; its exit status and its log."""
    process, log = deliver_process(binary, users, letter, prefix)
    return ended(process, 2 * WAIT), log


def deliver_process(binary, users, letter, prefix=()):
    command = [*prefix, binary, "deliver", "--users", str(users), "-f", SENDER, NAME]
    return fed_from_file(command, users, letter)


def account(binary, users, task, password=b"", prefix=(), name=NAME):
    """Run `pop1081 user` with this task to its end; its exit status and its log."""
    process, log = account_process(binary, users, task, password, prefix, name)
    return ended(process, 2 * WAIT), log


def account_process(binary, users, task, password=b"", prefix=(), name=NAME):
    """The same, begun; the user is `name`, or nobody."""
    command = [*prefix, binary, "user", *task, "--users", str(users), *filter(None, [name])]
    return fed_from_file(command, users, password + b"\n")


def fed_from_file(command, users, octets):
    """A process whose standard input is a file, so that its reads are the same each time."""
    log = Log(users)
    with tempfile.TemporaryFile(dir=Path(users).parent) as text:
        text.write(octets)
        text.seek(0)
        process = subprocess.Popen(
            command, stdin=text, stdout=subprocess.DEVNULL, stderr=log.file, env=ENVIRONMENT
        )
    return process, log


def ended(process, wait=WAIT):
    """Wait for the end of a process; its status."""
    if not ends(process, wait):
        process.kill()
        process.wait()
        raise Hung(f"{' '.join(process.args)} did not end in time")
    return process.wait()


def ends(process, wait):
    """Whether the process ends within so many seconds."""
    if process.poll() is not None:
        return True
    watched = os.pidfd_open(process.pid)
    try:
        return bool(select.select([watched], [], [], wait)[0])
    finally:
        os.close(watched)
