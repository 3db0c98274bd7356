"""Brings a session, of either launch style, to the moment before its QUIT."""

import contextlib
import time

from lib.pop import Closed

from .activity import Activity
from .maildrop import NAME, PASSWORD
from .programs import Inetd, ended, standalone

LAUNCHES = ("inetd", "standalone")

# Seconds, more than the server allows for a file system's clock to stand still. A maildrop
# changed since then is read again, so without this two runs would not make the same calls.
CLOCK_GRAIN = 0.025


class Quitting:
    """A session that has logged in, read its first message, and marked some deleted."""

    def __init__(self, client, process, log, activity=None):
        self.client, self.process, self.log = client, process, log
        self._activity = activity

    @property
    def pid(self):
        return self.process.pid

    @property
    def goes_on(self):
        """Whether the process outlives the session."""
        return self._activity is not None

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
        """Wait until the session is over: its process has ended, or the server rests."""
        self.client.close()
        if self.goes_on:
            self._activity.await_clients(0)
        else:
            ended(self.process)


def settle(users):
    """Wait until the maildrop's times tell all changes apart that come from now on."""
    while (age := time.time() - (users / NAME).stat().st_ctime) < CLOCK_GRAIN:
        time.sleep(CLOCK_GRAIN - age)


def leave_notes(binary, users):
    """Let an earlier session leave its sidecar, which the next one believes."""
    settle(users)
    with Inetd(binary, users) as session:
        session.login()
        session.client.must("QUIT")
        session.end()


@contextlib.contextmanager
def before_quit(binary, users, launch, numbers):
    settle(users)
    with logged_in(binary, users, launch) as quitting:
        quitting.work(numbers)
        yield quitting


@contextlib.contextmanager
def logged_in(binary, users, launch):
    if launch == "inetd":
        with Inetd(binary, users) as session:
            session.login()
            yield Quitting(session.client, session.process, session.log)
    else:
        with standalone(binary, users) as server:
            activity = Activity(server.process)
            client = server.connect().greeted().login(NAME, PASSWORD)
            activity.await_clients(1)
            yield Quitting(client, server.process, server.log, activity)
