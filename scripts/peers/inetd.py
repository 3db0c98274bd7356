"""A server that is a program of one session, started for each connection by inetd. Its users are the system's."""

import contextlib
import os
import signal

from . import processes
from .server import Server

LINE = "127.0.0.1:{port} stream tcp nowait.10000000 root {program} {arguments}\n"


class InetdServer(Server):
    def __init__(self, base, programs, accounts, port, *arguments):
        """`programs`: inetd and the server. `accounts` must have been made when it is started."""
        super().__init__(base, port)
        self.inetd, self.program = programs
        self.accounts = accounts
        self.mail = base / "mail"
        self.mail.mkdir(exist_ok=True)
        self.configuration = base / "inetd.conf"
        words = " ".join(str(word) for word in (self.program.name, *arguments))
        self.configuration.write_text(
            LINE.format(port=port, program=self.program, arguments=words), encoding="ascii"
        )

    def start(self):
        # No limit of connections per minute, a queue as long as the others'.
        self.pid = self.spawn([self.inetd, "-i", "-R", "0", "-q", "1024", self.configuration]).pid
        self.wait_for_greeting()

    def stop(self):
        # A session that goes on would keep the port, and the next inetd from listening.
        sessions = processes.tree(self.pid) - {self.pid} if self.pid else ()
        super().stop()
        for session in sessions:
            with contextlib.suppress(ProcessLookupError):
                os.kill(session, signal.SIGKILL)

    def maildrop(self, user):
        return self.mail / user

    def owner(self, user):
        return (self.accounts.ids[user],) * 2
