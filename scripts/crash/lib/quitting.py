"""Brings a session, of either launch style, to the moment before its QUIT."""

import contextlib
import os
import time

from .maildrop import NAME, PASSWORD
from .pop import WAIT, Closed
from .server import Inetd, Standalone, ended

LAUNCHES = ("inetd", "standalone")

# Seconds, more than the server allows for a file system's clock to stand still. A younger
# maildrop's notes are not believed, so without this two runs would not make the same calls.
CLOCK_GRAIN = 0.04


class Quitting:
    """A session that has logged in, read its first message, and marked some deleted."""

    def __init__(self, client, process, threads, noise):
        self.client, self.process, self.noise = client, process, noise
        self._threads_before = threads

    @property
    def pid(self):
        return self.process.pid

    @property
    def goes_on(self):
        """Whether the process outlives the session."""
        return self._threads_before is not None

    def work(self, numbers):
        if self.client.count():
            self.client.retr(1)
        for number in numbers:
            self.client.must(f"DELE {number}")

    def quit(self):
        """Send QUIT; the reply, or None where the connection closed without one."""
        self.client.send("QUIT")
        try:
            reply = self.client.line()
            self._until_closed()
            return reply
        except Closed:
            return None

    def _until_closed(self):
        with contextlib.suppress(Closed):
            self.client.line()

    def settle(self):
        """Wait until the session is over: its process, or its thread, has ended."""
        self.client.close()
        if not self.goes_on:
            ended(self.process)
            return
        await_end(self, self._threads_before)


def await_end(running, standing):
    """Wait until a process has no threads but its standing ones, or has ended."""
    end = time.monotonic() + WAIT
    while running.process.poll() is None and threads(running.pid) - standing:
        if time.monotonic() > end:
            raise Closed("the session's thread did not end")
        time.sleep(0.001)


def threads(pid):
    try:
        return set(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return set()


def standing_threads(server):
    """The threads that stay when no session is there, once the first session has shown
    that the accepting one runs."""
    client = server.connect()
    during = threads(server.pid)
    client.command("QUIT")
    client.close()
    end = time.monotonic() + WAIT
    while not threads(server.pid) < during:
        if time.monotonic() > end:
            raise Closed("the first session's thread did not end")
        time.sleep(0.001)
    return threads(server.pid)


def leave_notes(binary, users):
    """Let an earlier session leave its notes, old enough for the next one to believe them."""
    while time.time() - (users / NAME).stat().st_ctime < CLOCK_GRAIN:
        time.sleep(CLOCK_GRAIN / 4)
    with Inetd(binary, users) as session:
        session.login()
        session.client.must("QUIT")
        session.end()


@contextlib.contextmanager
def before_quit(binary, users, launch, numbers):
    with logged_in(binary, users, launch) as quitting:
        quitting.work(numbers)
        yield quitting


@contextlib.contextmanager
def logged_in(binary, users, launch):
    if launch == "inetd":
        with Inetd(binary, users) as session:
            session.login()
            yield Quitting(session.client, session.process, None, session.noise)
    else:
        with Standalone(binary, users) as server:
            others = standing_threads(server)
            client = server.connect()
            client.login(NAME, PASSWORD)
            yield Quitting(client, server.process, others, server.noise)
